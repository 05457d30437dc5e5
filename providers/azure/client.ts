import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets'
import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import { Secret } from '../../src/core/secret.ts'
import { signIn, type SignedIn } from './credentials.ts'
import { failureOf, invalidReply, Refusal, unauthenticated } from './failures.ts'
import { answerFor } from './replies.ts'
import type { AzureSettings } from './settings.ts'
import { createTransport, type Line, type SdkRequest, type Transport } from './transport.ts'

export type Tags = Readonly<Record<string, string>>

/** What the vault says of one version, without its value. */
export interface VersionFacts {
  /** The secret's name in the vault. */
  readonly object: string
  /** Absent in a list of secrets. */
  readonly version: string | undefined
  readonly tags: Tags
  readonly contentType: string | undefined
  /** Whole seconds. */
  readonly created: Instant
  readonly isEnabled: boolean
  /** It belongs to a certificate. */
  readonly isManaged: boolean
}

export interface Stored extends VersionFacts {
  readonly version: string
  readonly value: Secret
}

export interface SetOptions {
  readonly tags: Tags
  readonly contentType?: string | undefined
}

/** One signed-in user of one vault. Refusals that it does not know the meaning of come as `Refusal`. */
export interface VaultClient {
  readonly settings: AzureSettings
  /** As whom; asks for a token, and the vault for one page of names. */
  identify(signal: AbortSignal): Promise<string>
  /** As whom the last request was sent, or will be; asks nobody. */
  who(): Promise<string>
  /** `undefined` when the vault said that there is no such secret or version. */
  get(object: string, version: string | undefined, signal: AbortSignal): Promise<Stored | undefined>
  /** A new version, current at once. */
  set(object: string, value: Secret, options: SetOptions, signal: AbortSignal): Promise<Stored>
  /** Tags are replaced whole. */
  update(
    object: string,
    version: string,
    change: { readonly tags?: Tags; readonly enabled?: boolean },
    signal: AbortSignal,
  ): Promise<void>
  /** In no order that says anything; empty when there is no such secret. */
  versions(
    object: string,
    signal: AbortSignal,
  ): Promise<readonly (VersionFacts & { readonly version: string })[]>
  list(signal: AbortSignal): AsyncIterable<VersionFacts>
  /** Begins the deletion; quiet when there is no such secret. It goes on for seconds afterwards. */
  remove(object: string, signal: AbortSignal): Promise<void>
  /** Begins to bring a deleted secret back, all versions with it. */
  recover(object: string, signal: AbortSignal): Promise<void>
  /** What the vault's last answer said beside its content; `undefined` before the first one. */
  readonly line: Line | undefined
  close(): void
}

interface Session {
  readonly sdk: SecretClient
  readonly signedIn: SignedIn
  readonly transport: Transport
}

/** One request, under the signal, by whoever is signed in. */
type Ask = <T>(signal: AbortSignal, work: (sdk: SecretClient) => Promise<T>) => Promise<T>

type ClientDeps = Pick<ProviderDeps, 'env' | 'root' | 'files'>

export function createClient(settings: AzureSettings, deps: ClientDeps): VaultClient {
  let opening: Promise<Session> | undefined
  let transport: Transport | undefined
  const open = async (): Promise<Session> => {
    opening ??= openSession(settings, deps)
    try {
      const session = await opening
      transport = session.transport
      return session
    } catch (error) {
      opening = undefined
      throw error
    }
  }
  const ask = async <T>(signal: AbortSignal, work: (sdk: SecretClient) => Promise<T>): Promise<T> => {
    signal.throwIfAborted()
    const { sdk } = await open()
    return await guarded(signal, () => work(sdk))
  }

  return {
    settings,
    get line() {
      return transport?.line
    },
    async identify(signal) {
      await ask(signal, async sdk => {
        await sdk.listPropertiesOfSecrets({ abortSignal: signal }).byPage().next()
      }).catch(thrown('secrets'))
      return (await open()).signedIn.who()
    },
    who: async () => (await open()).signedIn.who(),
    ...reading(ask),
    ...writing(ask),
    async *list(signal) {
      signal.throwIfAborted()
      const { sdk } = await open()
      const pages = sdk.listPropertiesOfSecrets({ abortSignal: signal })[Symbol.asyncIterator]()
      for (;;) {
        const step = await guarded(signal, () => pages.next()).catch(thrown('secrets'))
        if (step.done === true) return
        yield factsFrom(step.value.name, step.value)
      }
    },
    close() {
      void opening?.then(
        session => {
          session.transport.close()
          session.signedIn.close()
        },
        () => undefined,
      )
    },
  }
}

