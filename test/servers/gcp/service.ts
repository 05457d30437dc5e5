import { Failure, invalid, unsettled } from './failure.ts'
import {
  acceptFields,
  checksum,
  decodePayload,
  mapOf,
  requireEtag,
  type StoredSecret,
  type StoredVersion,
} from './resources.ts'

type Json = Readonly<Record<string, unknown>>

/** One request, as the REST mapping of the service's protos says it. */
export interface Call {
  readonly method: string
  /** Below `/v1/`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Json
  /** Throws PERMISSION_DENIED. */
  readonly allow: (permission: string, resource: string) => void
}

const masks = new Set([
  'annotations',
  'labels',
  'versionAliases',
  'rotation',
  'rotation.nextRotationTime',
  'rotation.rotationPeriod',
  'topics',
  'ttl',
  'expireTime',
  'versionDestroyTtl',
])

/**
 * Google Secret Manager v1 over one project, by its documentation, its protos and the recorded replies. It knows
 * nothing of what it is used for. Names in replies carry the project's number.
 */
export class SecretManagerService {
  readonly secrets = new Map<string, StoredSecret>()
  readonly #project: string
  readonly #number: string
  readonly #now: () => number
  #last = 0n
  #isLagging = false

  constructor(project: string, number: string, now: () => number) {
    this.#project = project
    this.#number = number
    this.#now = now
  }

  /** From now on `latest`, aliases, lists and states stay as they are; versions by number do not. */
  fallBehind(): void {
    this.#isLagging = true
    for (const secret of this.secrets.values()) this.#freeze(secret)
  }

  catchUp(): void {
    this.#isLagging = false
    for (const secret of this.secrets.values()) delete secret.stale
  }

