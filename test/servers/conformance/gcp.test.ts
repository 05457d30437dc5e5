import { readdirSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sharedDirectory } from '../../support/shared.ts'
import { type GcpServer, startGcpServer } from '../gcp/server.ts'

type Json = Readonly<Record<string, unknown>>

interface Exchange {
  readonly request: {
    readonly method: string
    readonly path: string
    readonly query?: string
    readonly body?: Json
  }
  readonly response: {
    readonly status: number | string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: Json
  }
  readonly repeat?: number
}

interface Recording {
  readonly scenario: string
  readonly real: boolean
  readonly exchanges: readonly Exchange[]
}

/** Recordings that are not replayed whole, each with its reason. */
const differences: Readonly<Record<string, string>> = {
  'kcc-mock-version-alias': 'recorded from a mock, not from Google',
}

/** Identities and times: compared by their type only. */
const unlike = new Set(['etag', 'createTime', 'destroyTime', 'expireTime'])
const numbers: Readonly<Record<string, number>> = { OK: 200, NOT_FOUND: 404 }

/** The REST mapping of the protos, for the recordings that were made over gRPC. */
function overRest({ method, path, body = {} }: Exchange['request']): Exchange['request'] {
  if (method !== 'GRPC') return { method, path, body }
  const { parent, name, secretId, secret, ...rest } = body
  const [owner, target] = [`/v1/${String(parent)}`, `/v1/${String(name)}`]
  switch (path.split('/').at(-1)) {
    case 'CreateSecret':
      return {
        method: 'POST',
        path: `${owner}/secrets`,
        query: `secretId=${String(secretId)}`,
        body: secret as Json,
      }
    case 'AddSecretVersion':
      return { method: 'POST', path: `${owner}:addVersion`, body: rest }
    case 'AccessSecretVersion':
      return { method: 'GET', path: `${target}:access` }
    case 'GetSecretVersion':
      return { method: 'GET', path: target }
    case 'DeleteSecret':
      return { method: 'DELETE', path: target }
    default:
      throw new Error(`no REST form of ${path}`)
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Json
}

function ask(
  server: GcpServer,
  token: string,
  { method, path, query, body }: Exchange['request'],
): Promise<Answer> {
  const agent = new Agent({ ca: readFileSync(server.caFile) })
  const text = method === 'GET' || method === 'DELETE' ? '' : JSON.stringify(body ?? {})
  // Recorded decoded; "$alt" has a blank and a semicolon in it.
  const search = query === undefined ? '' : `?${new URLSearchParams(query.replaceAll(';', '%3B')).toString()}`
  return new Promise((resolve, reject) => {
    const sent = request(
      server.address + path + search,
      { method, agent, headers: { Authorization: `Bearer ${token}` } },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const parsed = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: parsed,
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })
}

/** The same keys and the same kinds, and the same values but for what is an identity or a time. */
function expectLike(actual: unknown, recorded: unknown, where: string): void {
  if (typeof recorded !== 'object' || recorded === null) {
    const key = where.split('.').at(-1) ?? ''
    expect(typeof actual, where).toBe(typeof recorded)
    if (!unlike.has(key)) expect(actual, where).toEqual(recorded)
    return
  }
  const [mine, its] = [actual as Json, recorded as Json]
  expect(Object.keys(mine).sort(), where).toEqual(Object.keys(its).sort())
  for (const [key, value] of Object.entries(its)) expectLike(mine[key], value, `${where}.${key}`)
}

async function replay({ exchanges, scenario }: Recording): Promise<void> {
  const server = await startGcpServer()
  onTestFinished(() => server.stop())
  const token = server.tokens.issue('tester', 3600)
  // Recorded etags to the server's own, each from the place where the recording has it.
  const etags = new Map<unknown, unknown>()
  if (scenario === 'c7n-list-secrets') await seed(server, token, exchanges)
  for (const [index, { request: recorded, response }] of exchanges.entries()) {
    const sent = overRest(recorded)
    const known = etags.get(sent.body?.['etag'])
    const body = known === undefined ? sent.body : { ...sent.body, etag: known }
    const query = sent.query ?? recorded.query
    const answer = await ask(server, token, {
      ...sent,
      ...(body === undefined ? {} : { body }),
      ...(query === undefined ? {} : { query }),
    })
    const where = `exchange ${String(index + 1)}`
    expect(answer.status, `${where}: ${JSON.stringify(answer.body)}`).toBe(
      typeof response.status === 'number' ? response.status : numbers[response.status],
    )
    expect(answer.type.toLowerCase(), where).toBe('application/json; charset=utf-8')
    if (response.body?.['etag'] !== undefined) etags.set(response.body['etag'], answer.body['etag'])
    if (response.body === undefined) continue
    if (recorded.method === 'GRPC' && response.status !== 'OK') {
      const error = answer.body['error'] as Json
      expect([error['status'], error['message']]).toEqual([response.status, response.body['message']])
    } else expectLike(answer.body, response.body, where)
  }
}

/** The list of a project that was there before; its recorder replaced the project's number by its id. */
async function seed(server: GcpServer, token: string, exchanges: readonly Exchange[]): Promise<void> {
  const listed = (exchanges[0]?.response.body?.['secrets'] ?? []) as Record<string, unknown>[]
  for (const secret of listed) {
    const id = String(secret['name']).split('/').at(-1) ?? ''
    const { replication, expireTime } = secret
    const body = { replication, ...(expireTime === undefined ? {} : { expireTime }) }
    const path = `/v1/projects/${server.project}/secrets`
    await ask(server, token, { method: 'POST', path, query: `secretId=${id}`, body })
    secret['name'] = `projects/123456789012/secrets/${id}`
  }
}

const directory = sharedDirectory === undefined ? undefined : join(sharedDirectory, 'recordings/gcp')
const files = directory === undefined ? [] : readdirSync(directory).filter(file => file.endsWith('.json'))

describe.skipIf(files.length === 0)('the Google test server answers as the service did', () => {
  for (const file of files) {
    const recording = JSON.parse(readFileSync(join(directory ?? '', file), 'utf8')) as Recording
    const reason = differences[recording.scenario]
    if (reason !== undefined) it.skip(`${recording.scenario}: ${reason}`, () => undefined)
    else it(recording.scenario, () => replay(recording))
  }
})
