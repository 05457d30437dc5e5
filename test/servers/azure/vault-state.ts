import { randomBytes, randomUUID } from 'node:crypto'

// What a vault holds and how each operation changes it: replies and refusals in the service's words, from its
// documentation and from what was recorded of it. Knows nothing of HTTP but status numbers.

export interface Attributes {
  enabled?: boolean
  nbf?: number
  exp?: number
}

interface Version {
  readonly id: string
  readonly value: string
  contentType?: string
  tags?: Readonly<Record<string, string>>
  enabled: boolean
  nbf?: number
  exp?: number
  readonly created: number
  updated: number
  readonly managed?: boolean
}

interface Entry {
  readonly name: string
  /** Oldest first; the last is current. */
  readonly versions: Version[]
}

interface Deleted {
  readonly entry: Entry
  /** Milliseconds: until then the deletion is under way. */
  readonly doneAt: number
  readonly deletedDate: number
}

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface StateOptions {
  readonly url: string
  now(): number
  readonly recoverableDays: number
  readonly recoveryLevel: string
  /** Milliseconds that a deletion, a recovery or a purge goes on after its reply. */
  readonly lag: number
  /** Whether every list begins with an empty page, as the service's lists sometimes do. */
  readonly emptyPages: boolean
}

export interface SetRequest {
  readonly value?: unknown
  readonly contentType?: unknown
  readonly tags?: unknown
  readonly attributes?: unknown
}

export class Refused extends Error {
  readonly reply: Reply
  constructor(status: number, code: string, message: string, inner?: string) {
    super(message)
    const innererror = inner === undefined ? {} : { innererror: { code: inner } }
    this.reply = { status, body: { error: { code, message, ...innererror } } }
  }
}

/** Neither documented nor recorded: a test that comes here would pass on a guess. */
export function unsettled(what: string): Refused {
  return new Refused(501, 'NotImplemented', `neither documented nor recorded: ${what}`)
}

const largestValue = 25 * 1024
const mostTags = 15
const longestTag = 512

export class VaultState {
  readonly #options: StateOptions
  readonly #live = new Map<string, Entry>()
  readonly #deleted = new Map<string, Deleted>()
  /** Names that are not free, or not readable, until then. */
  readonly #purging = new Map<string, number>()
  readonly #recovering = new Map<string, number>()
  readonly #backups = new Map<string, Entry>()
  /** The live names in their order, until one comes or goes. */
  #sorted: readonly Entry[] | undefined

  constructor(options: StateOptions) {
    this.#options = options
  }

