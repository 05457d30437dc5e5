import { SecretsError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import type { GcpClient } from './client.ts'
import { crc32c } from './crc32c.ts'
import { invalidReply, Refusal } from './failures.ts'
import { readSecret, readVersion, type SecretResource, type VersionResource } from './resources.ts'

/** What is written of a secret besides its versions. */
export interface SecretChange {
  readonly annotations: Readonly<Record<string, string>>
  readonly aliases?: Readonly<Record<string, number>>
}

/** The methods of Secret Manager that this adapter uses, in its own words. `undefined`: the service said "not found". */
export interface GcpApi {
  /** Where secrets stand, for people and as a parent. */
  readonly parent: string
  getSecret(id: string, signal: AbortSignal): Promise<SecretResource | undefined>
  /** Replicated and encrypted like `model`, where there is one. */
  createSecret(
    id: string,
    labels: Readonly<Record<string, string>>,
    model: SecretResource | undefined,
    signal: AbortSignal,
  ): Promise<'created' | 'exists'>
  /**
   * On the etag of the resource that was read; gives it as it is now. `moved`, and nothing done, when it was another by
   * then.
   */
  updateSecret(
    secret: SecretResource,
    change: SecretChange,
    signal: AbortSignal,
  ): Promise<SecretResource | 'moved'>
  /** Quiet where it is not there. */
  deleteSecret(id: string, signal: AbortSignal): Promise<void>
  addVersion(id: string, value: Secret, signal: AbortSignal): Promise<VersionResource | undefined>
  getVersion(
    id: string,
    version: number | 'latest',
    signal: AbortSignal,
  ): Promise<VersionResource | undefined>
  /** `unserved`: disabled or destroyed. */
  access(
    id: string,
    version: number | 'latest',
    signal: AbortSignal,
  ): Promise<{ readonly number: number; readonly value: Secret } | 'unserved' | undefined>
  /** Quiet where it is not there, or destroyed already. */
  setState(id: string, version: number, verb: 'disable' | 'destroy', signal: AbortSignal): Promise<void>
  listSecrets(signal: AbortSignal): AsyncIterable<SecretResource>
  listVersions(id: string, signal: AbortSignal): AsyncIterable<VersionResource>
  /** Those of the permissions that the identity has on a secret; none where it is not there. */
  testPermissions(id: string, permissions: readonly string[], signal: AbortSignal): Promise<readonly string[]>
}

const pageSize = 1000

interface Names {
  readonly parent: string
  secret(id: string): string
  version(id: string, version: number | 'latest'): string
}

export function createApi(client: GcpClient): GcpApi {
  const { project, location } = client.settings
  const parent = `projects/${project}${location === undefined ? '' : `/locations/${location}`}`
  const names: Names = {
    parent,
    secret: id => `${parent}/secrets/${id}`,
    version: (id, version) => `${parent}/secrets/${id}/versions/${String(version)}`,
  }
  return {
    parent,
    ...secretMethods(client, names),
    ...versionMethods(client, names),
    async testPermissions(id, permissions, signal) {
      const request = { resource: names.secret(id), permissions: [...permissions] }
      const granted = await unlessMissing(() =>
        client.call(signal, (sdk, options) => sdk.testIamPermissions(request, options)),
      )
      return granted?.permissions ?? []
    },
    ...listMethods(client, names),
  }
}

function secretMethods(
  client: GcpClient,
  { parent, secret: nameOf }: Names,
): Pick<GcpApi, 'getSecret' | 'createSecret' | 'updateSecret' | 'deleteSecret'> {
  const isGlobal = client.settings.location === undefined
  return {
    getSecret: (id, signal) =>
      unlessMissing(async () => {
        const raw = await client.call(signal, (sdk, options) => sdk.getSecret({ name: nameOf(id) }, options))
        return readSecret(raw, id)
      }),
    async createSecret(id, labels, model, signal) {
      const secret = {
        labels,
        ...(isGlobal ? { replication: model?.replication ?? { automatic: {} } } : {}),
        ...(model?.encryption === undefined ? {} : { customerManagedEncryption: model.encryption }),
      }
      try {
        const raw = await client.call(signal, (sdk, options) =>
          sdk.createSecret({ parent, secretId: id, secret }, options),
        )
        readSecret(raw, id)
        return 'created'
      } catch (error) {
        if (error instanceof Refusal && error.status === 'ALREADY_EXISTS') return 'exists'
        throw plain(error)
      }
    },
    async updateSecret(known, { annotations, aliases }, signal) {
      const secret = {
        name: nameOf(known.id),
        etag: known.etag,
        annotations,
        ...(aliases === undefined ? {} : { versionAliases: aliases }),
      }
      const paths = ['annotations', ...(aliases === undefined ? [] : ['version_aliases'])]
      try {
        const raw = await client.call(signal, (sdk, options) =>
          sdk.updateSecret({ secret, updateMask: { paths } }, options),
        )
        const written = readSecret(raw, known.id)
        requireWritten(written, annotations)
        return written
      } catch (error) {
        // A precondition, and the only one that the request has, is the etag. Gone meanwhile: moved too.
        if (error instanceof Refusal && error.status !== 'ALREADY_EXISTS') return 'moved'
        throw plain(error)
      }
    },
    async deleteSecret(id, signal) {
      await unlessMissing(() =>
        client.call(signal, (sdk, options) => sdk.deleteSecret({ name: nameOf(id) }, options)),
      )
    },
  }
}

function versionMethods(
  client: GcpClient,
  { secret: nameOf, version: versionOf }: Names,
): Pick<GcpApi, 'addVersion' | 'getVersion' | 'access' | 'setState'> {
  return {
    addVersion: (id, value, signal) =>
      unlessMissing(async () => {
        const data = Buffer.from(value.reveal(), 'utf8')
        const payload = { data, dataCrc32c: crc32c(data) }
        const raw = await client.call(signal, (sdk, options) =>
          sdk.addSecretVersion({ parent: nameOf(id), payload }, options),
        )
        return readVersion(raw, id)
      }),
    getVersion: (id, version, signal) =>
      unlessMissing(async () => {
        const raw = await client.call(signal, (sdk, options) =>
          sdk.getSecretVersion({ name: versionOf(id, version) }, options),
        )
        return readVersion(raw, id, version)
      }),
    async access(id, version, signal) {
      try {
        return await unlessMissing(async () => {
          const raw = await client.call(signal, (sdk, options) =>
            sdk.accessSecretVersion({ name: versionOf(id, version) }, options),
          )
          const { number } = readVersion({ name: raw.name ?? null }, id, version)
          return { number, value: readPayload(raw.payload, id) }
        })
      } catch (error) {
        if (error instanceof Refusal && error.status === 'FAILED_PRECONDITION') return 'unserved'
        throw plain(error)
      }
    },
    async setState(id, version, verb, signal) {
      const name = versionOf(id, version)
      try {
        await unlessMissing(async () => {
          const raw = await client.call(signal, (sdk, options) =>
            verb === 'disable'
              ? sdk.disableSecretVersion({ name }, options)
              : sdk.destroySecretVersion({ name }, options),
          )
          readVersion(raw, id, version)
        })
      } catch (error) {
        // Destroyed already: no less than what was asked.
        if (!(error instanceof Refusal) || error.status !== 'FAILED_PRECONDITION') throw plain(error)
      }
    },
  }
}

function listMethods(
  client: GcpClient,
  { parent, secret: nameOf }: Names,
): Pick<GcpApi, 'listSecrets' | 'listVersions'> {
  return {
    listSecrets: signal =>
      pages(
        pageToken =>
          client.call(signal, async (sdk, options) => {
            const [, , raw] = await sdk.listSecrets({ parent, pageSize, pageToken }, options)
            return [raw]
          }),
        ({ secrets }) => (secrets ?? []).map(raw => readSecret(raw)),
      ),
    listVersions: (id, signal) =>
      pages(
        pageToken =>
          client.call(signal, async (sdk, options) => {
            const request = { parent: nameOf(id), pageSize, pageToken }
            const [, , raw] = await sdk.listSecretVersions(request, options)
            return [raw]
          }),
        ({ versions }) => (versions ?? []).map(raw => readVersion(raw, id)),
      ),
  }
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal && error.status === 'NOT_FOUND') return undefined
    throw error
  }
}