function reading(ask: Ask): Pick<VaultClient, 'get' | 'versions'> {
  return {
    get: (object, version, signal) =>
      ask(signal, async sdk => {
        const options = { abortSignal: signal, ...(version === undefined ? {} : { version }) }
        const found = await sdk.getSecret(object, options)
        return storedFrom(object, found.value, found.properties)
      }).catch((error: unknown) => {
        if (error instanceof Refusal && error.saysAbsent) return undefined
        throw error
      }),
    versions: (object, signal) =>
      ask(signal, async sdk => {
        const found: (VersionFacts & { readonly version: string })[] = []
        for await (const properties of sdk.listPropertiesOfSecretVersions(object, { abortSignal: signal })) {
          const facts = factsFrom(object, properties)
          const { version } = facts
          if (version === undefined) throw invalidReply('lists a version without its id')
          found.push({ ...facts, version })
        }
        return found
      }),
  }
}

function writing(ask: Ask): Pick<VaultClient, 'set' | 'update' | 'remove' | 'recover'> {
  return {
    set: (object, value, { tags, contentType }, signal) =>
      ask(signal, async sdk => {
        const options = { abortSignal: signal, tags, ...(contentType === undefined ? {} : { contentType }) }
        const { value: written, properties } = await sdk.setSecret(object, value.reveal(), options)
        const stored = storedFrom(object, written, properties)
        // Believed is only what the vault names as the value that it now holds.
        if (written !== value.reveal())
          throw invalidReply('answers with another value than the one it was given')
        return stored
      }),
    update: (object, version, change, signal) =>
      ask(signal, async sdk => {
        const properties = await sdk.updateSecretProperties(object, version, {
          abortSignal: signal,
          ...change,
        })
        if (factsFrom(object, properties).version !== version)
          throw invalidReply('answers with another version')
      }),
    remove: (object, signal) =>
      ask(signal, async sdk => {
        await sdk.beginDeleteSecret(object, { abortSignal: signal })
      }).catch((error: unknown) => {
        if (!(error instanceof Refusal && error.saysAbsent)) throw error
      }),
    recover: (object, signal) =>
      ask(signal, async sdk => {
        await sdk.beginRecoverDeletedSecret(object, { abortSignal: signal })
      }),
  }
}

/** For calls whose refusals nobody interprets. */
export function thrown(shown: string): (error: unknown) => never {
  return error => {
    throw error instanceof Refusal ? failureOf(error, shown) : error
  }
}

async function openSession(settings: AzureSettings, deps: ClientDeps): Promise<Session> {
  const { vault, caFile, timeout, resource, isLoopback } = settings
  const ca = caFile === undefined ? undefined : await readAuthority(caFile, deps)
  const trusted = ca === undefined ? {} : { ca }
  const transport = createTransport({
    isAllowed: url => url.origin === vault.origin,
    ...trusted,
    timeout,
    who: 'the vault',
  })
  const signedIn = await signIn(settings, deps, ca)
  const { SecretClient: Client } = await import('@azure/keyvault-secrets')
  const sdk = new Client(vault.origin, signedIn.credential, {
    // Ours decides when something is sent again, and where to.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    // The audience is ours already (answerFor); an emulator's host is not under it.
    disableChallengeResourceVerification: isLoopback,
    httpClient: { sendRequest: (request: SdkRequest) => answerFor(request, transport, resource) },
  })
  return { sdk, signedIn, transport }
}

async function readAuthority(path: string, { files }: ClientDeps): Promise<string> {
  const content = await files.read(path)
  const text = content === undefined ? '' : Buffer.from(content.bytes).toString('latin1')
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new SecretsError('file.missing', 'the file of the certificate authority is missing or no PEM file', {
    at: { path },
    hints: ['look at caCert in the manifest'],
  })
}

/** Whatever the library throws by itself quotes what it was given or what it got: it stays behind. */
async function guarded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretsError || error instanceof Refusal) throw error
    const status = (error as { readonly statusCode?: unknown } | undefined)?.statusCode
    throw status === 401
      ? unauthenticated()
      : invalidReply('answers in a form that its library does not know')
  }
}

function storedFrom(object: string, value: string | undefined, properties: SecretProperties): Stored {
  const facts = factsFrom(object, properties)
  const { version } = facts
  if (value === undefined || version === undefined) throw invalidReply('answers without value or version')
  return { ...facts, version, value: new Secret(value) }
}

function factsFrom(object: string, properties: SecretProperties): VersionFacts {
  const { name, version, tags = {}, contentType, createdOn, enabled = true, managed = false } = properties
  const isOther =
    name.toLowerCase() !== object.toLowerCase() || (version !== undefined && !isVersion(version))
  if (isOther || createdOn === undefined)
    throw invalidReply('answers for another secret than the one asked for')
  return {
    object: name,
    version,
    tags,
    contentType,
    created: createdOn.getTime(),
    isEnabled: enabled,
    isManaged: managed,
  }
}

export function isVersion(text: string): boolean {
  return /^[0-9A-Za-z]{1,64}$/.test(text)
}
