import { afterAll, describe, expect, it } from 'vitest'
import type { Provider } from '../../src/core/provider.ts'
import type { RotationStore } from '../../src/core/rotation/port.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { facts, mark, times } from '../contract/rotation/scene.ts'
import { hour, never, noon, put, rejection, valueOf } from '../contract/harness.ts'
import {
  documentedPolicy,
  harness,
  makeToken,
  startVault,
  type VaultSession,
} from '../providers/vault.harness.ts'

afterAll(() => harness.close?.())

const oldValue = 'old-value-0123456789abcdef'
const newValue = 'new-value-0123456789abcdef'

async function withVault(work: (session: VaultSession, provider: Provider) => Promise<void>): Promise<void> {
  const session = await startVault()
  try {
    const provider = await session.connect()
    await work(session, provider)
    await provider.close()
  } finally {
    await session.stop()
  }
}

const urlOf = ({ path }: VaultSession, kind: string, beside = ''): string =>
  `secret/${kind}/${encodeURI(path)}${beside}`

/** Writes as an operator does, past the adapter. */
async function patch(session: VaultSession, data: object): Promise<void> {
  await session.bao.api('PATCH', urlOf(session, 'data'), { data })
}

async function rotate(store: RotationStore, name: string, base: string, value = newValue): Promise<string> {
  const pending = await store.stage(name, base, new Secret(value), mark, never)
  await store.commit(name, facts(pending), times, never)
  return pending.version
}

/** Every version of a document that can still be read, by number. */
async function history(
  session: VaultSession,
  beside = '',
): Promise<ReadonlyMap<number, Record<string, unknown>>> {
  const found = new Map<number, Record<string, unknown>>()
  const { bao } = session
  const reply = await bao.api('GET', urlOf(session, 'metadata', beside), undefined, { allow: [404] })
  // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
  const versions = Object.keys((reply.body?.data?.versions ?? {}) as object).map(Number)
  for (const version of versions) {
    const url = `${urlOf(session, 'data', beside)}?version=${String(version)}`
    const answer = await bao.api('GET', url, undefined, { allow: [404] })
    // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
    if (answer.status === 200) found.set(version, answer.body.data.data as Record<string, unknown>)
  }
  return found
}

const textOf = (thing: unknown): string => JSON.stringify(thing instanceof Map ? [...thing] : thing)