  #freeze(secret: StoredSecret): void {
    secret.stale ??= { newest: secret.versions.length, aliases: mapOf(secret.fields['versionAliases']) }
  }

  answer(call: Call): Json {
    const { path } = call
    const [, project, location = '', rest = ''] =
      /^projects\/([^/]+)(?:\/locations\/([^/]+))?\/secrets(?:\/(.*))?$/.exec(path) ?? []
    if (project === undefined) throw unsettled(`the path ${path}`)
    if (project !== this.#project && project !== this.#number) {
      throw new Failure('PERMISSION_DENIED', `Permission denied on resource project ${project}.`)
    }
    if (rest === '') return this.#collection(call, location)
    const [, id = '', verb] = /^([^/:]*)(?::(\w+))?$/.exec(rest) ?? []
    if (id !== '') return this.#secret(call, location, id, verb)
    const [, owner = '', version = '', action] =
      /^([^/:]+)\/versions(?:\/([^/:]+))?(?::(\w+))?$/.exec(rest) ?? []
    if (owner === '') throw unsettled(`the path ${path}`)
    return version === ''
      ? this.#listVersions(call, location, owner)
      : this.#version(call, location, owner, version, action)
  }

  #collection(call: Call, location: string): Json {
    const { method, query, body, allow } = call
    const parent = `projects/${this.#number}${location === '' ? '' : `/locations/${location}`}`
    if (method === 'GET') {
      allow('secretmanager.secrets.list', parent)
      if (query.get('filter')) throw unsettled('filters')
      const all = [...this.secrets.values()]
        .filter(secret => secret.location === location)
        .sort((one, other) => (one.id < other.id ? -1 : 1))
      const { page, next } = pageOf(all, query)
      return {
        ...(page.length === 0 ? {} : { secrets: page.map(secret => this.#shown(secret)) }),
        ...(next === undefined ? {} : { nextPageToken: next }),
        ...(all.length === 0 ? {} : { totalSize: all.length }),
      }
    }
    if (method !== 'POST') throw unsettled(`${method} of the collection`)
    allow('secretmanager.secrets.create', parent)
    const id = query.get('secretId') ?? ''
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) throw invalid()
    if ((location === '') !== Object.keys(mapOf(body['replication'])).length > 0) throw invalid()
    const key = keyOf(location, id)
    if (this.secrets.has(key)) {
      throw new Failure('ALREADY_EXISTS', `Secret [${parent}/secrets/${id}] already exists.`)
    }
    const { etag, time } = this.#stamp()
    const fields = acceptFields(body, this.#now())
    const secret: StoredSecret = {
      id,
      location,
      createTime: time,
      fields,
      etag,
      versions: [],
      isManaged: false,
    }
    this.secrets.set(key, secret)
    if (this.#isLagging) this.#freeze(secret)
    return this.#shown(secret)
  }

  #secret(call: Call, location: string, id: string, verb: string | undefined): Json {
    const { method, query, body, allow } = call
    const name = this.#nameOf(location, id)
    const done = `${method} ${verb ?? ''}`.trim()
    const permissions: Readonly<Record<string, string>> = {
      GET: 'secretmanager.secrets.get',
      PATCH: 'secretmanager.secrets.update',
      DELETE: 'secretmanager.secrets.delete',
      'POST addVersion': 'secretmanager.versions.add',
    }
    if (done === 'POST testIamPermissions') return this.#test(call, location, id)
    const permission = permissions[done]
    if (permission === undefined) throw unsettled(`${done} of a secret`)
    allow(permission, name)
    const secret = this.secrets.get(keyOf(location, id))
    if (secret === undefined) throw new Failure('NOT_FOUND', `Secret [${name}] not found.`)
    switch (done) {
      case 'GET':
        return this.#shown(secret)
      case 'DELETE':
        requireEtag(query.get('etag') ?? undefined, secret.etag)
        this.secrets.delete(keyOf(location, id))
        return {}
      case 'PATCH':
        return this.#update(secret, body, query)
      default:
        return this.#addVersion(secret, body)
    }
  }

  /** Those that the caller has; for a secret that is not there none, and no NOT_FOUND (service.proto). No wildcards. */
  #test({ body, allow }: Call, location: string, id: string): Json {
    const asked = body['permissions']
    if (!Array.isArray(asked) || asked.some(one => typeof one !== 'string' || one.includes('*')))
      throw invalid()
    const granted = (asked as string[]).filter(one => {
      try {
        allow(one, this.#nameOf(location, id))
        return this.secrets.has(keyOf(location, id))
      } catch {
        return false
      }
    })
    return granted.length === 0 ? {} : { permissions: granted }
  }

  #update(secret: StoredSecret, body: Json, query: URLSearchParams): Json {
    const mask = query.get('updateMask') ?? ''
    if (mask === '') throw invalid('Field [update_mask] is required.')
    requireEtag(body['etag'], secret.etag)
    const paths = mask.split(',').map(camel)
    if (paths.some(path => !masks.has(path))) throw invalid()
    const sent = acceptFields(body, this.#now())
    const fields: Record<string, unknown> = { ...secret.fields }
    for (const path of paths) {
      const [top = '', inner] = path.split('.')
      if (inner !== undefined) {
        fields[top] = { ...mapOf(fields[top]), [inner]: mapOf(sent[top])[inner] }
      } else if (sent[top === 'ttl' ? 'expireTime' : top] === undefined) Reflect.deleteProperty(fields, top)
      else fields[top === 'ttl' ? 'expireTime' : top] = sent[top === 'ttl' ? 'expireTime' : top]
    }
    const aliases = Object.values(mapOf(fields['versionAliases'])).map(Number)
    if (aliases.some(number => number > secret.versions.length)) {
      throw new Failure('FAILED_PRECONDITION', "Aliases cannot be assigned to versions that don't exist")
    }
    secret.fields = fields
    secret.etag = this.#stamp().etag
    return this.#shown(secret)
  }

  #addVersion(secret: StoredSecret, body: Json): Json {
    const { data, hasChecksum } = decodePayload(mapOf(body['payload']))
    const { etag, time } = this.#stamp()
    const number = secret.versions.length + 1
    const version: StoredVersion = { number, createTime: time, state: 1, etag, data, hasChecksum }
    secret.versions.push(version)
    return this.#shownVersion(secret, version)
  }

  #listVersions({ method, query, allow }: Call, location: string, id: string): Json {
    if (method !== 'GET') throw unsettled(`${method} of versions`)
    const name = this.#nameOf(location, id)
    allow('secretmanager.versions.list', name)
    const secret = this.secrets.get(keyOf(location, id))
    if (secret === undefined) throw new Failure('NOT_FOUND', `Secret [${name}] not found.`)
    if (query.get('filter')) throw unsettled('filters')
    const seen = secret.versions.slice(0, secret.stale?.newest ?? secret.versions.length)
    const { page, next } = pageOf(seen.reverse(), query)
    return {
      ...(page.length === 0 ? {} : { versions: page.map(version => this.#shownVersion(secret, version)) }),
      ...(next === undefined ? {} : { nextPageToken: next }),
      ...(seen.length === 0 ? {} : { totalSize: seen.length }),
    }
  }

  #version(call: Call, location: string, id: string, which: string, action: string | undefined): Json {
    const { method, body, allow } = call
    const name = this.#nameOf(location, id)
    const done = `${method} ${action ?? ''}`.trim()
    const permissions: Readonly<Record<string, string>> = {
      GET: 'secretmanager.versions.get',
      'GET access': 'secretmanager.versions.access',
      'POST enable': 'secretmanager.versions.enable',
      'POST disable': 'secretmanager.versions.disable',
      'POST destroy': 'secretmanager.versions.destroy',
    }
    const permission = permissions[done]
    if (permission === undefined) throw unsettled(`${done} of a version`)
    allow(permission, `${name}/versions/${which}`)
    const { secret, version } = this.#find(location, id, which, method === 'GET')
    if (done === 'GET') return this.#shownVersion(secret, version)
    if (done === 'GET access') return this.#access(secret, version)
    requireEtag(body['etag'], version.etag)
    if (version.state === 3)
      throw new Failure('FAILED_PRECONDITION', 'SecretVersion.state is already DESTROYED')
    const { etag, time } = this.#stamp()
    version.etag = etag
    version.state = action === 'enable' ? 1 : action === 'disable' ? 2 : 3
    if (version.state === 3) {
      version.destroyTime = time.replace('Z', '000Z')
      version.data = Buffer.alloc(0)
    }
    return this.#shownVersion(secret, version)
  }

  #find(
    location: string,
    id: string,
    which: string,
    mayBeNamed: boolean,
  ): { readonly secret: StoredSecret; readonly version: StoredVersion } {
    const name = this.#nameOf(location, id)
    const secret = this.secrets.get(keyOf(location, id))
    const isNumber = /^[1-9]\d*$/.test(which)
    if (!isNumber && !mayBeNamed) throw invalid()
    if (which === 'latest') {
      const version = secret?.versions[(secret.stale?.newest ?? secret.versions.length) - 1]
      if (secret !== undefined && version !== undefined) return { secret, version }
      throw new Failure('NOT_FOUND', `Secret [${name}] not found or has no versions.`)
    }
    const aliases = secret?.stale?.aliases ?? mapOf(secret?.fields['versionAliases'])
    if (!isNumber && secret !== undefined && !Object.hasOwn(aliases, which)) {
      throw new Failure('NOT_FOUND', `Secret [${name}] has no alias [${which}]`)
    }
    const number = isNumber ? Number(which) : Number(aliases[which])
    const version = secret?.versions[number - 1]
    if (secret !== undefined && version !== undefined) return { secret, version }
    throw new Failure('NOT_FOUND', `Secret Version [${name}/versions/${which}] not found.`)
  }

  #access(secret: StoredSecret, { number, state, data }: StoredVersion): Json {
    const name = `${this.#nameOf(secret.location, secret.id)}/versions/${String(number)}`
    if (state !== 1) {
      const word = state === 2 ? 'DISABLED' : 'DESTROYED'
      throw new Failure('FAILED_PRECONDITION', `Secret Version [${name}] is in ${word} state.`)
    }
    return { name, payload: { data: data.toString('base64'), dataCrc32c: String(checksum(data)) } }
  }

  #shown({ id, location, createTime, fields, etag, isManaged }: StoredSecret): Json {
    const managed = isManaged
      ? { rotation: { ...mapOf(fields['rotation']), managedRotationStatus: { state: 'ACTIVE' } } }
      : {}
    return { name: this.#nameOf(location, id), createTime, ...fields, ...managed, etag }
  }

  #shownVersion(secret: StoredSecret, version: StoredVersion): Json {
    const { number, createTime, destroyTime, state, etag, hasChecksum } = version
    const isManaged = Object.hasOwn(mapOf(secret.fields['replication']), 'userManaged')
    const replicas = mapOf(mapOf(secret.fields['replication'])['userManaged'])['replicas'] as
      Json[] | undefined
    const replicationStatus = isManaged
      ? { userManaged: { replicas: (replicas ?? []).map(({ location }) => ({ location })) } }
      : { automatic: {} }
    return {
      name: `${this.#nameOf(secret.location, secret.id)}/versions/${String(number)}`,
      createTime,
      ...(destroyTime === undefined ? {} : { destroyTime }),
      state,
      ...(secret.location === '' ? { replicationStatus } : {}),
      etag,
      ...(hasChecksum ? { clientSpecifiedPayloadChecksum: true } : {}),
    }
  }

  #nameOf(location: string, id: string): string {
    return `projects/${this.#number}${location === '' ? '' : `/locations/${location}`}/secrets/${id}`
  }

  /** Never the same twice; the etag is 2^52 plus the microseconds, in its quotes. */
  #stamp(): { readonly etag: string; readonly time: string } {
    const micros = BigInt(Math.floor(this.#now())) * 1000n
    this.#last = micros > this.#last ? micros : this.#last + 1n
    const etag = `"${(2n ** 52n + this.#last).toString(16)}"`
    const iso = new Date(Number(this.#last / 1000n)).toISOString()
    return { etag, time: iso.replace('Z', `${String(this.#last % 1000n).padStart(3, '0')}Z`) }
  }
}

function keyOf(location: string, id: string): string {
  return `${location}/${id}`
}

function camel(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function pageOf<T>(
  all: readonly T[],
  query: URLSearchParams,
): { readonly page: readonly T[]; readonly next: string | undefined } {
  const size = Math.min(Number(query.get('pageSize') ?? 0) || 100, 25_000)
  const token = query.get('pageToken') ?? ''
  const from = token === '' ? 0 : Number(Buffer.from(token, 'base64url').toString())
  if (!Number.isSafeInteger(from)) throw invalid()
  const next = from + size < all.length ? Buffer.from(String(from + size)).toString('base64url') : undefined
  return { page: all.slice(from, from + size), next }
}
