import type * as Sdk from '@aws-sdk/client-secrets-manager'
import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { failureOf } from './failures.ts'
import { type Answer, answerOf, type Line, lineOf } from './line.ts'
import { type AwsSettings, isSafe } from './settings.ts'

/** The SDK's own client and commands, loaded at the first request. */
export interface Session {
  readonly sdk: typeof Sdk
  readonly client: Sdk.SecretsManagerClient
  readonly region: string
}

/** One signed-in identity in one region. */
export interface AwsClient {
  readonly settings: AwsSettings
  open(signal: AbortSignal): Promise<Session>
  /**
   * One request, sent once; `action` is its name in the words of IAM. Throws typed errors only.
   */
  send<T>(
    action: string,
    work: (session: Session, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>
  /** What the last answer said beside its content; `undefined` before the first one. */
  readonly line: Line | undefined
  close(): void
}

type ClientDeps = Pick<ProviderDeps, 'files' | 'env'>

/** Milliseconds. The policy around all stores ends a call earlier; these are for what it cannot see. */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 30_000 }

export function createClient(settings: AwsSettings, deps: ClientDeps): AwsClient {
  let opening: Promise<Session> | undefined
  let last: Answer | undefined
  const open = async (signal: AbortSignal): Promise<Session> => {
    signal.throwIfAborted()
    opening ??= openSession(settings, deps, answer => (last = answer))
    try {
      return await opening
    } catch (error) {
      opening = undefined
      throw error
    }
  }
  return {
    settings,
    open,
    async send(action, work, signal) {
      const session = await open(signal)
      try {
        // A signal of its own: the SDK leaves a listener on it for each request under way.
        return await work(session, { abortSignal: AbortSignal.any([signal]) })
      } catch (error) {
        signal.throwIfAborted()
        throw failureOf(error, action)
      }
    },
    get line() {
      return last === undefined ? undefined : lineOf(last)
    },
    close: () => {
      void opening?.then(
        ({ client }) => {
          client.destroy()
        },
        () => undefined,
      )
    },
  }
}

/**
 * The SDK with its own credential chain, and without what is not safe here: its retries (the policy around all stores
 * has them), Node's switch that turns certificate checks off, and addresses from a profile to which values would
 * travel unencrypted. It follows no redirect and uses no proxy of the environment.
 */
async function openSession(
  settings: AwsSettings,
  { files, env }: ClientDeps,
  onAnswer: (answer: Answer) => void,
): Promise<Session> {
  const sdk = await import('@aws-sdk/client-secrets-manager')
  const { region, endpoint, caFile } = settings
  const ca = caFile === undefined ? undefined : await readAuthority(caFile, files)
  const credentials = staticCredentials(env)
  const client = new sdk.SecretsManagerClient({
    maxAttempts: 1,
    // Deadlines are written by this clock: it must be right, not only its signatures.
    disableClockSkewCorrection: true,
    requestHandler: {
      ...timeouts,
      throwOnRequestTimeout: true,
      httpsAgent: {
        keepAlive: true,
        minVersion: 'TLSv1.2',
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
      },
    },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  })
  client.middlewareStack.add(
    next => async args => {
      const { protocol, hostname } = args.request as { readonly protocol: string; readonly hostname: string }
      if (!isSafe(protocol, hostname)) throw unsafeAddress()
      return await next(args)
    },
    { step: 'finalizeRequest', name: 'onlySafeAddresses' },
  )
  client.middlewareStack.add(
    next => async args => {
      const result = await next(args)
      onAnswer(answerOf(result.response))
      return result
    },
    // Before the answer is read: an error has one too.
    { step: 'deserialize', name: 'answerSeen', priority: 'low' },
  )
  return { sdk, client, region: await regionOf(client) }
}

/** What the chain would take first; a profile that is named stands before it there too. */
function staticCredentials(env: ProviderDeps['env']): Sdk.SecretsManagerClientConfig['credentials'] {
  const [id, key] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']]
  if (env['AWS_PROFILE'] !== undefined || !id || !key) return undefined
  const token = env['AWS_SESSION_TOKEN']
  return { accessKeyId: id, secretAccessKey: key, ...(token ? { sessionToken: token } : {}) }
}

async function regionOf(client: Sdk.SecretsManagerClient): Promise<string> {
  try {
    return await client.config.region()
  } catch {
    throw new SecretsError('manifest.invalid', 'nothing names an AWS region', {
      hints: ['region: eu-west-1 in the manifest, or set AWS_REGION, or a region in the profile'],
    })
  }
}

async function readAuthority(path: string, files: ProviderDeps['files']): Promise<Buffer> {
  const content = await files.read(path)
  const bytes = Buffer.from(content?.bytes ?? [])
  if (bytes.includes('-----BEGIN CERTIFICATE-----')) return bytes
  throw new SecretsError('file.missing', 'the file of the certificate authority is missing or no PEM file', {
    at: { path },
    hints: ['look at AWS_CA_BUNDLE'],
  })
}

function unsafeAddress(): SecretsError {
  return new SecretsError('usage.invalid_argument', 'the profile names an http address for the store', {
    hints: ['values would be readable on the way: write https in its endpoint_url'],
  })
}
