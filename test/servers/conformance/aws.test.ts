import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedDirectory } from '../../support/shared.ts'
import { createService, type Input, type Reply } from '../aws/service.ts'

// Replies recorded from the real service, replayed: the same requests to a fresh server must get replies of the same
// status, error code and shape, with the same values where they are no ids, dates or masks.

interface Exchange {
  readonly request: { readonly operation: string; readonly input: Input | null }
  readonly response: {
    readonly recorded?: false
    readonly status: number | null
    readonly body?: Record<string, unknown>
    readonly snapshotKey?: string
  }
  readonly repeat?: number
}

type Backend = (operation: string, input: Input) => Promise<Reply>

const folder = sharedDirectory === undefined ? undefined : join(sharedDirectory, 'recordings', 'aws')
const files = folder === undefined ? [] : readdirSync(folder).map(file => file.replace('.json', ''))

/** Recordings that cannot be replayed as they stand. */
const notReplayed: Readonly<Record<string, string>> = {
  'c7n-delete': 'its inputs are not recorded',
  'c7n-version-age': 'its inputs are not recorded',
  'ls-rotate-secret-with-lambda': 'the rotation function is not part of the server: RotateSecret is 501',
  'ls-rotate-secret-invalid-lambda-arn':
    'the rotation function is not part of the server: RotateSecret is 501',
}

describe.skipIf(folder === undefined)('aws: the strict server answers as the real service did', () => {
  it.each(files.filter(file => notReplayed[file] === undefined))('%s', async file => {
    const service = createService()
    service.lingers = lingering(file)
    await replay(file, (operation, input) => Promise.resolve(service.act(operation, input)))
  })

  it('what is not replayed is there, with its reason', () => {
    expect(Object.keys(notReplayed).filter(file => !files.includes(file))).toEqual([])
  })
})

function exchangesOf(file: string): readonly Exchange[] {
  const text = readFileSync(join(folder ?? '', `${file}.json`), 'utf8')
  return (JSON.parse(text) as { readonly exchanges: readonly Exchange[] }).exchanges
}

/** How often the secret was still described after a forced deletion: any number is right, this one was seen. */
function lingering(file: string): number {
  const steps = exchangesOf(file).flatMap(({ repeat = 1, ...one }) => Array<Exchange>(repeat).fill(one))
  const deleted = steps.findIndex(({ request }) => request.operation === 'DeleteSecret')
  const after = deleted === -1 ? [] : steps.slice(deleted + 1)
  const gone = after.findIndex(({ response }) => response.status !== 200)
  return gone === -1 ? after.length : gone
}

async function replay(file: string, ask: Backend): Promise<void> {
  const exchanges = exchangesOf(file)
  const script = new Script(!file.includes('no-client-request-token'))
  for (const { request, response, repeat = 1 } of exchanges) {
    for (let count = 0; count < repeat; count += 1) {
      const reply = await ask(request.operation, script.fill(request.operation, request.input ?? {}))
      script.remember(request.operation, response.snapshotKey ?? '', reply)
      if (response.recorded === false) continue
      const where = `${file}: ${request.operation} ${response.snapshotKey ?? ''}`
      const isRefused = errorCode(response.body) !== undefined
      const status = response.status ?? (isRefused ? 400 : 200)
      expect(reply.status, `${where}: ${JSON.stringify(reply.body)}`).toBe(status)
      if (!isRefused) expectShape(where, shapeOf(reply.body), shapeOf(response.body ?? {}))
      else expect(errorCode(reply.body), where).toBe(errorCode(response.body))
    }
  }
}

/** Fills in what stands as an expression of the recording test. */
class Script {
  readonly #fillsTokens: boolean
  readonly #suffix = randomUUID().slice(0, 8)
  readonly #made = new Map<string, string>()
  readonly #replies = new Map<string, Record<string, unknown>>()
  #last: Record<string, unknown> = {}

  constructor(fillsTokens: boolean) {
    this.#fillsTokens = fillsTokens
  }

