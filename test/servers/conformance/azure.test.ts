import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedDirectory } from '../../support/shared.ts'
import { makeCertificate } from '../azure/certificate.ts'
import { type Issuer, startIssuer } from '../azure/issuer.ts'
import { allPermissions, type KeyVault, startKeyVault } from '../azure/key-vault.ts'

// Replays what was recorded of the real service against our server: status, error codes, headers, shape of the body.

interface Message {
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly body?: Readonly<Record<string, unknown>>
}

interface Recorded {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface Exchange {
  readonly request: Message
  readonly response: Recorded
  readonly repeat?: number
}

interface Recording {
  readonly real: boolean
  readonly exchanges: readonly Exchange[]
}

/** What cannot be replayed, and why. */
const differences: Readonly<Record<string, string>> = {
  'a page after ours ended':
    'the service breaks pages off where it likes; ours is full before it begins another',
  'a deleted secret of another day': 'it was deleted before the recording began',
}

const directory = sharedDirectory === undefined ? undefined : resolve(sharedDirectory, 'recordings/azure')
const files = directory === undefined ? [] : readdirSync(directory).filter(file => file.endsWith('.json'))
const certificate = makeCertificate()
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer(certificate)
})
afterAll(() => issuer.stop())

describe.skipIf(directory === undefined)('the vault answers as the service was recorded to', () => {
  it('there are recordings', () => {
    expect(files.length).toBeGreaterThan(0)
  })

  it.each(files)(
    '%s',
    async file => {
      const recording = JSON.parse(readFileSync(resolve(directory!, file), 'utf8')) as Recording
      expect(recording.real).toBe(true)
      let offset = 0
      const vault = await startKeyVault({
        certificate,
        issuer,
        permissions: new Map([['app', allPermissions]]),
        now: () => Date.now() + offset,
        lag: 1_000_000,
      })
      const player = new Player(vault, recording)
      try {
        for (const exchange of recording.exchanges) {
          const found = await player.play(exchange, () => (offset += 2_000_000))
          if (typeof found === 'string') expect(Object.keys(differences)).toContain(found)
          else expectSame(exchange, found)
        }
        // A recording of which nothing can be replayed proves nothing.
        expect(player.replayed).toBeGreaterThan(0)
      } finally {
        await vault.stop()
      }
    },
    60_000,
  )
})

/** The old fixtures have no query string: any version that they were recorded with. */
const usual = 'api-version=7.0'

class Player {
  readonly #vault: KeyVault
  /** Ids, skip tokens and backups of the recording, as our server calls them. */
  readonly #ours = new Map<string, string>()
  readonly #deleted = new Set<string>()
  replayed = 0

  constructor(vault: KeyVault, { exchanges }: Recording) {
    this.#vault = vault
    const made = new Set(
      exchanges.flatMap(({ request: { method, path } }) => (method === 'PUT' ? [nameOf(path)] : [])),
    )
    const restored = exchanges.some(({ request: { path } }) => path === '/secrets/restore')
    for (const item of strangers(exchanges)) {
      if (made.has(item.name) || (restored && made.has(item.name))) continue
      const { managed, contentType, tags, attributes } = item
      const { enabled, exp, nbf } = attributes
      vault.state.plant(item.name, 'value-of-a-stranger', {
        ...(managed === true ? { managed } : {}),
        ...(contentType === undefined ? {} : { contentType }),
        ...(tags === undefined ? {} : { tags }),
        ...(exp === undefined ? {} : { exp }),
        ...(nbf === undefined ? {} : { nbf }),
        enabled,
      })
    }
  }

