import { invalidReply } from './failures.ts'
import type { Secret } from '../../src/core/secret.ts'
import { isSecretsError } from '../../src/core/errors.ts'
import type { VaultSettings } from './settings.ts'
import type { Reply, Transport } from './transport.ts'

/** node-vault's words: write is POST, update is PATCH with a JSON merge patch. */
export type Verb = 'read' | 'write' | 'update'

/** node-vault over our transport: every reply, of whatever status, comes back as a value. */
export interface Requester {
  send(
    request: { readonly verb: Verb; readonly path: string; readonly json?: unknown },
    signal: AbortSignal,
  ): Promise<Reply>
  useToken(token: Secret): void
  close(): void
}

/** What node-vault hands to the function that carries its requests. */
interface Carried {
  readonly method: string
  readonly uri: string
  readonly headers: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly signal: AbortSignal
}

const passing = Object.assign(() => true, { validate: () => true })

/** Stands for scheme, host and port, which only the transport knows. */
const scheme = 'vault:'

/**
 * node-vault 0.12 builds the requests; its own axios carries none of them (it would follow redirects, use the proxies
 * of the environment, and throw errors with the token inside). What it would take from the environment by itself
 * (VAULT_TOKEN, VAULT_NAMESPACE, VAULT_PREFIX, VAULT_SKIP_VERIFY) is overwritten, and so is its debug output, which
 * prints what is written.
 */
export async function createRequester(transport: Transport, settings: VaultSettings): Promise<Requester> {
  const { default: nodeVault } = await import('node-vault')
  const carry = async ({ method, uri, headers, json, signal }: Carried): Promise<unknown> => {
    const path = uri.slice(scheme.length)
    const reply = await transport.send({ method, path, headers, json, signal })
    // An empty path: node-vault takes every answer from a path that contains "sys/health" for a success.
    return { statusCode: 200, body: reply, request: { path: '' } }
  }
  const client = nodeVault({
    endpoint: `${scheme}${settings.address.prefix}`,
    'request-promise': { defaults: () => carry },
    debug: () => undefined,
    // It would check our own paths only; without it the bundle needs none of what node-vault depends on.
    tv4: passing,
  })
  const { namespace = '' } = settings
  Object.assign(client, { pathPrefix: '', token: '', namespace })

  return {
    async send({ verb, path, json }, signal) {
      const options = { signal }
      try {
        const reply: unknown = await (verb === 'read'
          ? client.read(path, options)
          : verb === 'write'
            ? client.write(path, json, options)
            : client.update(path, json, options))
        return reply as Reply
      } catch (error) {
        signal.throwIfAborted()
        throw isSecretsError(error) ? error : invalidReply('or its library fails in an unknown way')
      }
    },
    useToken(token) {
      client.token = token.reveal()
    },
    close: () => {
      transport.close()
    },
  }
}
