import { isSecretsError, SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import { Secret } from '../../src/core/secret.ts'
import { encodePath } from './address.ts'
import type { VaultClient, VaultRequest } from './client.ts'
import { failureOf, fieldOf, invalidReply, isCasMismatch, saysAbsent } from './failures.ts'
import type { Reply } from './transport.ts'

/** One version of a KV document, as it was read. The values are behind functions, so that printing it shows none. */
export interface Page {
  /** The number that a check-and-set has to name; 0 where nothing was ever written. */
  readonly version: number
  /** False where there is no document, or its newest version was deleted or destroyed. */
  readonly isThere: boolean
  /** When the server will delete this version by itself. */
  readonly expires?: string
  /** When the server made this version, where it says so. */
  readonly created?: Instant
  /** Sorted. */
  keys(): readonly string[]
  /** `undefined` where the key is not there. Throws for JSON that is not a text. */
  text(key: string): Secret | undefined
  /** The whole data with changes on top, for `JSON.stringify`. Throws where a number would not come back as it was. */
  merged(changes: Changes): object
  /** The version that these changes make. */
  with(changes: Changes): Page
}

/** `null` removes the key. All other keys stay as they are. */
export type Changes = Readonly<Record<string, string | null>>

/** One path of a KV v2 engine. */
export interface KvPath {
  /** For people: mount and path. */
  readonly shown: string
  read(signal: AbortSignal): Promise<Page>
  /** `undefined` where that version is not there any more, or was deleted or destroyed. */
  readVersion(version: number, signal: AbortSignal): Promise<Page | 'gone' | undefined>
  /**
   * Writes on the page that was read, by check-and-set: `moved`, and nothing written, where another one is newest; else
   * the page as it stands there now.
   */
  change(page: Page, changes: Changes, signal: AbortSignal): Promise<Page | 'moved'>
  /** Erases versions for good, those that are there; quiet where none is. */
  destroy(versions: readonly number[], signal: AbortSignal): Promise<void>
}

/** `isDocument`: that nothing is there is a fact to act on; false for what is always read beside one that is. */
export function createKvPath(client: VaultClient, path: string, isDocument = true): KvPath {
  const { mount } = client.settings
  const shown = `${mount}/${path}`
  const data = `${encodePath(mount)}/data/${encodePath(path)}`
  const destroy = `${encodePath(mount)}/destroy/${encodePath(path)}`
  const send = sender(client, shown)
  let mayPatch = true

  /** Whatever a read says is believed only of a KV v2 engine; its own way of answering proves that it is one. */
  const read = async (query: string, signal: AbortSignal): Promise<Page> => {
    const reply = await send({ verb: 'read', path: `${data}${query}`, allow: [404] }, signal)
    if (isVersioned(reply)) client.mountIsProved()
    else if (isDocument || !saysAbsent(reply)) await client.proveMount(signal)
    return pageOf(reply, shown)
  }

  const put = async (page: Page, changes: Changes, signal: AbortSignal): Promise<Page | 'moved'> => {
    const body = { data: page.merged(changes), options: { cas: page.version } }
    const reply = await send({ verb: 'write', path: data, json: body, allow: [400] }, signal)
    return outcomeOf(reply, page.with(changes), shown)
  }

  return {
    shown,
    read: signal => read('', signal),
    async readVersion(version, signal) {
      const page = await read(`?version=${String(version)}`, signal)
      if (page.version === 0) return undefined
      return page.isThere ? page : 'gone'
    },
    async change(page, changes, signal) {
      if (!page.isThere || !mayPatch) return await put(page, changes, signal)
      const json = { data: changes, options: { cas: page.version } }
      const request = { verb: 'update', path: data, json, allow: [400, 404, 405] } as const
      const reply = await send(request, signal).catch((error: unknown) => {
        if (error instanceof SecretsError && error.code === 'provider.denied') return undefined
        throw error
      })
      if (reply === undefined || reply.status === 405) {
        // An older server, or a policy without "patch": the same write with "update", if that is allowed.
        mayPatch = false
        return await put(page, changes, signal)
      }
      // Deleted since it was read; the patch of a document that is not there has an empty answer.
      if (reply.status === 404) return 'moved'
      return outcomeOf(reply, page.with(changes), shown)
    },
    async destroy(versions, signal) {
      const json = { versions }
      const reply = await send({ verb: 'write', path: destroy, json, allow: [404] }, signal)
      const isDone =
        reply.status === 204 || (reply.status === 404 && reply.text.trim() === '') || saysAbsent(reply)
      if (!isDone) throw invalidReply('answers a destruction in an unknown way')
    },
  }
}

type Send = (request: Omit<VaultRequest, 'shown'>, signal: AbortSignal) => Promise<Reply>

/** Why the mount cannot be used says more than what the engine there answers. */
function sender(client: VaultClient, shown: string): Send {
  return async (request, signal) => {
    try {
      return await client.send({ ...request, shown }, signal)
    } catch (error) {
      if (isSecretsError(error) && !error.isRetryable) await client.proveMount(signal)
      throw error
    }
  }
}

/** Written only where the server names the next version: something in between may answer everything with "fine". */
function outcomeOf(reply: Reply, wanted: Page, shown: string): Page | 'moved' {
  if (isCasMismatch(reply)) return 'moved'
  if (reply.status === 400) throw failureOf(reply, shown)
  if (fieldOf(fieldOf(reply.json, 'data'), 'version') === wanted.version) return wanted
  throw invalidReply('answers a write without the version that it made')
}

function pageOf(reply: Reply, shown: string): Page {
  if (saysAbsent(reply)) return emptyPage(0)
  const data = fieldOf(reply.json, 'data')
  const metadata = fieldOf(data, 'metadata')
  const version = fieldOf(metadata, 'version')
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw reply.status === 404
      ? failureOf(reply, shown)
      : invalidReply('answers without the version of the document')
  }
  if (reply.status === 404) return emptyPage(version)
  const content = fieldOf(data, 'data')
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw invalidReply('answers without the data of the document')
  }
  const expires = fieldOf(metadata, 'deletion_time')
  return {
    ...contentPage(version, new Map(Object.entries(content)), reply.text, shown),
    ...(typeof expires === 'string' && expires !== '' ? { expires } : {}),
    ...createdOf(metadata),
  }
}