  async play({ request: asked, response }: Exchange, later: () => void): Promise<Recorded | string> {
    const { method, path, query } = asked
    const name = nameOf(path)
    if (path.startsWith('/deletedsecrets/') && !this.#deleted.has(name) && response.status < 400) {
      return 'a deleted secret of another day'
    }
    const token = new URLSearchParams(query).get('$skiptoken')
    if (token !== null && !this.#ours.has(token)) return 'a page after ours ended'
    let found = await this.#send(asked, response)
    // The change of an earlier reply has taken effect by then, however long that took.
    if (found.status !== response.status || codesOf(found) !== codesOf(response)) {
      later()
      found = await this.#send(asked, response)
    }
    this.replayed += 1
    if (method === 'DELETE' && found.status === 200) this.#deleted.add(name)
    this.#learn(response.body, found.body)
    return found
  }

  async #send(
    { method, path, query = usual, body }: Message,
    { status, body: replied }: Recorded,
  ): Promise<Recorded> {
    const known = (text: string): string => this.#ours.get(text) ?? text
    const search = new URLSearchParams(query.startsWith('(') ? usual : query)
    const token = search.get('$skiptoken')
    if (token !== null) search.set('$skiptoken', known(token))
    const sent =
      body ??
      (method === 'PUT' || method === 'PATCH'
        ? bodyFrom(replied)
        : path === '/secrets/restore'
          ? { value: [...this.#ours.keys()].find(key => key.startsWith('<backup-blob')) }
          : undefined)
    const mapped =
      sent === undefined
        ? undefined
        : { ...sent, value: typeof sent['value'] === 'string' ? known(sent['value']) : sent['value'] }
    const headers = {
      'Content-Type': 'application/json',
      ...(status === 401 ? {} : { Authorization: `Bearer ${issuer.token({ clientId: 'app' })}` }),
    }
    const target = path.split('/').map(known).join('/')
    return await ask(this.#vault, method, `${target}?${search.toString()}`, headers, mapped)
  }

  #learn(recorded: unknown, found: unknown): void {
    const [theirs, ours] = [recorded, found] as Readonly<Record<string, unknown>>[]
    if (theirs === undefined || ours === undefined) return
    const pairs = [
      [idOf(theirs), idOf(ours)],
      [theirs['value'], ours['value']],
      [tokenOf(theirs), tokenOf(ours)],
    ]
    for (const [one, other] of pairs) {
      if (typeof one === 'string' && typeof other === 'string') this.#ours.set(one, other)
    }
  }
}

interface Item {
  readonly name: string
  readonly managed?: boolean
  readonly contentType?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly attributes: { readonly enabled: boolean; readonly exp?: number; readonly nbf?: number }
}

/** What stood in the vault before: listed, read or deleted without having been made. */
function strangers(exchanges: readonly Exchange[]): readonly Item[] {
  const items = exchanges.flatMap(({ request: { path }, response: { status, body } }) => {
    const page = (body as { readonly value?: unknown } | undefined)?.value
    if (status === 200 && path === '/secrets' && Array.isArray(page))
      return page as (Omit<Item, 'name'> & { id: string })[]
    return []
  })
  const names = new Map(items.map(({ id, ...item }) => [nameOf(new URL(id).pathname), item]))
  return [...names].map(([name, item]) => ({ ...item, name }))
}

function nameOf(path: string): string {
  return path.split('/')[2] ?? ''
}

function bodyFrom(reply: unknown): Readonly<Record<string, unknown>> {
  const { value = 'x', contentType, tags } = (reply ?? {}) as Readonly<Record<string, unknown>>
  return {
    value,
    ...(contentType === undefined ? {} : { contentType }),
    ...(tags === undefined ? {} : { tags }),
  }
}

function idOf(body: Readonly<Record<string, unknown>>): string | undefined {
  return typeof body['id'] === 'string' ? body['id'].split('/')[5] : undefined
}

function tokenOf(body: Readonly<Record<string, unknown>>): string | undefined {
  const link = body['nextLink']
  return typeof link === 'string' ? (new URL(link).searchParams.get('$skiptoken') ?? undefined) : undefined
}

function codesOf({ body }: Recorded): string {
  const { error } = (body ?? {}) as {
    readonly error?: { code?: string; message?: string; innererror?: { code?: string } }
  }
  return JSON.stringify([error?.code, error?.innererror?.code, error?.message !== undefined])
}

const comparedHeaders = [
  'content-type',
  'www-authenticate',
  'x-ms-keyvault-region',
  'x-ms-keyvault-service-version',
  'x-ms-keyvault-network-info',
  'retry-after',
  'location',
  'etag',
]

function expectSame({ request: asked, response }: Exchange, found: Recorded): void {
  const where = `${asked.method} ${asked.path}`
  expect({ where, status: found.status, codes: readCodes(found) }).toEqual({
    where,
    status: response.status,
    codes: readCodes(response, found),
  })
  const names = (headers: Readonly<Record<string, string>> = {}): string[] =>
    Object.keys(headers)
      .filter(name => comparedHeaders.includes(name))
      .sort()
  if (response.headers !== undefined && names(response.headers).length > 0)
    expect(names(found.headers), where).toEqual(expect.arrayContaining(names(response.headers)))
  expect(shapeOf(found.body), where).toEqual(shapeOf(response.body))
}

/** In 2020 the service said AccessDenied where it says SecretDisabled since. */
function readCodes(one: Recorded, other: Recorded = one): string {
  const codes = codesOf(one)
  return codes.includes('AccessDenied') && codesOf(other).includes('SecretDisabled') ? codesOf(other) : codes
}

/** Keys and types, nested; of a page only that it is one: what else stands in a shared vault is not compared. */
function shapeOf(body: unknown): unknown {
  if (Array.isArray(body)) return 'a page'
  if (typeof body !== 'object' || body === null) return body === null ? 'null' : typeof body
  const entries = Object.entries(body).filter(
    ([key]) => key !== 'message' && key !== 'code' && key !== 'innererror',
  )
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === 'nextLink' ? 'link or null' : shapeOf(value)]).sort(),
  )
}

function ask(
  vault: KeyVault,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: object | undefined,
): Promise<Recorded> {
  return new Promise((done, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: vault.port, method, path, headers, ca: certificate.cert, agent: false },
      answer => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const plain = Object.fromEntries(
            Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
          )
          done({
            status: answer.statusCode ?? 0,
            headers: plain,
            ...(text === '' ? {} : { body: JSON.parse(text) as unknown }),
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