  set(name: string, { value, contentType, tags, attributes = {} }: SetRequest): Reply {
    if (name === '') throw new Refused(405, 'MethodNotAllowed', 'HTTP PUT not allowed')
    requireName(name)
    if (typeof value !== 'string') throw badParameter('Parameter: value')
    if (Buffer.byteLength(value, 'utf8') > largestValue)
      throw badParameter('Secret value exceeds the maximum size')
    this.#requireFree(name)
    if (this.#isRecovering(name)) throw unsettled('a new version while a recovery is under way')
    const entry = this.#live.get(fold(name)) ?? { name, versions: [] }
    if (entry.versions.at(-1)?.managed === true) throw managed()
    const now = this.#seconds()
    const { enabled = true, nbf, exp } = readAttributes(attributes)
    const version: Version = {
      id: randomBytes(16).toString('hex'),
      value,
      ...(contentType === undefined ? {} : { contentType: readText(contentType) }),
      ...(tags === undefined ? {} : { tags: readTags(tags) }),
      enabled,
      ...(nbf === undefined ? {} : { nbf }),
      ...(exp === undefined ? {} : { exp }),
      created: now,
      updated: now,
    }
    entry.versions.push(version)
    this.#setLive(fold(name), entry)
    return ok({ value, ...this.#bundle(entry, version) })
  }

  get(name: string, id: string | undefined): Reply {
    requireName(name)
    const entry = this.#readable(name)
    const version =
      id === undefined ? entry.versions.at(-1) : entry.versions.find(one => one.id === id.toLowerCase())
    if (version === undefined) throw absent(name)
    if (!version.enabled) throw disabled()
    return ok({ value: version.value, ...this.#bundle(entry, version) })
  }

  update(name: string, id: string | undefined, { contentType, tags, attributes = {} }: SetRequest): Reply {
    requireName(name)
    const entry = this.#readable(name)
    const version =
      id === undefined ? entry.versions.at(-1) : entry.versions.find(one => one.id === id.toLowerCase())
    if (version === undefined) throw absent(name)
    if (version.managed === true) throw managed()
    const { enabled, nbf, exp } = readAttributes(attributes)
    if (contentType !== undefined) version.contentType = readText(contentType)
    if (tags !== undefined) version.tags = readTags(tags)
    if (enabled !== undefined) version.enabled = enabled
    if (nbf !== undefined) version.nbf = nbf
    if (exp !== undefined) version.exp = exp
    version.updated = this.#seconds()
    return ok(this.#bundle(entry, version))
  }

  remove(name: string): Reply {
    requireName(name)
    const entry = this.#readable(name)
    if (entry.versions.at(-1)?.managed === true) throw managed()
    this.#live.delete(fold(name))
    this.#sorted = undefined
    const gone = { entry, doneAt: this.#options.now() + this.#options.lag, deletedDate: this.#seconds() }
    this.#deleted.set(fold(name), gone)
    return ok(this.#deletedBundle(gone))
  }

  getDeleted(name: string): Reply {
    requireName(name)
    const gone = this.#deleted.get(fold(name))
    if (gone === undefined || this.#isUnderWay(gone)) throw absentDeleted(name)
    if (gone.entry.versions.at(-1)?.enabled === false) throw disabled()
    return ok(this.#deletedBundle(gone))
  }

  recover(name: string): Reply {
    requireName(name)
    const gone = this.#deleted.get(fold(name))
    if (gone === undefined) {
      if (!this.#live.has(fold(name))) throw absentDeleted(name)
      const inner = 'RequestNotAllowedOnNonDeletedObject'
      throw new Refused(400, 'MethodNotAllowed', `Secret exists already: ${name}`, inner)
    }
    if (this.#isUnderWay(gone)) throw beingDeleted()
    this.#deleted.delete(fold(name))
    this.#setLive(fold(name), gone.entry)
    this.#recovering.set(fold(name), this.#options.now() + this.#options.lag)
    return ok(this.#bundle(gone.entry, newest(gone.entry)))
  }

  purge(name: string): Reply {
    requireName(name)
    const gone = this.#deleted.get(fold(name))
    if (gone === undefined) throw absentDeleted(name)
    if (this.#isUnderWay(gone)) throw beingDeleted()
    this.#deleted.delete(fold(name))
    this.#purging.set(fold(name), this.#options.now() + this.#options.lag)
    return { status: 204 }
  }

  backup(name: string): Reply {
    requireName(name)
    const entry = this.#readable(name)
    const blob = Buffer.from(`${randomUUID()}${'0'.repeat(3800)}`).toString('base64url')
    this.#backups.set(blob, { name: entry.name, versions: entry.versions.map(version => ({ ...version })) })
    return ok({ value: blob })
  }

  restore({ value }: { readonly value?: unknown }): Reply {
    const entry = this.#backups.get(String(value))
    if (entry === undefined) throw new Refused(400, 'Malformed backup blob', 'The backup blob is malformed.')
    if (this.#live.has(fold(entry.name))) throw unsettled('restore onto a live name')
    this.#requireFree(entry.name)
    const restored = { name: entry.name, versions: entry.versions.map(version => ({ ...version })) }
    this.#setLive(fold(entry.name), restored)
    return ok(this.#bundle(restored, newest(restored)))
  }

  list(query: URLSearchParams): Reply {
    this.#sorted ??= [...this.#live.values()].sort(byName)
    const items = this.#sorted
      .filter(({ name }) => !this.#isRecovering(name))
      .map(entry => ({
        key: entry.name.toUpperCase(),
        item: () => this.#item(entry, newest(entry), `secrets/${entry.name}`),
      }))
    return this.#page(items, 'secrets', query)
  }

  listDeleted(query: URLSearchParams): Reply {
    const items = [...this.#deleted.values()]
      .filter(gone => !this.#isUnderWay(gone))
      .sort((one, other) => byName(one.entry, other.entry))
      .map(gone => ({
        key: gone.entry.name.toUpperCase(),
        item: () => ({
          ...this.#dates(gone),
          ...this.#item(gone.entry, newest(gone.entry), `secrets/${gone.entry.name}`),
        }),
      }))
    return this.#page(items, 'deletedsecrets', query)
  }

  /** In the order of the version ids, which are random: their place says nothing of their age. */
  listVersions(name: string, query: URLSearchParams): Reply {
    requireName(name)
    const entry = this.#isRecovering(name) ? undefined : this.#live.get(fold(name))
    const items = [...(entry?.versions ?? [])]
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .map(version => ({
        key: version.id,
        item: () => this.#item(entry!, version, `secrets/${entry!.name}/${version.id}`),
      }))
    return this.#page(items, `secrets/${name}/versions`, query)
  }

  /** Past the protocol: as a certificate's secret stands there, or a secret of another day. */
  plant(
    name: string,
    value: string,
    extra: Partial<Pick<Version, 'tags' | 'enabled' | 'managed' | 'contentType' | 'exp' | 'nbf'>> = {},
  ): void {
    const now = this.#seconds()
    const entry = this.#live.get(fold(name)) ?? { name, versions: [] }
    entry.versions.push({
      id: randomBytes(16).toString('hex'),
      value,
      enabled: true,
      created: now,
      updated: now,
      ...extra,
    })
    this.#setLive(fold(name), entry)
  }

  #page(items: readonly { key: string; item: () => object }[], path: string, query: URLSearchParams): Reply {
    const asked = query.get('maxresults')
    const size = asked === null ? 25 : Number(asked)
    if (!Number.isInteger(size) || size < 1 || size > 25) throw badParameter('maxresults')
    const token = query.get('$skiptoken')
    const marker = token === null ? undefined : Buffer.from(token, 'base64url').toString('utf8')
    const isFirst = marker === undefined
    const rest = items.filter(({ key }) => isFirst || key > marker.slice(1))
    const shown = isFirst && this.#options.emptyPages ? [] : rest.slice(0, size)
    const last = shown.at(-1)?.key ?? ''
    const next = new URLSearchParams({ 'api-version': query.get('api-version') ?? '' })
    next.set('$skiptoken', Buffer.from(`!${last}`).toString('base64url'))
    if (asked !== null) next.set('maxresults', asked)
    const nextLink = rest.length > shown.length ? `${this.#options.url}/${path}?${next.toString()}` : null
    return ok({ value: shown.map(({ item }) => item()), nextLink })
  }

  #item(entry: Entry, version: Version, path: string): object {
    const { contentType, tags, managed: isManaged } = version
    return {
      ...(contentType === undefined ? {} : { contentType }),
      id: `${this.#options.url}/${path}`,
      ...(isManaged === true ? { managed: true } : {}),
      attributes: this.#attributes(version),
      ...(tags === undefined ? {} : { tags }),
    }
  }

  #bundle(entry: Entry, version: Version): object {
    return this.#item(entry, version, `secrets/${entry.name}/${version.id}`)
  }

  #deletedBundle(gone: Deleted): object {
    return { ...this.#dates(gone), ...this.#bundle(gone.entry, newest(gone.entry)) }
  }

  #dates({ entry, deletedDate }: Deleted): object {
    const scheduledPurgeDate = deletedDate + this.#options.recoverableDays * 86_400
    return {
      recoveryId: `${this.#options.url}/deletedsecrets/${entry.name}`,
      deletedDate,
      scheduledPurgeDate,
    }
  }

  #attributes({ enabled, nbf, exp, created, updated }: Version): object {
    const { recoveryLevel, recoverableDays } = this.#options
    return {
      enabled,
      ...(nbf === undefined ? {} : { nbf }),
      ...(exp === undefined ? {} : { exp }),
      created,
      updated,
      recoveryLevel,
      recoverableDays,
    }
  }

  #readable(name: string): Entry {
    const entry = this.#isRecovering(name) ? undefined : this.#live.get(fold(name))
    if (entry === undefined) throw absent(name)
    return entry
  }

  #requireFree(name: string): void {
    const gone = this.#deleted.get(fold(name))
    if (gone !== undefined) {
      if (this.#isUnderWay(gone)) throw beingDeleted()
      const text = `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`
      throw new Refused(409, 'Conflict', text, 'ObjectIsDeletedButRecoverable')
    }
    if ((this.#purging.get(fold(name)) ?? 0) > this.#options.now()) {
      throw new Refused(
        409,
        'Conflict',
        `There was a conflict: a secret ${name} exists, or parallel work on it`,
      )
    }
  }

  #setLive(key: string, entry: Entry): void {
    if (!this.#live.has(key)) this.#sorted = undefined
    this.#live.set(key, entry)
  }

  #isUnderWay({ doneAt }: Deleted): boolean {
    return doneAt > this.#options.now()
  }

  #isRecovering(name: string): boolean {
    return (this.#recovering.get(fold(name)) ?? 0) > this.#options.now()
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000)
  }
}

const fold = (name: string): string => name.toLowerCase()
const ok = (body: unknown): Reply => ({ status: 200, body })

function byName(one: Entry, other: Entry): number {
  return one.name.toUpperCase() < other.name.toUpperCase() ? -1 : 1
}

function newest({ versions }: Entry): Version {
  const version = versions.at(-1)
  if (version === undefined) throw unsettled('a secret without versions')
  return version
}

function requireName(name: string): void {
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name)) throw badParameter('The request URI contains an invalid name')
}

function readAttributes(source: unknown): Attributes {
  if (typeof source !== 'object' || source === null) throw badParameter('Parameter: attributes')
  const { enabled, nbf, exp } = source as Record<string, unknown>
  const isTime = (value: unknown): boolean => value === undefined || Number.isInteger(value)
  if (![undefined, true, false].includes(enabled as boolean) || !isTime(nbf) || !isTime(exp)) {
    throw badParameter('Parameter: attributes')
  }
  return source
}

function readText(source: unknown): string {
  if (typeof source !== 'string' || source.length > 255) throw badParameter('Parameter: contentType')
  return source
}

function readTags(source: unknown): Readonly<Record<string, string>> {
  if (typeof source !== 'object' || source === null || Array.isArray(source))
    throw badParameter('Parameter: tags')
  const entries = Object.entries(source)
  const isFine = ([key, value]: [string, unknown]): boolean =>
    typeof value === 'string' && key.length <= longestTag && value.length <= longestTag
  if (entries.length > mostTags || !entries.every(isFine)) throw badParameter('Parameter: tags')
  return source as Readonly<Record<string, string>>
}

function badParameter(message: string): Refused {
  return new Refused(400, 'BadParameter', message)
}

function absent(name: string): Refused {
  return new Refused(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it.`,
  )
}

function absentDeleted(name: string): Refused {
  return new Refused(404, 'SecretNotFound', `Deleted Secret not found: ${name}`)
}

function beingDeleted(): Refused {
  return new Refused(409, 'Conflict', 'Secret is currently being deleted.', 'ObjectIsBeingDeleted')
}

function disabled(): Refused {
  return new Refused(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled')
}

function managed(): Refused {
  return new Refused(
    403,
    'Forbidden',
    'Operation is not allowed on a secret managed by a certificate.',
    'SecretManagedByKeyVault',
  )
}
