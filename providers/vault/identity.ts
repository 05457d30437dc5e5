import { SecretsError } from '../../src/core/errors.ts'
import type { Identity } from '../../src/core/provider.ts'
import { encodePath } from './address.ts'
import type { VaultClient } from './client.ts'
import { denied, fieldOf } from './failures.ts'
import { stagingSegment } from './settings.ts'

/** What a rotation does, path by path. Of each list one is enough: "patch" is preferred to "update", not needed. */
function needsOf(mount: string, path: string): readonly (readonly [string, readonly string[][]])[] {
  const staging = `${path}/${stagingSegment}/NAME`
  return [
    [`${mount}/data/${path}`, [['read'], ['create'], ['patch', 'update']]],
    [`${mount}/data/${staging}`, [['read'], ['create'], ['update']]],
    [`${mount}/destroy/${staging}`, [['update']]],
  ]
}

/** As whom we are signed in; throws `provider.denied` naming what the policy lacks. Reads no value. */
export async function identify(client: VaultClient, signal: AbortSignal): Promise<Identity> {
  const { address, mount, path, namespace } = client.settings
  await client.proveMount(signal)
  const needs = needsOf(mount, path)
  const shown = `${mount}/${path}`
  const json = { paths: needs.map(([one]) => one) }
  const reply = await client.send(
    { verb: 'write', path: 'sys/capabilities-self', shown, json, allow: [403] },
    signal,
  )
  const missing = reply.status === 403 ? [] : missingFrom(fieldOf(reply.json, 'data'), needs)
  if (missing.length > 0) throw denied(shown, missing)
  const where = `${address.shown}/${encodePath(shown)}`
  return {
    who: await nameOf(client, signal),
    where: namespace === undefined ? where : `${where} in namespace ${namespace}`,
  }
}

function missingFrom(data: unknown, needs: ReturnType<typeof needsOf>): readonly string[] {
  return needs.flatMap(([path, wanted]) => {
    const found = fieldOf(data, path)
    const has = (capability: string): boolean => Array.isArray(found) && found.includes(capability)
    if (has('root')) return []
    return wanted
      .filter(choice => !choice.some(has))
      .map(choice => `missing: "${choice.join('" or "')}" on "${path}"`)
  })
}

/** As the server shows the token in its own logs. */
export async function nameOf(client: VaultClient, signal: AbortSignal): Promise<string> {
  try {
    const request = { verb: 'read', path: 'auth/token/lookup-self', shown: 'auth/token/lookup-self' } as const
    const data = fieldOf((await client.send(request, signal)).json, 'data')
    const name = fieldOf(data, 'display_name')
    return typeof name === 'string' && /^[\x21-\x7e]{1,200}$/.test(name) ? name : 'a token without a name'
  } catch (error) {
    if (error instanceof SecretsError && error.code === 'provider.denied')
      return 'a token that may not look itself up'
    throw error
  }
}
