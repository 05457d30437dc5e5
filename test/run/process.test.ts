import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, Project, runProcess } from '../support/cli.ts'
import { node, printing, startRun } from './started.ts'
import { inDepth, some } from '../support/thorough.ts'

const file = { '.env': 'TOKEN=value-of-token\n' }

async function codes(
  project: Project,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<readonly [number, string | undefined]> {
  const { code, stderr } = await project.run(['run', ...words], { env })
  return [code, /\[([a-z_.]+)\]$/m.exec(stderr)?.[1]]
}

describe('the program', () => {
  it('is looked for in PATH as we have it; its own code is ours', async () => {
    const project = new Project(file)
    expect(await codes(project, ['--', 'true'])).toEqual([0, undefined])
    for (const code of [1, 2, 7, 126, 127, 255]) {
      expect(await codes(project, ['--', 'sh', '-c', `exit ${String(code)}`])).toEqual([code, undefined])
    }
  })

  it('that is not there is 127, one that cannot be started 126', async () => {
    const project = new Project({
      ...file,
      'plain.sh': 'true\n',
      'no-shebang': 'true\n',
      bad: '#!/nowhere/sh\n',
    })
    chmodSync(join(project.path, 'bad'), 0o755)
    mkdirSync(join(project.path, 'directory'))
    for (const word of ['no-such-program', './nothing', '/no/such/program', ''])
      expect([word, ...(await codes(project, ['--', word]))]).toEqual([word, 127, 'run.not_found'])
    for (const word of ['./plain.sh', './bad', './directory', '/'])
      expect([word, ...(await codes(project, ['--', word]))]).toEqual([word, 126, 'run.not_executable'])
    expect(await codes(project, ['--cwd', 'nowhere', '--from', '../.env', '--', 'true'])).toEqual([
      126,
      'run.not_executable',
    ])
  })

  it('is never one of the directory by its bare name, whatever PATH says', async () => {
    const project = new Project({ ...file, tool: '#!/bin/sh\nexit 42\n' })
    chmodSync(join(project.path, 'tool'), 0o755)
    for (const PATH of ['', '.', ':/usr/bin:/bin', `relative:./x:${dirname(process.execPath)}`, undefined]) {
      expect([PATH, ...(await codes(project, ['--', 'tool'], { PATH }))]).toEqual([
        PATH,
        127,
        'run.not_found',
      ])
    }
    expect(await codes(project, ['--', './tool'])).toEqual([42, undefined])
    expect(await codes(project, ['--', join(project.path, 'tool')])).toEqual([42, undefined])
  })

  it('is not chosen by a source, not even by an allowed PATH', async () => {
    const project = new Project({ '.env': 'PATH=./bin\n', 'bin/true': '#!/bin/sh\nexit 42\n' })
    chmodSync(join(project.path, 'bin/true'), 0o755)
    const words = ['--allow-env-override', 'PATH', '--override']
    expect(await codes(project, [...words, '--', 'true'])).toEqual([0, undefined])
    const { stdout } = await project.run(['run', ...words, ...printing('PATH')])
    expect(stdout).toBe('["./bin"]\n')
  })

  it('has its arguments byte for byte, its name as typed, its directory by --cwd, no shell', async () => {
    const project = new Project({ ...file, 'sub/x': '' })
    const odd = ['$HOME', '*', 'a b', '', '"', "'", '`id`', '\\', '-x', '--', 'ü\n']
    const { stdout } = await project.run([
      ...['run', '--cwd', 'sub', '--from', '../.env', '--', process.execPath, '-e'],
      'console.log(JSON.stringify([process.cwd(), process.argv0, process.argv.slice(1)]))',
      ...['--', ...odd],
    ])
    expect(JSON.parse(stdout)).toEqual([join(project.path, 'sub'), process.execPath, odd])
    const shell = await project.run(['run', '--', 'sh', '-c', 'echo "$0"'])
    expect(shell.stdout).toBe('sh\n')
  })

  it.skipIf(process.platform !== 'linux')('has our stdin, and no file of ours', async () => {
    const project = new Project(file)
    expect((await project.run(['run', '--', 'cat'], { input: 'from the pipe' })).stdout).toBe('from the pipe')
    const { stdout } = await project.run(['run', '--', 'ls', '/proc/self/fd'])
    // The same as without us: the surroundings of a test run may leave some of theirs open.
    const plain = await runProcess('ls', ['/proc/self/fd'], { cwd: project.path, env: project.env() })
    expect(stdout).toBe(plain.stdout)
  })
})

// Looks into /proc for what nothing else tells.
describe.skipIf(process.platform !== 'linux')('signals', () => {
  const reporting = node(
    `for (const name of process.argv.slice(1)) process.on(name, () => console.log('got ' + name));
     process.on('SIGTERM', () => process.exit(5)); console.log('ready'); setInterval(() => {}, 1e6)`,
    ...['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH'],
  )

  it.each(some(['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH'] as const, 2))(
    '%s reaches the program once, which goes on',
    async signal => {
      const run = startRun(new Project(file), reporting)
      await run.saw('ready')
      run.kill(signal)
      await run.saw(`got ${signal}`)
      run.kill('SIGTERM')
      const { code, stdout, stderr } = await run.ended
      expect([code, stdout, stderr]).toEqual([5, `ready\ngot ${signal}\n`, ''])
    },
  )

  inDepth('two in a row are two for the program', async () => {
    const run = startRun(new Project(file), reporting)
    await run.saw('ready')
    run.kill('SIGINT')
    await run.saw('got SIGINT')
    run.kill('SIGINT')
    await run.saw('got SIGINT\ngot SIGINT')
    run.kill('SIGTERM')
    expect((await run.ended).code).toBe(5)
  })

  it.each(some(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'] as const, 2))(
    '%s that ends the program gives 128 and its number',
    async signal => {
      const run = startRun(new Project(file), ['--', 'sleep', '1000'])
      await childOf(run.pid, 'sleep')
      run.kill(signal)
      const { code } = await run.ended
      expect(code).toBe(128 + constants.signals[signal])
    },
  )

  it('of the program itself count too, and nothing of it is left', async () => {
    const project = new Project(file)
    expect(await codes(project, ['--', 'sh', '-c', 'kill -9 $$'])).toEqual([137, undefined])
    const run = startRun(project, ['--', 'sleep', '1000'])
    const pid = await childOf(run.pid, 'sleep')
    run.kill('SIGTERM')
    expect((await run.ended).code).toBe(143)
    expect(existsSync(`/proc/${String(pid)}`)).toBe(false)
  })

  it('stop and continue both of us', async () => {
    const run = startRun(new Project(file), reporting)
    await run.saw('ready')
    const pid = await childOf(run.pid, 'node')
    run.kill('SIGTSTP')
    await becomes(run.pid, 'T')
    // A group without a terminal has no shell that could continue it, so the system does not stop the program itself.
    run.kill('SIGCONT')
    await becomes(run.pid, 'S')
    expect(stateOf(pid)).not.toBe('T')
    run.kill('SIGINT')
    await run.saw('got SIGINT')
    run.kill('SIGTERM')
    expect((await run.ended).code).toBe(5)
  })
})

/** The process below `pid` that runs the named program; polls, because nothing tells. */
async function childOf(pid: number, name: string): Promise<number> {
  for (;;) {
    const children = readProc(`${String(pid)}/task/${String(pid)}/children`)
      .trim()
      .split(' ')
    const found = children.find(child => readProc(`${child}/comm`).trim() === name)
    if (found !== undefined) return Number(found)
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Empty for a process that has ended meanwhile. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

function stateOf(pid: number): string {
  return /^\d+ \(.*\) (\w)/s.exec(readProc(`${String(pid)}/stat`))?.[1] ?? ''
}

async function becomes(pid: number, state: string): Promise<void> {
  while (stateOf(pid) !== state) await new Promise(resolve => setImmediate(resolve))
}

// Those of Linux.
describe.skipIf(process.platform !== 'linux')('limits', () => {
  it.each([
    ['a value of 128 KiB', `BIG=${'x'.repeat(131_072)}\n`],
    ['a name and a value that are 128 KiB together', `BIG=${'x'.repeat(131_068)}\n`],
  ])('%s is refused by name before anything starts', async (_, text) => {
    const project = new Project({ '.env': text })
    const { code, stderr, stdout } = await project.run(['run', '--', 'touch', 'started'])
    expect([code, stdout, existsSync(join(project.path, 'started'))]).toEqual([2, '', false])
    expect(stderr).toMatch(/"BIG".*\[run\.unsupported_value\]/)
    expect(stderr.length).toBeLessThan(1000)
  })

  inDepth('the longest value that the system takes arrives', async () => {
    const project = new Project({ '.env': `BIG=${'x'.repeat(131_067)}\n` })
    const { stdout } = await project.run(['run', ...node('console.log(process.env.BIG.length)')])
    expect(stdout).toBe('131067\n')
  })

  inDepth('more variables than the system takes together are 126', async () => {
    const lines = Array.from({ length: 60 }, (_, at) => `V${String(at)}=${'x'.repeat(120_000)}\n`)
    const project = new Project({ '.env': lines.join('') })
    expect(await codes(project, ['--', 'true'])).toEqual([126, 'run.not_executable'])
    expect(await codes(project, ['--only', 'V1', '--', 'true'])).toEqual([0, undefined])
  })

  it('10,000 variables arrive', async () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `VARIABLE_${String(at)}`)
    const project = new Project({ '.env': names.map(name => `${name}=of-${name}\n`).join('') })
    const { stdout } = await project.run([
      'run',
      ...node(
        'console.log(Object.keys(process.env).filter(name => process.env[name] === "of-" + name).length)',
      ),
    ])
    expect(stdout).toBe('10000\n')
  })

  it('a zero byte in a value is refused by name', async () => {
    const project = new Project({
      'secrets.yaml': 'version: 1\nenvironments: { development: { provider: local } }\n',
    })
    await project.run(['set', 'TOKEN'], { input: 'before-zero\0after-zero' })
    const { code, stderr } = await project.run(['run', '--', 'true'])
    expect([code, stderr]).toEqual([2, expect.stringMatching(/"TOKEN".*\[run\.unsupported_value\]/)])
    expect(stderr).not.toContain('before-zero')
  })
})

/** What the reference of hostile cases lists (T-70), and the lower case of what programs read in both. */
const loaders =
  `LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES NODE_OPTIONS NODE_PATH PYTHONSTARTUP PYTHONPATH PERL5OPT
  RUBYOPT JAVA_TOOL_OPTIONS BASH_ENV ENV PROMPT_COMMAND IFS PATH GIT_SSH_COMMAND GIT_CONFIG_COUNT EDITOR PAGER SSL_CERT_FILE
  NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED HTTPS_PROXY https_proxy AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 VAULT_ADDR HOME
  GLIBC_TUNABLES npm_config_script_shell BROWSER SECRETS_ENV_FILE`.split(/\s+/)

describe('variables that choose programs, load code or turn connections elsewhere', () => {
  it('are refused from a file, by name, before anything starts; each can be allowed', async () => {
    const project = new Project({ '.env': loaders.map(name => `${name}=x\n`).join('') })
    const { code, stderr } = await project.run(['run', '--', 'touch', 'started'])
    expect([code, existsSync(join(project.path, 'started'))]).toEqual([2, false])
    expect(stderr).toContain('[run.loader_variable]')
    for (const name of loaders) expect(stderr).toMatch(new RegExp(`sets: .*\\b${name}\\b`))
    expect(await codes(project, ['--only', 'EDITOR,PAGER', '--', 'true'])).toEqual([2, 'run.loader_variable'])
    const words = ['--only', 'EDITOR,PAGER', '--allow-env-override', 'EDITOR,PAGER']
    const { stdout } = await project.run(['run', ...words, ...printing('EDITOR', 'PAGER')])
    expect(stdout).toBe('["x","x"]\n')
  })

  inDepth('are refused from a store and from every layer', async () => {
    const project = new Project({
      'secrets.yaml': 'version: 1\nenvironments: { development: { provider: local } }\n',
      'top.env': 'A=1\n',
      'under.env': 'LD_PRELOAD=./x.so\n',
    })
    await project.run(['set', 'NODE_OPTIONS'], { input: '--require ./evil.js' })
    expect(await codes(project, ['--', 'true'])).toEqual([2, 'run.loader_variable'])
    expect(await codes(project, ['--from', 'under.env', 'top.env', '--', 'true'])).toEqual([
      2,
      'run.loader_variable',
    ])
    expect(await codes(project, ['--from', 'top.env', '--', 'true'])).toEqual([0, undefined])
  })

  it('never reach this process itself', async () => {
    const project = new Project({
      '.env': 'NODE_OPTIONS=--require ./evil.cjs\nNODE_DEBUG=child_process\nSECRETS_CLOCK_OFFSET=99\n',
      'evil.cjs': "require('fs').appendFileSync('ran', String(process.argv.length))\n",
    })
    expect(await codes(project, ['--', 'true'])).toEqual([2, 'run.loader_variable'])
    expect(existsSync(join(project.path, 'ran'))).toBe(false)
    await project.run(['run', '--allow-env-override', 'NODE_OPTIONS', ...node('')])
    // Once, by the program that was allowed to have it.
    expect(project.read('ran')).toHaveLength(1)
  })
})

describe.skipIf(process.platform !== 'linux')('where the output goes', () => {
  it('a full disk is told, and is no success', async () => {
    const project = new Project(file)
    const full = openSync('/dev/full', 'w')
    try {
      const words = [cli, 'run', ...node('process.stdout.write("x".repeat(10)); process.stdout.end()')]
      const { code, stderr } = await runProcess(
        'sh',
        ['-c', '"$@" >/dev/full', 'sh', process.execPath, ...words],
        {
          cwd: project.path,
          env: project.env(),
        },
      )
      expect(code).not.toBe(0)
      expect(stderr).not.toContain('    at ')
    } finally {
      closeSync(full)
    }
  })

  it('a reader that goes away ends the program as it would without us', async () => {
    const run = startRun(new Project(file), ['--', 'yes'])
    await run.saw('y\n')
    run.closeOutput()
    const { code, stderr } = await run.ended
    expect([code, stderr]).toEqual([128 + constants.signals.SIGPIPE, ''])
  })

  it('can be opened a second time, as servers do that log to /dev/stdout', async () => {
    const project = new Project(file)
    const script = 'echo one >/dev/stdout; echo two >>/dev/stderr; echo three >/proc/self/fd/1'
    const { code, stdout, stderr } = await project.run(['run', '--', 'sh', '-c', script])
    expect([code, stdout, stderr]).toEqual([0, 'one\nthree\n', 'two\n'])
  })

  inDepth('is passed on through sockets where no pipe can be made', async () => {
    const project = new Project(file)
    const words = ['run', '--', process.execPath, '-e', 'console.log(process.env.TOKEN)']
    const { code, stdout } = await project.run(words, { env: { PATH: '/nowhere', TMPDIR: '/nowhere' } })
    expect([code, stdout]).toEqual([0, '[redacted]\n'])
  })

  inDepth('may be closed', async () => {
    const project = new Project(file)
    const words = [process.execPath, cli, 'run', '--', 'sh', '-c', 'exit 3']
    const { code, stderr } = await runProcess('sh', ['-c', '"$@" <&- >&- ', 'sh', ...words], {
      cwd: project.path,
      env: project.env(),
    })
    expect([code, stderr]).toEqual([3, ''])
  })

  it('a process that is left behind is not waited for', async () => {
    const project = new Project(file)
    const { code, stdout } = await project.run(['run', '--', 'sh', '-c', 'sleep 1000 & echo $!; exit 4'])
    process.kill(Number(stdout))
    expect(code).toBe(4)
  })
})