function createdOf(metadata: unknown): Pick<Page, 'created'> {
  const text = fieldOf(metadata, 'created_time')
  const created = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return Number.isNaN(created) ? {} : { created }
}

function emptyPage(version: number): Page {
  return { ...contentPage(version, new Map(), '', ''), isThere: false }
}

function contentPage(
  version: number,
  content: ReadonlyMap<string, unknown>,
  text: string,
  shown: string,
): Page {
  return {
    version,
    isThere: true,
    keys: () => [...content.keys()].sort(),
    text(key) {
      const value = content.get(key)
      if (typeof value === 'string') return new Secret(value)
      if (!content.has(key)) return undefined
      throw notText(key, shown)
    },
    merged(changes) {
      if (!areNumbersExact(text)) throw inexact(shown)
      return Object.fromEntries(changed(content, changes))
    },
    // Numbers stay as the server wrote them: changes are texts.
    with: changes => contentPage(version + 1, changed(content, changes), text, shown),
  }
}

function changed(content: ReadonlyMap<string, unknown>, changes: Changes): ReadonlyMap<string, unknown> {
  const all = new Map(content)
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) all.delete(key)
    else all.set(key, value)
  }
  return all
}

/** Version 1 and other engines know no versions of documents. */
function isVersioned({ json }: Reply): boolean {
  return typeof fieldOf(fieldOf(fieldOf(json, 'data'), 'metadata'), 'version') === 'number'
}

/** Whether every number in a JSON text is written as JavaScript would write it again. */
function areNumbersExact(json: string): boolean {
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g)) {
    if (!token.startsWith('"') && String(Number(token)) !== token) return false
  }
  return true
}

function notText(key: string, shown: string): SecretsError {
  return new SecretsError(
    'provider.invalid_reply',
    `"${key}" in "${shown}" is JSON of another kind than a text`,
    {
      hints: ['values are texts: write it again as one, with vault kv patch or bao kv patch'],
    },
  )
}

function inexact(shown: string): SecretsError {
  return new SecretsError(
    'provider.denied',
    `"${shown}" holds a number that only the server can keep exactly`,
    {
      hints: ['allow the capability "patch" on its data path: then the server changes single keys itself'],
    },
  )
}
