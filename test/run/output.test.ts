import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { cli, Project, runProcess } from '../support/cli.ts'
import { node, startRun } from './started.ts'
import { inDepth } from '../support/thorough.ts'

const value = ['hunter2', 'Hunter2', '$HUNTER2'].join('-')
const mark = '[redacted]'
const project = (): Project => new Project({ '.env': `TOKEN='${value}'\nPORT=3000\nUSE_TOKEN=true\n` })

/** What the program's stdout becomes. */
async function printed(code: string, words: readonly string[] = []): Promise<string> {
  const { stdout, stderr } = await project().run(['run', ...words, ...node(code)])
  expect(stderr).toBe('')
  return stdout
}

describe('a value that the program prints', () => {
  it.each([
    ['as it is', 'process.stdout.write(t)'],
    ['in base64', 'process.stdout.write(Buffer.from(t).toString("base64"))'],
    ['in base64 for addresses', 'process.stdout.write(Buffer.from(t).toString("base64url"))'],
    ['in hex', 'process.stdout.write(Buffer.from(t).toString("hex"))'],
    ['percent-encoded', 'process.stdout.write(encodeURIComponent(t))'],
    ['in JSON', 'process.stdout.write(JSON.stringify(t).slice(1, -1))'],
    ['byte by byte', 'for (const c of t) require("fs").writeSync(1, c)'],
    [
      'in two halves with a pause',
      'process.stdout.write(t.slice(0, 9)); setTimeout(() => process.stdout.write(t.slice(9)), 400)',
    ],
  ])('%s is taken out', async (_, code) => {
    expect(await printed(`const t = process.env.TOKEN; ${code}`)).toBe(mark)
  })

  it('inside other text, on both outputs, and of a process below it', async () => {
    const { stdout, stderr } = await project().run([
      ...['run', '--', 'sh', '-c', 'echo "out <$TOKEN>"; echo "err <$TOKEN>" >&2; sh -c "printenv TOKEN"'],
    ])
    expect([stdout, stderr]).toEqual([`out <${mark}>\n${mark}\n`, `err <${mark}>\n`])
  })

  it('is left with --no-redact; other variables are left always', async () => {
    const code = 'console.log(process.env.TOKEN, process.env.PORT, process.env.USE_TOKEN)'
    expect(await printed(code, ['--no-redact'])).toBe(`${value} 3000 true\n`)
    expect(await printed(code)).toBe(`${mark} 3000 true\n`)
  })

  it('is taken out also where it came from the environment, is the previous one, or was not passed', async () => {
    const other = ['correct', 'horse', 'battery'].join('-')
    const files = new Project({
      '.env': `TOKEN=${value}\nTOKEN_OLD=${other}\n`,
      // Names that tell nothing: the manifest says it, or the value does.
      'more.env': `DATABASE=postgres://app:${other}2@db.test/x\nDECLARED=${other}3\n`,
      'secrets.yaml': 'version: 1\nvariables: { DECLARED: { secret: true }, TOKEN: { secret: true } }\n',
    })
    const show = 'for (const name of process.argv.slice(1)) console.log(process.env[name])'
    const all = await files.run([
      'run',
      '--from',
      '.env',
      'more.env',
      ...node(show, 'TOKEN', 'TOKEN_OLD', 'DATABASE', 'DECLARED'),
    ])
    expect(all.stdout).toBe(`${mark}\n`.repeat(4))
    const mine = await files.run(['run', '--quiet', ...node(show, 'TOKEN')], { env: { TOKEN: `${other}4` } })
    expect(mine.stdout).toBe(`${mark}\n`)
    const cat = await files.run(['run', '--from', '.env', '--only', 'TOKEN_OLD', '--', 'true'])
    expect(cat.code).toBe(1)
    const left = await files.run(['run', '--from', 'more.env', '--only', 'DATABASE', '--', 'cat', 'more.env'])
    expect(left.stdout).toBe(`DATABASE=${mark}\nDECLARED=${mark}\n`)
  })
})