describe.skipIf(harness.unavailable !== undefined)('vault, on a real server', () => {
  it('leaves every other key of the path as it was', async () => {
    await withVault(async (session, provider) => {
      const others = {
        text: 'a text\n"with" ünïcode',
        number: 1.5,
        deep: { list: [1, null, 'x'] },
        empty: '',
      }
      await session.bao.api('POST', urlOf(session, 'data'), { data: { ...others, KEY_OLDER: 'not ours' } })
      const store = provider.rotation!
      const base = await put(provider, 'KEY', oldValue)
      const current = await rotate(store, 'KEY', base)
      await store.record('KEY', current, { verifiedAt: noon }, never)
      await store.retire('KEY', base, current, never)
      await put(provider, 'OTHER', 'value-of-other')
      await provider.remove('OTHER', never)
      const data = (await session.data()) ?? {}
      expect(data).toEqual({
        ...others,
        KEY_OLDER: 'not ours',
        KEY: newValue,
        KEY_OLD: newValue,
        _secrets_v1: data['_secrets_v1'],
      })
      expect(textOf(data['_secrets_v1'])).not.toContain(oldValue)
    })
  })

  it('works without the capability "patch", and without the right to look at itself', async () => {
    await withVault(async session => {
      const policy = await documentedPolicy('secret', session.path)
      await session.bao.api('PUT', 'sys/policies/acl/no-patch', {
        policy: policy.replaceAll(', "patch"', ''),
      })
      const reply = await session.bao.api('POST', 'auth/token/create', {
        policies: ['no-patch'],
        no_default_policy: true,
      })
      // eslint-disable-next-line @typescript-eslint/no-unsafe-member-access
      const token = reply.body.auth.client_token as string
      await session.bao.api('POST', urlOf(session, 'data'), { data: { other: 'stays', count: 3 } })
      const provider = await session.connectWith({ env: { VAULT_TOKEN: token } })
      expect((await provider.check(never)).who).not.toBe('')
      const store = provider.rotation!
      const base = await put(provider, 'KEY', oldValue)
      const current = await rotate(store, 'KEY', base)
      const next = await store.stage('KEY', current, new Secret('third-value'), mark, never)
      await store.abort('KEY', facts(next), never)
      expect(await session.data()).toMatchObject({
        other: 'stays',
        count: 3,
        KEY: newValue,
        KEY_OLD: oldValue,
      })
      await provider.close()
    })
  })

  it('keeps the version when another key changes, and commits over such a change', async () => {
    await withVault(async (session, provider) => {
      const store = provider.rotation!
      const base = await put(provider, 'KEY', oldValue)
      const pending = await store.stage('KEY', base, new Secret(newValue), mark, never)
      await patch(session, { sibling: 'changed by hand' })
      expect((await store.observe('KEY', never)).current?.version).toBe(base)
      await store.commit('KEY', facts(pending), times, never)
      expect(await session.data()).toMatchObject({
        sibling: 'changed by hand',
        KEY: newValue,
        KEY_OLD: oldValue,
      })
    })
  })

  it('rotates a value that it never wrote, and back', async () => {
    await withVault(async (session, provider) => {
      await session.bao.api('POST', urlOf(session, 'data'), { data: { KEY: oldValue } })
      const store = provider.rotation!
      const { current } = await store.observe('KEY', never)
      const version = await rotate(store, 'KEY', current!.version)
      expect(await session.readersView?.('KEY')).toEqual({ current: newValue, previous: oldValue })
      await store.revert('KEY', version, current!.version, { at: noon }, never)
      expect(await session.readersView?.('KEY')).toEqual({ current: oldValue, previous: oldValue })
      expect(stateOf(await store.observe('KEY', never)).word).toBe('steady')
    })
  })

  it.each([true, false])(
    'sees an edit by hand, also a second one (written by us before: %s)',
    async isOurs => {
      await withVault(async (session, provider) => {
        const store = provider.rotation!
        if (isOurs) await put(provider, 'KEY', oldValue)
        else await session.bao.api('POST', urlOf(session, 'data'), { data: { KEY: oldValue } })
        const before = (await store.observe('KEY', never)).current!.version
        if (isOurs) {
          await patch(session, { KEY: 'edited by hand' })
          expect((await store.observe('KEY', never)).current?.version).not.toBe(before)
        }
        const base = (await store.observe('KEY', never)).current!.version
        const pending = await store.stage('KEY', base, new Secret(newValue), mark, never)
        expect(stateOf(await store.observe('KEY', never)).word).toBe('staged')
        await patch(session, { KEY: 'edited again' })
        expect(stateOf(await store.observe('KEY', never)).word).toBe('foreign')
        await rejection(store.commit('KEY', facts(pending), times, never), 'provider.conflict')
        await store.abort('KEY', facts(pending), never)
        expect(await valueOf(provider, 'KEY')).toBe('edited again')
      })
    },
  )

  it("a previous value that was edited by hand is nobody else's to overwrite", async () => {
    await withVault(async (session, provider) => {
      const store = provider.rotation!
      const base = await put(provider, 'KEY', oldValue)
      const current = await rotate(store, 'KEY', base)
      await patch(session, { KEY_OLD: 'edited by hand' })
      const seen = await store.observe('KEY', never)
      expect(seen).toMatchObject({ taken: 'KEY_OLD', rotation: { previous: { status: 'disabled' } } })
      await store.retire('KEY', base, current, never)
      expect(await session.data()).toMatchObject({ KEY_OLD: 'edited by hand' })
      await rejection(store.stage('KEY', current, new Secret('third'), mark, never), 'rotation.name_taken')
    })
  })

  it('a mirror follows the value that is set by hand with this tool', async () => {
    await withVault(async (session, provider) => {
      const store = provider.rotation!
      const base = await put(provider, 'KEY', oldValue)
      const current = await rotate(store, 'KEY', base)
      await store.retire('KEY', base, current, never)
      const third = await put(provider, 'KEY', 'third-value-0123456789', noon + hour)
      expect(await session.data()).toMatchObject({
        KEY: 'third-value-0123456789',
        KEY_OLD: 'third-value-0123456789',
      })
      expect(stateOf(await store.observe('KEY', never)).word).toBe('steady')
      await rotate(store, 'KEY', third)
      expect(await session.readersView?.('KEY')).toEqual({
        current: newValue,
        previous: 'third-value-0123456789',
      })
    })
  })

  describe('what stays behind', () => {
    it('no staged value, after a commit, an abort or a remove', async () => {
      await withVault(async (session, provider) => {
        const store = provider.rotation!
        const base = await put(provider, 'KEY', oldValue)
        const current = await rotate(store, 'KEY', base)
        const next = await store.stage('KEY', current, new Secret('value-given-up'), mark, never)
        await store.abort('KEY', facts(next), never)
        const moved = (await store.observe('KEY', never)).current!.version
        await store.stage('KEY', moved, new Secret('value-removed'), mark, never)
        await provider.remove('KEY', never)
        const left = textOf(await history(session, '/.secrets/KEY'))
        for (const value of [oldValue, newValue, 'value-given-up', 'value-removed']) {
          expect(left).not.toContain(value)
        }
        expect(await session.data()).toEqual({})
      })
    })

    it('retired values in earlier versions, until destroy erases exactly those', async () => {
      await withVault(async (session, provider) => {
        const store = provider.rotation!
        await session.bao.api('POST', urlOf(session, 'data'), { data: { sibling: 'before' } })
        const base = await put(provider, 'KEY', oldValue)
        const current = await rotate(store, 'KEY', base)
        await rejection(store.destroy!('KEY', base, never), 'provider.conflict')
        await store.destroy!('KEY', 'none-such', never)
        await store.retire('KEY', base, current, never)
        expect(textOf(await history(session))).toContain(oldValue)
        await store.destroy!('KEY', base, never)
        const left = await history(session)
        expect(textOf(left)).not.toContain(oldValue)
        expect(left.get(1)).toEqual({ sibling: 'before' })
        expect((await store.observe('KEY', never)).rotation?.previous?.status).toBe('destroyed')
        expect(await session.data()).toMatchObject({ sibling: 'before', KEY: newValue, KEY_OLD: newValue })
      })
    })

    it('a value of two rotations ago can be erased too, and a deleted version is', async () => {
      await withVault(async (session, provider) => {
        const store = provider.rotation!
        const first = await put(provider, 'KEY', oldValue)
        await session.bao.api('POST', urlOf(session, 'delete'), { versions: [1] })
        const again = await put(provider, 'KEY', oldValue)
        const second = await rotate(store, 'KEY', again)
        await store.retire('KEY', again, second, never)
        await rotate(store, 'KEY', second, 'third-value-0123456789')
        await store.destroy!('KEY', again, never)
        await session.bao.api('POST', urlOf(session, 'undelete'), { versions: [1] })
        expect(textOf(await history(session))).not.toContain(oldValue)
        expect(await session.readersView?.('KEY')).toEqual({
          current: 'third-value-0123456789',
          previous: newValue,
        })
        expect(first).not.toBe(again)
      })
    })

    it('nothing readable in the audit log, and no value in an address', async () => {
      await withVault(async (session, provider) => {
        const store = provider.rotation!
        const base = await put(provider, 'KEY', oldValue)
        const current = await rotate(store, 'KEY', base)
        await store.retire('KEY', base, current, never)
        await store.destroy!('KEY', base, never)
        const log = await session.bao.auditLog()
        expect(log).toContain('.secrets/KEY')
        for (const text of [oldValue, newValue, session.token]) expect(log).not.toContain(text)
      })
    })
  })

  describe('the path itself', () => {
    it('deleted: nothing is there, and a write begins anew on the right number', async () => {
      await withVault(async (session, provider) => {
        await put(provider, 'KEY', oldValue)
        await put(provider, 'OTHER', 'value-of-other')
        await session.bao.api('DELETE', urlOf(session, 'data'))
        expect(await valueOf(provider, 'KEY')).toBeUndefined()
        await put(provider, 'KEY', newValue)
        expect(Object.keys((await session.data()) ?? {}).sort()).toEqual(['KEY', '_secrets_v1'])
      })
    })

    it('with one version kept and check-and-set required: rotates, and rolls back', async () => {
      await withVault(async (session, provider) => {
        const settings = { max_versions: 1, cas_required: true }
        await session.bao.api('POST', urlOf(session, 'metadata'), settings)
        const store = provider.rotation!
        const base = await put(provider, 'KEY', oldValue)
        const current = await rotate(store, 'KEY', base)
        for (let count = 0; count < 3; count += 1) await put(provider, 'SIBLING', `value-${String(count)}`)
        await store.revert('KEY', current, base, { at: noon, keepNewUntil: noon + hour }, never)
        expect(await session.readersView?.('KEY')).toEqual({ current: oldValue, previous: newValue })
      })
    })

    it('with delete_version_after: a note says so, once', async () => {
      await withVault(async (session, provider) => {
        await session.bao.api('POST', urlOf(session, 'metadata'), { delete_version_after: '24h' })
        await put(provider, 'KEY', oldValue)
        await valueOf(provider, 'KEY')
        await valueOf(provider, 'KEY')
        expect(session.notes.filter(note => note.includes('delete_version_after'))).toHaveLength(1)
      })
    })

    it('with facts that somebody changed: refused, and nothing is written over them', async () => {
      await withVault(async (session, provider) => {
        await put(provider, 'KEY', oldValue)
        await patch(session, { _secrets_v1: '{"format":1,"secrets":{"KEY":{}}}' })
        await rejection(put(provider, 'KEY', newValue), 'store.damaged', [oldValue, newValue])
        await rejection(provider.read('KEY', 'current', never), 'store.damaged', [oldValue])
        expect(await session.data()).toMatchObject({ KEY: oldValue })
      })
    })

    it('two runners rotate two variables of it at once', async () => {
      await withVault(async (session, provider) => {
        const other = await session.connect()
        const names = ['FIRST', 'SECOND', 'THIRD', 'FOURTH']
        const bases = new Map<string, string>()
        for (const name of names) bases.set(name, await put(provider, name, `old-${name}`))
        await Promise.all(
          names.map((name, index) =>
            rotate(
              (index % 2 === 0 ? provider : other).rotation!,
              name,
              bases.get(name) ?? '',
              `new-${name}`,
            ),
          ),
        )
        for (const name of names) {
          expect(await session.readersView?.(name)).toEqual({
            current: `new-${name}`,
            previous: `old-${name}`,
          })
        }
        await other.close()
      })
    })
  })

  describe('who may not', () => {
    it('a token without the policy: denied, never "not there"; check names what is missing', async () => {
      await withVault(async (session, provider) => {
        await put(provider, 'KEY', oldValue)
        const { bao } = session
        const policy = `path "secret/data/${session.path}" { capabilities = ["read"] }`
        await bao.api('PUT', 'sys/policies/acl/reader', { policy })
        const reader = await session.connectWith({ env: { VAULT_TOKEN: await makeToken(bao, 'reader') } })
        await rejection(
          reader.read('OTHER', 'current', never).then(() => put(reader, 'KEY', newValue)),
          ['provider.denied'],
        )
        const error = await rejection(reader.check(never), 'provider.denied')
        expect(error.hints.join()).toContain(`secret/data/${session.path}/.secrets/NAME`)
        await bao.api('PUT', 'sys/policies/acl/stranger', {
          policy: 'path "secret/data/elsewhere" { capabilities = ["read"] }',
        })
        const stranger = await session.connectWith({ env: { VAULT_TOKEN: await makeToken(bao, 'stranger') } })
        await rejection(valueOf(stranger, 'KEY'), 'provider.denied')
        await rejection(valueOf(stranger, 'NOBODY'), 'provider.denied')
      })
    })

    it('KV version 1, a database engine, no engine: refused with what to do', async () => {
      await withVault(async session => {
        const { bao } = session
        await bao.api('POST', 'sys/mounts/kv1', { type: 'kv', options: { version: '1' } })
        await bao.api('POST', 'sys/mounts/database', { type: 'database' })
        const open = (mount: string, path = session.path): Promise<Provider> =>
          session.connectWith({ settings: { mount, path }, env: { VAULT_TOKEN: bao.rootToken } })
        for (const [mount, code, hint] of [
          ['kv1', 'provider.denied', 'enable-versioning kv1'],
          ['database', 'rotation.foreign', 'rotated by that engine'],
          ['nowhere', 'provider.denied', 'enable -path=nowhere kv-v2'],
        ] as const) {
          const provider = await open(mount, mount === 'database' ? 'static-creds/app' : session.path)
          const error = await rejection(put(provider, 'KEY', newValue), code, [newValue])
          expect(error.hints.join()).toContain(hint)
          await rejection(valueOf(provider, 'KEY'), code)
        }
        await bao.api('DELETE', 'sys/mounts/kv1')
        await bao.api('DELETE', 'sys/mounts/database')
      })
    })

    it('our own key is no name', async () => {
      await withVault(async (session, provider) => {
        await rejection(put(provider, '_secrets_v1', newValue), 'provider.bad_name', [newValue])
        await rejection(provider.rotation!.observe('_secrets_v1', never), 'provider.bad_name')
        expect(await session.data()).toBeUndefined()
      })
    })
  })
})
