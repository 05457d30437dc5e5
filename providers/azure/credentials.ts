import { resolve } from 'node:path'
import type { TokenCredential } from '@azure/identity'
import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { type AzureSettings, type IdentityKind, nonEmpty } from './settings.ts'
import { createTransport, type Reply, type SdkRequest, toSdkResponse } from './transport.ts'

export interface SignedIn {
  readonly credential: TokenCredential
  /** As whom the last token was given; for people, never a key. */
  who(): string
  close(): void
}

type CredentialDeps = Pick<ProviderDeps, 'env' | 'root'>

const publicAuthority = 'https://login.microsoftonline.com'
const knownAuthorities = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
  'login.windows.net',
]

/**
 * One identity, chosen from what is set, before anything is asked. DefaultAzureCredential would try eight in turn: it
 * probes the network (seconds on a laptop), starts programs, and what it ends with depends on the machine, so that a
 * run could act as somebody else than the one before.
 */
export function chooseIdentity({ identity }: AzureSettings, env: ProviderDeps['env']): IdentityKind {
  const has = (name: string): boolean => nonEmpty(env[name]) !== undefined
  if (identity !== undefined) return identity
  if (has('AZURE_FEDERATED_TOKEN_FILE')) return 'workload'
  if (has('AZURE_CLIENT_SECRET')) return 'client-secret'
  return has('IDENTITY_ENDPOINT') || has('MSI_ENDPOINT') ? 'managed' : 'cli'
}

export async function signIn(
  settings: AzureSettings,
  deps: CredentialDeps,
  ca: string | undefined,
): Promise<SignedIn> {
  const kind = chooseIdentity(settings, deps.env)
  const authority = authorityOf(deps.env)
  let failure: SecretsError | undefined
  let refusal: number | undefined
  let who = kindNames[kind]
  const transport = createTransport({
    isAllowed: url => isIssuer(url, authority, kind, deps.env),
    ...(ca === undefined ? {} : { ca }),
    timeout: settings.timeout,
    who: 'the issuer of tokens',
  })
  const sendRequest = async (request: SdkRequest): ReturnType<typeof sendThrough> => {
    try {
      const { response, code } = await sendThrough(request, sent => transport.send(sent))
      refusal = code
      return { response, code }
    } catch (error) {
      if (error instanceof SecretsError) failure = error
      throw error
    }
  }
  const options = {
    authorityHost: authority.origin,
    disableInstanceDiscovery: !knownAuthorities.includes(authority.hostname),
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    httpClient: { sendRequest: async (request: SdkRequest) => (await sendRequest(request)).response },
  }
  const inner = await createCredential(kind, settings, deps, options)
  const refusalOf = (): SecretsError => failure ?? refused(kind, refusal)
  const credential: TokenCredential = {
    async getToken(scopes, tokenOptions) {
      failure = undefined
      refusal = undefined
      const token = await inner.getToken(scopes, tokenOptions).catch(() => undefined)
      if (token === undefined || token === null) throw refusalOf()
      who = `${nameIn(token.token) ?? 'an identity without a name'} (${kindNames[kind]})`
      return token
    },
  }
  return {
    credential,
    who: () => who,
    close: () => {
      transport.close()
    },
  }
}

async function createCredential(
  kind: IdentityKind,
  settings: AzureSettings,
  { env, root }: CredentialDeps,
  options: {
    readonly authorityHost: string
    readonly disableInstanceDiscovery: boolean
    readonly retryOptions: { readonly maxRetries: number }
    readonly redirectOptions: { readonly maxRetries: number }
    readonly httpClient: { sendRequest(request: SdkRequest): Promise<ReturnType<typeof toSdkResponse>> }
  },
): Promise<TokenCredential> {
  const tenantId = settings.tenant ?? nonEmpty(env['AZURE_TENANT_ID'])
  const clientId = settings.clientId ?? nonEmpty(env['AZURE_CLIENT_ID'])
  const identity = await import('@azure/identity')
  try {
    switch (kind) {
      case 'workload': {
        const file = required(kind, 'AZURE_FEDERATED_TOKEN_FILE', nonEmpty(env['AZURE_FEDERATED_TOKEN_FILE']))
        return new identity.WorkloadIdentityCredential({
          ...options,
          tenantId: required(kind, 'AZURE_TENANT_ID', tenantId),
          clientId: required(kind, 'AZURE_CLIENT_ID', clientId),
          tokenFilePath: resolve(root, file),
        })
      }
      case 'client-secret':
        return new identity.ClientSecretCredential(
          required(kind, 'AZURE_TENANT_ID', tenantId),
          required(kind, 'AZURE_CLIENT_ID', clientId),
          required(kind, 'AZURE_CLIENT_SECRET', nonEmpty(env['AZURE_CLIENT_SECRET'])),
          options,
        )
      case 'managed':
        return new identity.ManagedIdentityCredential({
          ...options,
          ...(clientId === undefined ? {} : { clientId }),
        })
      case 'cli':
        return new identity.AzureCliCredential({
          processTimeoutInMs: settings.timeout,
          ...(tenantId === undefined ? {} : { tenantId }),
        })
    }
  } catch (error) {
    // The library checks the form of what it is given, and quotes it.
    throw error instanceof SecretsError ? error : refused(kind, undefined)
  }
}