describe('everything else', () => {
  it('passes byte for byte, in order, however much of it there is', async () => {
    const script = `const { createHash } = require('crypto'); const hash = createHash('sha256')
      let seed = 7; const next = () => { const b = Buffer.alloc(70000); for (let i = 0; i < b.length; i++) { seed = (seed * 1103515245 + 12345) & 0x7fffffff; b[i] = seed >> 16 } return b }
      const step = n => { if (n === 0) { process.stderr.write(hash.digest('hex')); return } const b = next(); hash.update(b); process.stdout.write(b, () => step(n - 1)) }
      step(100)`
    const child = spawn(process.execPath, [cli, 'run', ...node(script)], {
      cwd: project().path,
      env: project().env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const hash = createHash('sha256')
    let told = ''
    child.stdout.on('data', (chunk: Buffer) => hash.update(chunk))
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
    await new Promise(resolve => child.on('close', resolve))
    expect(told).toBe(hash.digest('hex'))
  })

  inDepth('waits for a slow reader, and nothing is lost when the program has ended long before', async () => {
    const child = spawn(process.execPath, [cli, 'run', '--', 'sh', '-c', 'seq 1 200000; echo done >&2'], {
      cwd: project().path,
      env: project().env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    child.stdout.setEncoding('utf8')
    await new Promise(resolve => child.stdout.once('readable', resolve))
    await new Promise(resolve => setTimeout(resolve, 600))
    for await (const chunk of child.stdout) text += chunk as string
    expect(text.trim().split('\n')).toHaveLength(200_000)
    expect(text.endsWith('\n200000\n')).toBe(true)
  })

  it('is not held back: a prompt is seen before it is answered', async () => {
    const script = `process.stdout.write('Password: '); process.stdin.once('data', d => { console.log('got ' + d); process.exit(0) })`
    const run = startRun(project(), node(script))
    await run.saw('Password: ')
    run.type('x')
    expect((await run.ended).stdout).toBe('Password: got x\n')
  })

  inDepth('is not held back for long where it ends like the beginning of a value', async () => {
    const script = `process.stdout.write('who? hun'); process.stdin.once('data', () => { console.log('gry'); process.exit(0) })`
    const run = startRun(project(), node(script))
    await run.saw('who? hun')
    run.type('x')
    expect((await run.ended).stdout).toBe('who? hungry\n')
  })

  it('that looks like a good part of a value is hidden, and does not wait for ever', async () => {
    const script = `process.stdout.write(process.env.TOKEN.slice(0, 12)); process.stdin.once('data', () => { console.log('!'); process.exit(0) })`
    const run = startRun(project(), node(script))
    await run.saw(mark)
    run.type('x')
    expect((await run.ended).stdout).toBe(`${mark}!\n`)
  })
})

// Other systems have other words for `script`.
describe.skipIf(process.platform !== 'linux')('a terminal', () => {
  /** A command in a terminal of its own; of each pair the second is typed when the first was seen. */
  function inTerminal(
    command: readonly string[],
    dialogue: readonly (readonly [string, string])[] = [],
    files = project(),
  ): Promise<{ readonly code: number; readonly text: string }> {
    const words = command.map(word => `'${word.replaceAll("'", `'\\''`)}'`)
    const child = spawn('script', ['-qefc', `exec ${words.join(' ')}`, '/dev/null'], {
      cwd: files.path,
      env: { ...files.env(), TERM: 'xterm', SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let text = ''
    const left = [...dialogue]
    child.stdin.on('error', () => undefined)
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const [next] = left
      if (next === undefined || !text.includes(next[0])) return
      left.shift()
      child.stdin.write(next[1])
    })
    return new Promise(resolve => {
      child.on('close', code => {
        resolve({ code: code ?? -1, text: text.replaceAll('\r\n', '\n') })
      })
    })
  }
  const ours = [process.execPath, cli, 'run'] as const

  it("is the program's own: it is one for it, and nothing is changed in between", async () => {
    const code = "console.log([0, 1, 2].map(fd => require('tty').isatty(fd)).join(), process.env.TOKEN)"
    const { text } = await inTerminal([...ours, ...node(code)])
    expect(text).toBe(`true,true,true ${value}\n`)
  })

  it('gives Ctrl-C to the program once, whose answer counts, as often as it is typed', async () => {
    const code = `let n = 0; process.on('SIGINT', () => { n++; console.log('got ' + n); if (n === 2) setTimeout(() => process.exit(9), 300) });
      console.log('ready'); setInterval(() => {}, 1e6)`
    const { text, code: exit } = await inTerminal(
      [...ours, ...node(code)],
      [
        ['ready', '\u0003'],
        ['got 1', '\u0003'],
      ],
    )
    expect([exit, text.includes('got 2'), text.includes('got 3')]).toEqual([9, true, false])
  })

  it('stops and continues both of us, as the shell wants it', async () => {
    const files = project()
    const command = `'${process.execPath}' '${cli}' run -- sh -c 'echo ready; read line; echo "line $line"'`
    files.write('job.sh', `set -m\n${command}\necho "stopped $?"\nfg >/dev/null\necho "ended $?"\n`)
    const { text } = await inTerminal(
      ['bash', 'job.sh'],
      [
        ['ready', '\u001a'],
        ['stopped', 'hello\n'],
      ],
      files,
    )
    expect(text).toMatch(/stopped 148\n/)
    expect(text).toContain('line hello\n')
    expect(text).toContain('ended 0\n')
  })
})

describe('NODE_DEBUG', () => {
  it('shows nothing of ours, reaches the program, and signals pass', async () => {
    const files = project()
    const words = ['run', ...node('console.log(process.env.NODE_DEBUG)')]
    const { stdout, stderr } = await runProcess(process.execPath, [cli, ...words], {
      cwd: files.path,
      env: files.env({ NODE_DEBUG: 'child_process' }),
    })
    expect(stdout).toBe('child_process\n')
    expect(stderr).not.toContain(value)
    const run = startRun(files, node('console.log("ready"); setInterval(() => {}, 1e6)'), {
      NODE_DEBUG: 'timer',
    })
    await run.saw('ready')
    run.kill('SIGTERM')
    expect((await run.ended).code).toBe(143)
  })
})
