import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Project } from '../support/cli.ts'
import { some } from '../support/thorough.ts'

const value = 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6'
const path = '/services/T0/B0/very-private-path'
const manifest = (to: string, more = ''): string => `version: 1
project: photoapp
environments:
  development: { provider: dotenv, path: .env${more} }
variables:
  TOKEN: { secret: true, generate: "hex:32", rotate: { kind: verifier } }
notify: { to: [${to}] }
`

interface Received {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

/** A receiver on this machine that answers with `status`, or never. */
async function receiver(status: number | 'silent' = 200, location?: string) {
  const got: Received[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const { url = '', headers } = request
      got.push({ url, headers, text, body: JSON.parse(text) as Received['body'] })
      if (status === 'silent') return
      response.writeHead(status, location === undefined ? {} : { location })
      response.end(`private answer ${path}`)
    })
  })
  server.on('connection', socket => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { got, url: `http://127.0.0.1:${String(port)}${path}` }
}

async function trusted(to: string, more?: string): Promise<Project> {
  const project = new Project({ 'secrets.yaml': manifest(to, more), '.env': `TOKEN=${value}\n` })
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  return project
}

describe('notify', () => {
  it('tells Slack, a signed webhook and PagerDuty of a rotation, without any value', async () => {
    const [slack, hook, pager] = [await receiver(), await receiver(), await receiver()]
    const project = await trusted(
      '{ slack: SLACK_URL }, { webhook: OPS_URL, key: OPS_KEY }, { pagerduty: PD_KEY }',
    )
    const env = {
      SLACK_URL: slack.url,
      OPS_URL: hook.url,
      OPS_KEY: 'signing-key-0001',
      PD_KEY: 'routing-key-0001',
      SECRETS_PAGERDUTY_URL: pager.url,
    }
    const { code, stderr } = await project.run(['rotate', 'TOKEN'], { env })
    expect([code, stderr.includes('warning')]).toEqual([0, false])
    expect(slack.got.map(({ url }) => url)).toEqual([path])
    expect(slack.got[0]?.body['text']).toMatch(/photoapp[\s\S]*TOKEN/)
    const [told] = hook.got
    expect(told?.body).toMatchObject({
      schema: 1,
      event: 'rotated',
      name: 'TOKEN',
      environment: 'development',
      project: 'photoapp',
    })
    const stamp = String(told?.headers['secrets-timestamp'])
    const mac = createHmac('sha256', 'signing-key-0001')
      .update(`${stamp}.${told?.text ?? ''}`)
      .digest('hex')
    expect(told?.headers['secrets-signature']).toBe(`v1=${mac}`)
    expect(pager.got[0]?.body).toMatchObject({ routing_key: 'routing-key-0001', event_action: 'resolve' })
    const now = (await project.run(['get', 'TOKEN'])).stdout
    for (const { text } of [...slack.got, ...hook.got, ...pager.got])
      expect([value, now].filter(secret => text.includes(secret))).toEqual([])
  })

  it('takes the address from the store of the environment where the process has none', async () => {
    const { got, url } = await receiver()
    const project = await trusted('{ webhook: OPS_URL }')
    project.write('.env', `TOKEN=${value}\nOPS_URL=${url}\n`)
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    expect(got.map(({ body }) => body['event'])).toEqual(['rotated'])
    expect(got[0]?.headers['secrets-signature']).toBeUndefined()
  })

  const troubles: readonly (readonly [string, number | 'silent'])[] = [
    ['refuses', 500],
    ['never answers', 'silent'],
    ['redirects', 302],
  ]

  it.each(some(troubles, 2))(
    'keeps the result of a rotation when a receiver %s',
    { timeout: 30_000 },
    async (_, status) => {
      const other = await receiver()
      const { url, got } = await receiver(status, other.url)
      const project = await trusted('{ slack: SLACK_URL }')
      const { code, stdout, stderr } = await project.run(['rotate', 'TOKEN', '--json'], {
        env: { SLACK_URL: url },
      })
      expect([code, (JSON.parse(stdout) as { ok: boolean }).ok]).toEqual([0, true])
      expect(stderr).toContain('warning: slack (SLACK_URL) was not told')
      expect(stderr + stdout).not.toMatch(/very-private-path|127\.0\.0\.1/)
      expect([got.length, other.got.length]).toEqual([1, 0])
    },
  )

  it.each([
    ['nobody listens', 'http://127.0.0.1:1/private'],
    ['it is no address', 'private-no-address'],
    ['it has no TLS', 'http://example.invalid/private'],
    ['it is not there', undefined],
  ])('says on stderr that somebody was not told: %s', async (_, url) => {
    const project = await trusted('{ slack: SLACK_URL }')
    const { code, stdout, stderr } = await project.run(['rotate', 'TOKEN'], { env: { SLACK_URL: url } })
    expect(code).toBe(0)
    expect(stderr).toContain('warning: slack (SLACK_URL) was not told')
    expect(stderr + stdout).not.toMatch(/private|example\.invalid/)
  })

  it('sends nothing before the manifest is trusted', async () => {
    const { got, url } = await receiver()
    const project = new Project({
      'secrets.yaml': manifest('{ slack: SLACK_URL }'),
      '.env': `TOKEN=${value}\n`,
    })
    const { code, stderr } = await project.run(['rotate', 'TOKEN'], { env: { SLACK_URL: url } })
    expect([code, got.length, stderr.includes('warning: nobody was told')]).toEqual([0, 0, true])
  })

  it('tells of a human edit and of what is due, once a day, and of nothing in a dry run', async () => {
    const { got, url } = await receiver()
    const project = await trusted('{ webhook: OPS_URL }', ', rotate: { every: 30d }')
    const env = { OPS_URL: url }
    await project.run(['rotate', 'TOKEN', '--dry-run'], { env })
    expect(got).toEqual([])
    await project.run(['rotate', 'TOKEN', '--grace', '1h'], { env })
    const later = { ...env, SECRETS_CLOCK_OFFSET: String(2 * 3_600_000) }
    for (let times = 0; times < 2; times += 1)
      expect((await project.run(['status', '--due', '--notify'], { env: later })).code).toBe(1)
    expect((await project.run(['rotate', '--due'], { env: later })).code).toBe(0)
    const nearly = { ...env, SECRETS_CLOCK_OFFSET: String(25 * 86_400_000) }
    expect((await project.run(['status', '--notify'], { env: nearly })).code).toBe(0)
    const then = { ...env, SECRETS_CLOCK_OFFSET: String(31 * 86_400_000) }
    await project.run(['status', '--notify'], { env: then })
    expect(got.map(({ body }) => body['event'])).toEqual(['rotated', 'overdue', 'due_soon', 'overdue'])
    await project.run(['rotate', 'TOKEN', '--grace', '1h'], { env })
    project.write(
      '.env',
      project.read('.env').replace(/^TOKEN=.*$/m, 'TOKEN=edited-by-hand-0000000000000000'),
    )
    const { code } = await project.run(['rotate', 'TOKEN'], { env })
    expect([code, got.at(-1)?.body['event']]).toEqual([1, 'foreign'])
  })

  it('shows the variables when trust is asked for, and refuses what is no address', async () => {
    const project = new Project({ 'secrets.yaml': manifest('{ pagerduty: PD_KEY }'), '.env': '' })
    const { report } = await project.json(['trust'])
    expect(report.data?.['trust']).toMatchObject({ notify: ['PD_KEY'] })
    for (const wrong of ['{ slack: A, pagerduty: B }', '{ slack: A, key: B }', '{ }']) {
      project.write('secrets.yaml', manifest(wrong))
      expect((await project.json(['status'])).report.error?.code).toBe('manifest.invalid')
    }
  })
})
