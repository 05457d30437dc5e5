import { afterAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { facts, mark } from '../contract/rotation/scene.ts'
import { hour, never, noon, put, rejection } from '../contract/harness.ts'
import { harness, makeToken, startVault, type VaultSession } from '../providers/vault.harness.ts'

afterAll(() => harness.close?.())

const name = 'KEY'
const first = 'first-value-0123456789abcdef'
const second = 'second-value-0123456789abcdef'
const staged = 'staged-value-0123456789abcdef'

/** Every version of the path that the server still gives out, as JSON text. */
async function everything({ bao, path }: VaultSession, beside = ''): Promise<string> {
  const where = `${encodeURI(path)}${beside}`
  const metadata = await bao.api('GET', `secret/metadata/${where}`, undefined, { allow: [404] })
  // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
  const last = (metadata.body?.data?.current_version ?? 0) as number
  const texts: string[] = []
  for (let version = 1; version <= last; version += 1) {
    // A version that was deleted, but not destroyed, comes back when it is asked for.
    await bao.api('POST', `secret/undelete/${where}`, { versions: [version] })
    const url = `secret/data/${where}?version=${String(version)}`
    texts.push(JSON.stringify((await bao.api('GET', url, undefined, { allow: [404] })).body))
  }
  return texts.join('\n')
}

async function versionsOf(session: VaultSession): Promise<readonly { version: string; created?: number }[]> {
  const provider = await session.connect()
  const found: { version: string; created?: number }[] = []
  for await (const version of provider.versions!(name, never)) found.push(version)
  await provider.close()
  return found
}

describe.skipIf(harness.unavailable !== undefined)('vault, versions and purge', () => {
  it('lists what the kept versions of the document hold, and when each value was made', async () => {
    const session = await startVault()
    const provider = await session.connect()
    // Somebody else's edits of the path are no versions of ours.
    await session.bao.api('POST', `secret/data/${encodeURI(session.path)}`, {
      data: { [name]: 'by-hand', OTHER: 'x' },
    })
    const one = await put(provider, name, first, noon)
    await put(provider, 'OTHER', 'y')
    const two = await put(provider, name, second, noon + hour)
    const found = await versionsOf(session)
    expect(found.map(({ version }) => version)).toEqual([two, one, 'initial'])
    expect(found.slice(0, 2).map(({ created }) => created)).toEqual([noon + hour, noon])
    expect(Math.abs((found[2]?.created ?? 0) - Date.now())).toBeLessThan(hour)
    await provider.close()
    await session.stop()
  })

  it('a purge destroys every version that holds the secret, deleted and staged ones too', async () => {
    const session = await startVault()
    const provider = await session.connect()
    const base = await put(provider, name, first)
    await put(provider, 'STAYS', 'value-that-stays')
    const pending = await provider.rotation!.stage(name, base, new Secret(second), mark, never)
    await provider.rotation!.commit(name, facts(pending), { at: noon, deadline: noon + hour }, never)
    await session.bao.api('POST', `secret/delete/${encodeURI(session.path)}`, { versions: [1] })
    await provider.rotation!.retire(name, base, pending.version, never)
    await provider.rotation!.stage(name, pending.version, new Secret(staged), mark, never)
    for (const value of [first, second]) expect(await everything(session)).toContain(value)
    await session.bao.api('POST', `secret/delete/${encodeURI(session.path)}`, { versions: [1] })

    await provider.purge!(name, never)
    const left = (await everything(session)) + (await everything(session, `/.secrets/${name}`))
    for (const value of [first, second, staged]) expect(left).not.toContain(value)
    expect(await session.data()).toMatchObject({ STAYS: 'value-that-stays' })
    expect(await versionsOf(session)).toEqual([])
    await provider.close()
    await session.stop()
  })

  it('a purge after a delete finds what the delete has left', async () => {
    const session = await startVault()
    const provider = await session.connect()
    await put(provider, name, first)
    await put(provider, 'STAYS', 'value-that-stays')
    await provider.remove(name, never)
    expect(await everything(session)).toContain(first)
    await provider.purge!(name, never)
    expect(await everything(session)).not.toContain(first)
    await provider.close()
    await session.stop()
  })

  it('without the right to destroy: typed, and the same call later finishes it', async () => {
    const session = await startVault()
    const { path } = session
    const policy = [
      `path "secret/data/${path}" { capabilities = ["read", "create", "update", "patch"] }`,
      `path "secret/data/${path}/.secrets/*" { capabilities = ["read", "create", "update"] }`,
      `path "secret/destroy/${path}/.secrets/*" { capabilities = ["update"] }`,
    ].join('\n')
    await session.bao.api('PUT', 'sys/policies/acl/no-destroy', { policy })
    const token = await makeToken(session.bao, 'no-destroy')
    const weak = await session.connectWith({ env: { VAULT_TOKEN: token } })
    await put(weak, name, first)
    await rejection(weak.purge!(name, never), 'provider.denied', [first])
    const provider = await session.connect()
    await provider.purge!(name, never)
    expect(await everything(session)).not.toContain(first)
    await Promise.all([weak.close(), provider.close()])
    await session.stop()
  })
})