  remember(operation: string, key: string, { body }: Reply): void {
    const reply = body as Record<string, unknown>
    this.#replies.set(key, reply)
    this.#replies.set(operation.toLowerCase(), reply)
    if (reply['ARN'] !== undefined) this.#last = { ...this.#last, ...reply }
  }

  fill(operation: string, input: Input): Input {
    const filled = this.#value(input) as Record<string, unknown>
    const needsToken = ['CreateSecret', 'PutSecretValue', 'UpdateSecret'].includes(operation)
    if (needsToken && this.#fillsTokens) filled['ClientRequestToken'] ??= randomUUID()
    return filled
  }

  #value(value: unknown): unknown {
    if (typeof value === 'string') {
      return value.replace(/<((?:[^<>]|<[^>]*>)*)>/g, (_, expression: string) => this.#text(expression))
    }
    if (Array.isArray(value)) return value.map(one => this.#value(one))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#value(one)]))
  }

  /** `put_secret_value_rs` where no reply has that key: the last one of that operation. */
  #byOperation(key: string): Record<string, unknown> {
    const start = key.replaceAll('_', '')
    const found = [...this.#replies].find(([operation]) => operation !== '' && start.startsWith(operation))
    return found?.[1] ?? this.#last
  }

  #text(expression: string): string {
    const [, key = '', field] = /^(\w+)\['(ARN|VersionId)'\]$/.exec(expression) ?? []
    if (field !== undefined)
      return String((this.#replies.get(key) ?? this.#byOperation(key))[field] ?? this.#last[field])
    if (expression === 'secret_arn[:-7]') return String(this.#last['ARN']).slice(0, -7)
    if (/^secret(?:_name)?$/.test(expression)) return `conformance-${this.#suffix}`
    const made = this.#made.get(expression) ?? randomUUID()
    this.#made.set(expression, made)
    return made
  }
}

function errorCode(body: unknown): unknown {
  const reply = body as { readonly __type?: string; readonly Error?: { readonly Code: string } }
  return reply.Error?.Code ?? reply.__type?.replace(/^.*#/, '')
}

/** Names, ids, dates and masks as their type only; labels without an order; version ids as keys left out. */
function shapeOf(body: unknown): Record<string, unknown> {
  const entries = Object.entries(body as Record<string, unknown>)
  return Object.fromEntries(
    entries.filter(([key]) => !['NextToken'].includes(key)).map(([key, value]) => [key, shapeAt(key, value)]),
  )
}

/** Not SecretBinary: some recorders wrote it in a form of their own. */
const plainTexts = new Set(['SecretString', 'Description', 'Key', 'Value'])
const policies = new Set(['ResourcePolicy'])

function shapeAt(key: string, value: unknown): unknown {
  if (/Date$/.test(key)) return 'date'
  if (policies.has(key)) return 'policy'
  if (/^(?:VersionIdsToStages|SecretVersionsToStages)$/.test(key)) {
    return Object.values(value as Record<string, string[]>)
      .map(sorted)
      .sort()
  }
  if (key === 'VersionStages') return sorted(value as string[])
  if (key === 'Versions') {
    return (value as object[]).map(one => JSON.stringify(withoutReads(shapeOf(one)))).sort()
  }
  if (key === 'SecretList' || key === 'Tags') return (value as object[]).map(shapeOf)
  if (key === 'KmsKeyIds') return value
  if (plainTexts.has(key) && typeof value === 'string' && !value.includes('<')) return value
  return typeof value
}

/** Reads are counted by the day and some time later, so which version has the date already is no rule. */
function withoutReads(shape: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(shape)
      .filter(([key]) => key !== 'LastAccessedDate')
      .sort(),
  )
}

function sorted(labels: readonly string[]): string {
  return [...labels].sort().join(' ')
}

function expectShape(where: string, found: Record<string, unknown>, recorded: Record<string, unknown>): void {
  const masked = Object.entries(recorded).filter(([, value]) => value === 'string')
  const comparable = { ...withoutReads(found) }
  // A value that the recorder replaced is compared by its type.
  for (const [key] of masked) if (typeof comparable[key] === 'string') comparable[key] = 'string'
  expect(comparable, where).toEqual(withoutReads(recorded))
}