/** The reply for the library, and the number of the issuer's refusal where it is one. */
async function sendThrough(
  request: SdkRequest,
  send: (request: SdkRequest) => Promise<Reply>,
): Promise<{ readonly response: ReturnType<typeof toSdkResponse>; readonly code: number | undefined }> {
  const reply = await send(request)
  const { status, json, retryAfter } = reply
  const wait = retryAfter === undefined ? {} : { retryAfter }
  if (status === 429) {
    const details = { hints: ['run it again later'], ...wait, unsent: true }
    throw new SecretsError('provider.limited', 'the issuer of tokens asks to be asked less often', details)
  }
  if (status >= 500) {
    const details = { hints: ['run it again later'], ...wait, unsent: true }
    throw new SecretsError(
      'provider.unavailable',
      `the issuer of tokens cannot answer (${String(status)})`,
      details,
    )
  }
  if (json === undefined) throw strange()
  const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null
  const codes = isRecord(json) ? json['error_codes'] : undefined
  const code: unknown = Array.isArray(codes) ? codes[0] : undefined
  return { response: toSdkResponse(request, reply), code: typeof code === 'number' ? code : undefined }
}

function authorityOf(env: ProviderDeps['env']): URL {
  const text = nonEmpty(env['AZURE_AUTHORITY_HOST']) ?? publicAuthority
  const whole = text.includes('://') ? text : `https://${text}`
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  if (url?.protocol === 'https:' && url.username + url.password === '') return url
  throw new SecretsError('usage.invalid_argument', 'AZURE_AUTHORITY_HOST is no https address', {
    hints: [`the usual one: ${publicAuthority}`],
  })
}

/** Credentials go to the authority, and for managed identities to the endpoint that the platform names. */
function isIssuer(url: URL, authority: URL, kind: IdentityKind, env: ProviderDeps['env']): boolean {
  if (kind !== 'managed')
    return (
      url.origin === authority.origin ||
      (url.protocol === 'https:' && knownAuthorities.includes(url.hostname))
    )
  const named = [
    env['IDENTITY_ENDPOINT'],
    env['MSI_ENDPOINT'],
    env['AZURE_POD_IDENTITY_AUTHORITY_HOST'],
    'http://169.254.169.254',
  ]
  return named.some(one => one !== undefined && URL.canParse(one) && new URL(one).origin === url.origin)
}

function required(kind: IdentityKind, name: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw new SecretsError('provider.auth', `${name} is not set`, {
    hints: [`the ${kindNames[kind]} needs it`, 'which identity is taken when: docs/providers/azure.md'],
  })
}

const kindNames: Readonly<Record<IdentityKind, string>> = {
  workload: 'workload identity',
  'client-secret': 'client secret',
  managed: 'managed identity',
  cli: 'Azure CLI',
}

const ways: Readonly<Record<IdentityKind, string>> = {
  workload:
    'is the token file fresh, and does a federated credential of the application match its issuer and subject?',
  'client-secret': 'the secret is wrong, expired or revoked, or AZURE_CLIENT_ID or AZURE_TENANT_ID is',
  managed: 'has this machine an identity? with several, name one: clientId, or AZURE_CLIENT_ID',
  cli: 'sign in: az login (with several tenants: az login --tenant …), or set another identity',
}

function refused(kind: IdentityKind, code: number | undefined): SecretsError {
  return new SecretsError('provider.auth', `there is no token from the ${kindNames[kind]}`, {
    hints: [ways[kind], ...(code === undefined ? [] : [`the issuer says AADSTS${String(code)}`])],
  })
}

function strange(): SecretsError {
  return new SecretsError(
    'provider.invalid_reply',
    'the issuer of tokens answers with something that is no JSON',
    {
      hints: ['look at AZURE_AUTHORITY_HOST'],
    },
  )
}

/** From the claims, for people only: nothing is decided by them. */
function nameIn(token: string): string | undefined {
  const part = token.split('.')[1]
  if (part === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    const { upn, appid, azp, oid } = claims as Readonly<Record<string, unknown>>
    const isName = (one: unknown): one is string => typeof one === 'string' && /^[\w.@+-]{1,120}$/.test(one)
    return [upn, appid, azp, oid].find(isName)
  } catch {
    return undefined
  }
}
