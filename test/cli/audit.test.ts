import { createHmac } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cli, type JsonReport, Project } from '../support/cli.ts'
import { inDepth } from '../support/thorough.ts'

const value = 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6'
const manifest = `version: 1
audit: {}
environments:
  development: { provider: dotenv, path: .env }
variables:
  TOKEN: { secret: true, generate: "hex:32", rotate: { kind: verifier } }
`
const files = { 'secrets.yaml': manifest, '.env': `TOKEN=${value}\n` }
const log = '.secrets/audit.jsonl'

interface Entry {
  readonly seq: number
  readonly event_type: string
  readonly result: string
  readonly name?: string
  readonly action: string
  readonly environment: string
  readonly run_id: string
  readonly versions?: Readonly<Record<string, string>>
  readonly details?: Readonly<Record<string, unknown>>
}

function entriesOf({ data }: JsonReport): readonly Entry[] {
  return data?.['entries'] as readonly Entry[]
}

function verificationOf({ data }: JsonReport) {
  return data?.['verification'] as {
    readonly problems: readonly { readonly kind: string; readonly line: number }[]
    readonly open: readonly Entry[]
    readonly torn: readonly object[]
    readonly entries: number
  }
}

async function shown(project: Project, ...words: readonly string[]): Promise<readonly Entry[]> {
  return entriesOf((await project.json(['audit', 'show', ...words])).report)
}

async function verified(project: Project) {
  const { code, report } = await project.json(['audit', 'verify'])
  return { code, ...verificationOf(report) }
}

