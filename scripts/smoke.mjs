// The first five minutes on the Node that runs this file: init, validate, rotate, status, get; exit codes and JSON.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const cli = resolve(import.meta.dirname, '..', 'bin', 'secrets.js')
const directory = mkdtempSync(join(tmpdir(), 'secrets-smoke-'))

function run(words, expected = 0) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    cwd: directory,
    encoding: 'utf8',
  })
  if (status === expected) return stdout
  throw new Error(`secrets ${words.join(' ')} ended with ${status} instead of ${expected}\n${stderr}`)
}

function check(isTrue, what) {
  if (!isTrue) throw new Error(`expected ${what}`)
}

try {
  writeFileSync(
    join(directory, '.env.example'),
    '# Signs the session cookies\nSESSION_SECRET_KEY=change-me\nPORT=3000\n',
  )
  check(/^\d+\.\d+\.\d+\n$/.test(run(['--version'])), 'a version')
  run(['init'])
  run(['validate'])
  const first = run(['get', 'SESSION_SECRET_KEY'])
  check(/^[0-9a-f]{64}$/.test(first), 'a generated value of 64 hex digits')
  const report = JSON.parse(run(['rotate', 'SESSION_SECRET_KEY', '--json']))
  check(report.data.rotations[0].state === 'grace', 'the state grace')
  check(run(['get', 'SESSION_SECRET_KEY']) !== first, 'another value after the rotation')
  check(run(['get', 'SESSION_SECRET_KEY_OLD']) === first, 'the old value beside it')
  run(['rotate', 'SESSION_SECRET_KEY'], 1)
  check(
    JSON.parse(run(['rollback', 'SESSION_SECRET_KEY', '--json'])).data.rotations[0].action === 'rollback',
    'a rollback',
  )
  check(run(['get', 'SESSION_SECRET_KEY']) === first, 'the first value again')
  run(['no-such-command'], 2)
  console.log(`Node ${process.version}: init, validate, rotate, get and rollback work`)
} finally {
  rmSync(directory, { recursive: true })
}