/** A refusal that no caller expected; the rest as it is. */
function plain(error: unknown): unknown {
  return error instanceof Refusal ? invalidReply('refuses what it should take') : error
}

interface Page {
  readonly nextPageToken?: string | null
}

/** Every page, empty ones included: only a missing token is the end. */
async function* pages<P extends Page, T>(
  ask: (token: string) => Promise<P | null | undefined>,
  itemsOf: (page: P) => readonly T[],
): AsyncIterable<T> {
  let token = ''
  do {
    let page: P | null | undefined
    try {
      page = await ask(token)
    } catch (error) {
      if (error instanceof Refusal && error.status === 'NOT_FOUND') return
      throw plain(error)
    }
    if (page === null || page === undefined) throw invalidReply('gives a list without a page')
    yield* itemsOf(page)
    token = page.nextPageToken ?? ''
  } while (token !== '')
}

/** Only a reply that has what was sent says that it was written: a page of somebody else decodes to nothing. */
function requireWritten({ annotations }: SecretResource, sent: Readonly<Record<string, string>>): void {
  for (const [key, text] of Object.entries(sent)) {
    if (annotations[key] !== text) throw invalidReply('confirms something else than what was written')
  }
}

interface Payload {
  readonly data?: Uint8Array | string | Buffer | null
  readonly dataCrc32c?: number | string | { toString(): string } | null
}

/** The SDK does not compare the checksum. */
function readPayload(payload: Payload | null | undefined, id: string): Secret {
  const { data, dataCrc32c } = payload ?? {}
  if (data === null || data === undefined) throw invalidReply('gives a version without a value')
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data
  const sum = dataCrc32c?.toString() ?? '0'
  if (sum !== '0' && sum !== String(crc32c(bytes)))
    throw invalidReply('gives a value that does not match its checksum')
  try {
    return new Secret(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw new SecretsError('env_file.unsupported_value', `the value of "${id}" is no text`, {
      hints: ['this tool keeps texts: store binary values as base64'],
    })
  }
}
