import dotenv from 'dotenv'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a real program reads for each text behind `NAME=`; `undefined` where it sets nothing. One process per call. */
export type RealReader = (texts: readonly string[]) => (string | undefined)[]

const prefix = 'ENV_FILE_TEST_'

function writeLines(texts: readonly string[]): string {
  return texts.map((text, index) => `${prefix}${String(index)}=${text}\n`).join('')
}

function withFile<T>(content: string, work: (path: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'env-file-test-'))
  try {
    const path = join(directory, 'test.env')
    writeFileSync(path, content)
    return work(path)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function run(command: string, args: readonly string[]): string {
  const { PATH, HOME, SystemRoot } = process.env
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { PATH, HOME, SystemRoot, LC_ALL: 'C.UTF-8', PYTHONUTF8: '1' },
  })
  if (status !== 0) throw new Error(`${command} failed: ${String(error ?? stderr)}`)
  return stdout
}

function pick(
  values: Readonly<Record<string, string | null>>,
  texts: readonly string[],
): (string | undefined)[] {
  return texts.map((_text, index) => values[`${prefix}${String(index)}`] ?? undefined)
}

const printEnvironment = 'process.stdout.write(JSON.stringify(process.env))'

const pythonProgram = `
import dotenv, json, sys
values = dotenv.dotenv_values(sys.argv[1])
sys.stdout.write(json.dumps(values))
`

const bashProgram = `
set -a; . "$1"; set +a
for ((i = 0; i < $2; i++)); do name=${prefix}$i; printf '%s\\0' "\${!name-<unset>}"; done
`

export const realReaders = {
  dotenv: texts => pick(dotenv.parse(writeLines(texts)), texts),
  node: texts =>
    withFile(writeLines(texts), path => {
      const output = run(process.execPath, [`--env-file=${path}`, '-e', printEnvironment])
      return pick(JSON.parse(output) as Record<string, string>, texts)
    }),
  'python-dotenv': texts =>
    withFile(writeLines(texts), path => {
      const output = run('python3', ['-c', pythonProgram, path])
      return pick(JSON.parse(output) as Record<string, string | null>, texts)
    }),
  bash: texts =>
    withFile(writeLines(texts), path => {
      const output = run('bash', ['--norc', '-c', bashProgram, 'bash', path, String(texts.length)])
      return output
        .split('\0')
        .slice(0, texts.length)
        .map(value => (value === '<unset>' ? undefined : value))
    }),
} satisfies Record<string, RealReader>

export type RealReaderId = keyof typeof realReaders
export const realReaderIds = Object.keys(realReaders) as RealReaderId[]

/** Whether the program is there. Where test data is required, it is required too, and its absence fails the test. */
export function isAvailable(reader: RealReaderId): boolean {
  if (process.env['SECRETS_REQUIRE_SHARED'] === '1') return true
  if (reader === 'python-dotenv') return spawnSync('python3', ['-c', 'import dotenv.main']).status === 0
  return reader !== 'bash' || spawnSync('bash', ['-c', 'exit 0']).status === 0
}