describe('secrets audit', () => {
  it('knows who read, rotated, set and deleted what, why, and no value', async () => {
    const project = new Project(files)
    const env = { SECRETS_REASON: 'ticket 7' }
    await project.run(['get', 'TOKEN'], { env })
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    const next = (await project.run(['get', 'TOKEN'])).stdout
    await project.run(['set', 'OTHER'], { input: 'other-value-1' })
    await project.run(['delete', 'OTHER', '--yes'])
    const events = (await shown(project)).map(entry => `${entry.action} ${entry.event_type} ${entry.result}`)
    expect(events).toEqual([
      'get config.changed success',
      'get secret.read success',
      'rotate secret.read success',
      'rotate rotation.stage success',
      'rotate rotation.commit success',
      'get secret.read success',
      'set secret.read absent',
      'set secret.created success',
      'delete secret.read success',
      'delete secret.deleted success',
    ])
    const [first] = await shown(project, '--type', 'secret.read')
    expect(first).toMatchObject({
      name: 'TOKEN',
      environment: 'development',
      details: { reason: 'ticket 7' },
    })
    const text = project.read(log)
    for (const secret of [value, next, 'other-value-1']) expect(text.includes(secret)).toBe(false)
    expect(project.mode(log)).toBe(0o600)
    expect(await verified(project)).toMatchObject({ code: 0, problems: [], open: [] })
  })

  it('writes the intent before the effect, and one run id for each process', async () => {
    const project = new Project(files)
    await project.run(['rotate', 'TOKEN'])
    const lines = project
      .read(log)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Entry & { of?: number })
    const commit = lines.filter(({ event_type }) => event_type === 'rotation.commit')
    expect(commit.map(({ result }) => result)).toEqual(['started', 'success'])
    expect(commit[1]?.of).toBe(commit[0]?.seq)
    expect(new Set(lines.map(({ run_id }) => run_id)).size).toBe(1)
  })

  inDepth('filters by name, environment, time and type', async () => {
    const project = new Project(files)
    await project.run(['rotate', 'TOKEN'])
    expect(await shown(project, '--name', 'OTHER')).toEqual([])
    expect((await shown(project, '--name', 'TOKEN', '--type', 'rotation')).length).toBe(2)
    expect(await shown(project, '--env', 'production')).toEqual([])
    expect(await shown(project, '--since', '2099-01-01T00:00:00Z')).toEqual([])
    expect((await shown(project, '--since', '1h')).length).toBeGreaterThan(2)
    const { report } = await project.json(['audit', 'show', '--since', 'soon'])
    expect(report.error?.code).toBe('usage.invalid_argument')
  })

  it('says with exit 1 and the line what was edited, removed or cut off', async () => {
    const project = new Project(files)
    await project.run(['rotate', 'TOKEN'])
    const whole = project.read(log)
    const lines = whole.trimEnd().split('\n')
    const changed: readonly (readonly [string, string, number])[] = [
      [
        whole
          .replace('"result":"absent"', '"result":"success"')
          .replace('"action":"rotate"', '"action":"get"'),
        'edited',
        1,
      ],
      [`${[...lines.slice(0, 3), ...lines.slice(4)].join('\n')}\n`, 'removed', 4],
      [`${lines.slice(0, -1).join('\n')}\n`, 'truncated', lines.length - 1],
      [`${[...lines.slice(0, 2), lines[3], lines[2], ...lines.slice(4)].join('\n')}\n`, 'reordered', 3],
    ]
    for (const [text, kind, line] of changed) {
      project.write(log, text)
      const { code, problems } = await verified(project)
      expect([code, problems[0]]).toEqual([1, { kind, path: log, line }])
    }
    project.write(log, whole)
    expect((await verified(project)).code).toBe(0)
  })

  inDepth('goes on after the log was deleted, which stays visible', async () => {
    const project = new Project(files)
    await project.run(['get', 'TOKEN'])
    rmSync(join(project.path, log))
    expect(await verified(project)).toMatchObject({ code: 1, problems: [{ kind: 'truncated' }] })
    expect((await project.run(['get', 'TOKEN'])).stdout).toBe(value)
    expect(await verified(project)).toMatchObject({ code: 1, problems: [{ kind: 'removed', line: 1 }] })
  })

  it('reads and rotates nothing while it cannot be written', async () => {
    const project = new Project(files)
    mkdirSync(join(project.path, log), { recursive: true })
    const before = project.read('.env')
    for (const words of [
      ['rotate', 'TOKEN'],
      ['get', 'TOKEN'],
      ['rotate', '--due'],
    ]) {
      const { code, report } = await project.json(words)
      expect([words[0], code, report.error?.code]).toEqual([words[0], 2, 'audit.unwritable'])
    }
    expect(project.read('.env')).toBe(before)
  })

  it('is not gone on with under another key', async () => {
    const project = new Project(files)
    await project.run(['get', 'TOKEN'])
    rmSync(join(project.home, '.config/secrets/audit.key'))
    const { code, report } = await project.json(['get', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([2, 'audit.wrong_key'])
    expect((await project.json(['audit', 'verify'])).report.error?.code).toBe('audit.wrong_key')
  })

  inDepth('stays one chain under several writers at once', async () => {
    const project = new Project(files)
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        index % 4 === 0 ? project.run(['status']) : project.run(['get', 'TOKEN']),
      ),
    )
    expect(results.map(({ code }) => code)).toEqual(Array.from({ length: 8 }, () => 0))
    expect(await verified(project)).toMatchObject({ code: 0, problems: [], open: [], entries: 13 })
  })

  it('survives a kill between intent and effect: the open intent is reported, the log goes on', async () => {
    const store = `export const limits = { concurrent: 1, perSecond: 10 }
export async function connect() {
  return {
    limits: { valueBytes: 100 },
    async check() { return { who: 'me', where: 'here' } },
    async *list() { yield { name: 'TOKEN' } },
    async read() { return await new Promise(() => setTimeout(() => {}, 100000)) },
    async write() { throw new Error('no') },
    async remove() {},
    async close() {},
  }
}
`
    const own = manifest.replace('{ provider: dotenv, path: .env }', '{ provider: ./store.mjs }')
    const project = new Project({ 'secrets.yaml': own, 'store.mjs': store })
    expect((await project.run(['trust', '--yes'])).code).toBe(0)
    mkdirSync(join(project.path, '.secrets'))
    const child = spawn(process.execPath, [cli, 'get', 'TOKEN'], {
      cwd: project.path,
      env: project.env(),
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    await new Promise<void>(done => {
      const watcher = watch(join(project.path, '.secrets'), () => {
        if (!existsSync(join(project.path, log)) || !project.read(log).includes('"started"')) return
        watcher.close()
        done()
      })
    })
    child.kill('SIGKILL')
    await ended
    const found = await verified(project)
    expect(found).toMatchObject({ code: 0, problems: [] })
    expect(found.open).toMatchObject([{ event_type: 'secret.read', name: 'TOKEN', result: 'started' }])
    expect((await shown(project)).at(-1)).toMatchObject({ result: 'started' })
  })

  inDepth('ends a line that was cut off, and says so', async () => {
    const project = new Project(files)
    await project.run(['get', 'TOKEN'])
    project.write(log, `${project.read(log)}{"seq":4,"timesta`, 0o600)
    expect(await verified(project)).toMatchObject({ code: 0, torn: [{ line: 4 }] })
    expect((await project.run(['get', 'TOKEN'])).stdout).toBe(value)
    expect(await verified(project)).toMatchObject({ code: 0, problems: [], torn: [{ line: 4 }] })
  })

  inDepth('notes that the manifest has changed', async () => {
    const project = new Project(files)
    await project.run(['get', 'TOKEN'])
    project.write('secrets.yaml', `${manifest}# other\n`)
    await project.run(['get', 'TOKEN'])
    const changes = await shown(project, '--type', 'config.changed')
    expect(changes.map(({ details }) => Object.keys(details ?? {}).sort())).toEqual([
      ['manifest'],
      ['before', 'manifest'],
    ])
  })

  it('exports lines and CSV', async () => {
    const project = new Project(files)
    await project.run(['get', 'TOKEN'])
    const json = await project.run(['audit', 'export'])
    expect(json.stdout).toBe(project.read(log).replaceAll('\r', ''))
    const csv = await project.run(['audit', 'export', '--format', 'csv'])
    expect(csv.stdout.trim().split('\n').length).toBe(4)
    expect((await project.run(['audit', 'export', '--format', 'xml'])).code).toBe(2)
  })

  inDepth('is kept only where the manifest says so', async () => {
    const plain = new Project({ '.env': `TOKEN=${value}\n` })
    await plain.run(['get', 'TOKEN'])
    expect(readdirSync(plain.path)).toEqual(['.env'])
    const { code, report } = await plain.json(['audit', 'show'])
    expect([code, report.error?.code]).toEqual([2, 'usage.invalid_argument'])
  })

  it('has to last for production on a CI runner', async () => {
    const production = manifest.replace('development:', 'production:')
    const project = new Project({ ...files, 'secrets.yaml': production })
    const { code, report } = await project.json(['get', 'TOKEN'], { env: { CI: 'true' } })
    expect([code, report.error?.code]).toEqual([2, 'audit.not_lasting'])
    expect((await project.run(['get', 'TOKEN'])).code).toBe(0)
    project.write('secrets.yaml', production.replace('audit: {}', 'audit: { path: kept/audit.jsonl }'))
    expect((await project.run(['get', 'TOKEN'], { env: { CI: 'true' } })).code).toBe(0)
    expect(existsSync(join(project.path, 'kept/audit.jsonl'))).toBe(true)
  })

  it.each([
    ['retention under 90 days without a reason', 'audit: { retention: 30d }'],
    ['a key of another sink', 'audit: { sink: stdout, path: x }'],
    ['a webhook without its address', 'audit: { sink: webhook }'],
    ['an unknown sink', 'audit: { sink: pigeon }'],
  ])('refuses %s', async (_, line) => {
    const project = new Project({ ...files, 'secrets.yaml': manifest.replace('audit: {}', line) })
    const { code, report } = await project.json(['get', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([2, 'manifest.invalid'])
  })

  inDepth('asks for trust before it writes outside the project', async () => {
    const project = new Project({
      ...files,
      'secrets.yaml': manifest.replace('{}', '{ path: ../audit.jsonl }'),
    })
    expect((await project.json(['get', 'TOKEN'])).report.error?.code).toBe('trust.required')
    await project.run(['trust', '--yes'])
    expect((await project.run(['get', 'TOKEN'])).code).toBe(0)
    expect(project.read('../audit.jsonl')).toContain('secret.read')
  })

  it.each([
    ['a read', 'read', ['get', 'TOKEN'], { event_type: 'secret.denied', name: 'TOKEN', result: 'denied' }],
    ['the connection', 'connect', ['get', 'TOKEN'], { event_type: 'secret.denied', result: 'denied' }],
    ['a write', 'write', ['set', 'TOKEN'], { event_type: 'secret.denied', name: 'TOKEN', result: 'denied' }],
  ])('notes that the store refused %s', async (_, where, words, expected) => {
    const store = `export const limits = { concurrent: 1, perSecond: 100 }
export async function connect(target, { SecretsError }) {
  const refuse = at => { if (at === '${where}') throw new SecretsError('provider.denied', 'no') }
  refuse('connect')
  return {
    limits: { valueBytes: 100 },
    async check() { return { who: 'me', where: 'here' } },
    async *list() {},
    async read() { refuse('read') },
    async write() { refuse('write') },
    async remove() {},
    async close() {},
  }
}
`
    const own = manifest.replace('{ provider: dotenv, path: .env }', '{ provider: ./store.mjs }')
    const project = new Project({ 'secrets.yaml': own, 'store.mjs': store })
    await project.run(['trust', '--yes'])
    const { code } = await project.run([...words], { input: 'x-value-1' })
    expect(code).toBe(2)
    const last = (await shown(project)).at(-1)
    expect(last).toMatchObject({ ...expected, details: { code: 'provider.denied' } })
    expect(await verified(project)).toMatchObject({ code: 0, open: [] })
  })

  it('has nothing to verify before the first entry', async () => {
    const project = new Project(files)
    expect(await verified(project)).toMatchObject({ code: 0, entries: 0 })
  })

  it('tells "history" who changed a secret, and why', async () => {
    const project = new Project(files)
    await project.run(['rotate', 'TOKEN'], { env: { SECRETS_REASON: 'yearly' } })
    const { report } = await project.json(['history', 'TOKEN'])
    expect(report.data?.['changes']).toMatchObject([
      { event: 'rotation.stage', action: 'rotate', reason: 'yearly', result: 'success' },
      { event: 'rotation.commit', action: 'rotate', reason: 'yearly', result: 'success' },
    ])
    expect((await project.run(['history', 'TOKEN'])).stdout).toContain('rotate: yearly')
  })

  it('goes to stdout where that is free, else to stderr, and to no file', async () => {
    const project = new Project({ ...files, 'secrets.yaml': manifest.replace('{}', '{ sink: stdout }') })
    const rotated = await project.run(['rotate', 'TOKEN'])
    expect(rotated.stdout.split('\n').filter(line => line.startsWith('{"seq"')).length).toBe(6)
    const got = await project.run(['get', 'TOKEN'])
    expect(got.stdout).not.toContain('{')
    expect(got.stderr.split('\n').filter(line => line.startsWith('{"seq"')).length).toBe(2)
    expect(existsSync(join(project.path, '.secrets'))).toBe(false)
    expect((await project.json(['audit', 'verify'])).report.error?.code).toBe('usage.invalid_argument')
  })

  it('goes to syslog by UDP and TCP; nothing is done where TCP is not answered', async () => {
    const own = (address: string): string => manifest.replace('{}', `{ sink: syslog, address: "${address}" }`)
    const udp = createSocket('udp4')
    const datagrams: string[] = []
    udp.on('message', message => datagrams.push(message.toString()))
    await new Promise<void>(done => udp.bind(0, '127.0.0.1', done))
    let streamed = ''
    const tcp = createServer(socket => socket.on('data', (data: Buffer) => (streamed += data.toString())))
    await new Promise<void>(done => tcp.listen(0, '127.0.0.1', done))
    const { port } = tcp.address() as AddressInfo
    onTestFinished(() => {
      udp.close()
    })
    const project = new Project(files)
    const get = async (address: string): Promise<readonly unknown[]> => {
      project.write('secrets.yaml', own(address))
      await project.run(['trust', '--yes'])
      const { code, report } = await project.json(['get', 'TOKEN'])
      return [code, report.error?.code]
    }
    project.write('secrets.yaml', own('udp://127.0.0.1:514'))
    expect((await project.json(['get', 'TOKEN'])).report.error?.code).toBe('trust.required')
    expect(await get(`udp://127.0.0.1:${String(udp.address().port)}`)).toEqual([0, undefined])
    expect(datagrams.map(text => /^<85>1 \S+ \S+ secrets - audit - \{"seq":\d,/.test(text))).toEqual([
      true,
      true,
    ])
    expect(await get(`tcp://127.0.0.1:${String(port)}`)).toEqual([0, undefined])
    expect(streamed).toMatch(/^\d+ <85>1 /)
    await new Promise(done => tcp.close(done))
    expect(await get(`tcp://127.0.0.1:${String(port)}`)).toEqual([2, 'audit.unwritable'])
  })

  it('goes to a signed webhook; nothing is done where it refuses', async () => {
    const own = manifest.replace('{}', '{ sink: webhook, url: AUDIT_URL, key: AUDIT_KEY }')
    const project = new Project({ ...files, 'secrets.yaml': own })
    await project.run(['trust', '--yes'])
    const got: { text: string; signature: unknown; stamp: unknown }[] = []
    let status = 200
    const server = createHttpServer((request, response) => {
      let text = ''
      request.on('data', (data: Buffer) => (text += data.toString()))
      request.on('end', () => {
        const { 'secrets-signature': signature, 'secrets-timestamp': stamp } = request.headers
        got.push({ text, signature, stamp })
        response.writeHead(status).end()
      })
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const env = { AUDIT_URL: `http://127.0.0.1:${String(port)}/private`, AUDIT_KEY: 'key-0001' }
    expect((await project.run(['get', 'TOKEN'], { env })).code).toBe(0)
    const [first] = got
    const mac = createHmac('sha256', 'key-0001')
      .update(`${String(first?.stamp)}.${first?.text ?? ''}`)
      .digest('hex')
    expect(first?.signature).toBe(`v1=${mac}`)
    expect(JSON.parse(first?.text ?? '')).toMatchObject({
      entries: [{ event_type: 'secret.read', result: 'started' }],
    })
    status = 503
    const before = project.read('.env')
    const refused = await project.json(['rotate', 'TOKEN'], { env })
    expect([refused.code, refused.report.error?.code]).toEqual([2, 'audit.unwritable'])
    expect((await project.json(['get', 'TOKEN'])).report.error?.code).toBe('audit.unwritable')
    expect(project.read('.env')).toBe(before)
    expect(JSON.stringify(refused)).not.toContain('/private')
  })
})
