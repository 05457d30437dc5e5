import { afterAll, describe, expect, it } from 'vitest'
import { guarantees } from '../../providers/azure/rotation.ts'
import { stateOf } from '../../src/core/rotation/state.ts'
import { Secret } from '../../src/core/secret.ts'
import { hour, namesOf, never, noon, put, rejection, valueOf } from '../contract/harness.ts'
import { facts, mark, name, newValue, oldValue, times } from '../contract/rotation/scene.ts'
import { rotationContract } from '../contract/rotation-contract.ts'
import { type AzureSession, harness, startAzure } from '../providers/azure.harness.ts'
import {
  fieldsHarness,
  fieldView,
  names,
  original,
  shared,
  startFields,
  textOf,
  withText,
  writeText,
} from '../providers/azure-fields.ts'
import { name as engineName, runEngine } from './engine-run.ts'

afterAll(() => harness.close?.())

/** The name of the engine's runs in a field of that secret. */
const engineNames = { [engineName]: { ref: shared, field: 'jwt_secret' } }

async function withFields(work: (session: AzureSession) => Promise<void>): Promise<void> {
  const session = await startFields()
  await work(session)
  await session.stop()
}

describe('azure, a field of a JSON value', () => {
  const claims = { guarantees, hasAnnounce: false, hasDestroy: false }
  rotationContract({ describe, expect, it }, fieldsHarness, claims)
})

describe('azure, fields beside each other', () => {
  it('a value that somebody wrote: rotated where it stands, every other byte as it was', async () => {
    const session = await startAzure()
    const text = '{ "a":"1" ,\n "jwt_secret" : "written-by-hand\\u0021",  "z": 5e0 }\n'
    session.vault.state.plant(shared, text)
    const provider = await session.connectWith({ names: engineNames })
    const { state } = await runEngine(provider, { do: 'rotate' }, noon, newValue)
    expect(state.word).toBe('grace')
    const after = await textOf(session)
    expect(after.startsWith(`{ "a":"1" ,\n "jwt_secret" : "${newValue}",  "z": 5e0,  "`)).toBe(true)
    expect(after.endsWith(' }\n')).toBe(true)
    expect(Object.keys(JSON.parse(after) as object)).toEqual([
      ...['a', 'jwt_secret', 'z'],
      ...['_secrets_v1', 'jwt_secret_OLD'],
    ])
    expect(await fieldView(session, 'jwt_secret')).toEqual({
      current: newValue,
      previous: 'written-by-hand!',
    })
    await runEngine(provider, { do: 'retire' }, noon + 48 * hour)
    expect(await fieldView(session, 'jwt_secret')).toEqual({ current: newValue, previous: newValue })
    await session.stop()
  })

  it('requests of a rotation: twelve for a value that was never rotated here, then nine', async () => {
    await withFields(async session => {
      await writeText(session, withText(',"jwt_secret":"written-by-hand"'))
      const counted = async (work: () => Promise<unknown>): Promise<number> => {
        const before = session.vault.seen.length
        await work()
        return session.vault.seen.length - before
      }
      const provider = await session.connectWith({ names: engineNames })
      expect(await counted(() => runEngine(provider, { do: 'rotate' }, noon, newValue))).toBe(12)
      await runEngine(provider, { do: 'retire' }, noon + 48 * hour)
      const fresh = await session.connectWith({ names: engineNames })
      const second = await counted(() =>
        runEngine(fresh, { do: 'rotate' }, noon + 50 * hour, 'a-third-value'),
      )
      expect(second).toBe(9)
    })
  })

  it('runners that rotate two fields of one secret at once: each has its new value, none is lost', async () => {
    await withFields(async session => {
      const fields = { SIGNING_KEY: 'jwt_secret', OTHER_KEY: names['OTHER_KEY']!.field }
      const first = await session.connect()
      for (const one of Object.keys(fields)) await put(first, one, `old-of-${one}`)
      for (let round = 0; round < 4; round += 1) {
        const bases = await Promise.all(Object.values(fields).map(field => fieldView(session, field)))
        const runs = Object.entries(fields).map(async ([variable, field]) => {
          const provider = await session.connectWith({ names: { [engineName]: { ref: shared, field } } })
          const at = noon + round * 100 * hour
          const { state } = await runEngine(
            provider,
            { do: 'rotate' },
            at,
            `value-${String(round)}-${variable}`,
          )
          expect(state.word).toBe('grace')
        })
        await Promise.all(runs)
        for (const [index, [variable, field]] of Object.entries(fields).entries()) {
          const view = await fieldView(session, field)
          const current = `value-${String(round)}-${variable}`
          expect(view).toEqual({ current, previous: bases[index]?.current })
          const provider = await session.connectWith({ names: { [engineName]: { ref: shared, field } } })
          await runEngine(provider, { do: 'retire' }, noon + (round * 100 + 50) * hour)
        }
      }
    })
  })

  it('written over by the writer of another field: found, and made again on what is there then', async () => {
    await withFields(async session => {
      const provider = await session.connect()
      const base = await put(provider, name, oldValue)
      const before = await textOf(session)
      const pending = await provider.rotation!.stage(name, base, new Secret(newValue), mark, never)
      const { length } = session.vault.seen
      const done = provider.rotation!.commit(name, facts(pending), times, never)
      const isWrite = ({ method, path }: (typeof session.vault.seen)[number]): boolean =>
        method === 'PUT' && path.startsWith(`/secrets/${shared}`)
      await expect.poll(() => session.vault.seen.slice(length).some(isWrite), { interval: 1 }).toBe(true)
      // Read before the commit, written after it.
      session.vault.state.plant(shared, before.replace('"user"', '"USER"'), {
        contentType: 'application/json',
        tags: { team: 'photo' },
      })
      await done
      expect(await fieldView(session, 'jwt_secret')).toEqual({ current: newValue, previous: oldValue })
      const text = await textOf(session)
      expect(text).toContain('"USER"')
      await writeText(session, text.replace('"USER"', '"user"'))
      expect(stateOf(await provider.rotation!.observe(name, never)).word).toBe('grace')
    })
  })

  it('another field changed by hand while a value is staged: the rotation goes on, the change stays', async () => {
    await withFields(async session => {
      const provider = await session.connect()
      const base = await put(provider, name, oldValue)
      const pending = await provider.rotation!.stage(name, base, new Secret(newValue), mark, never)
      await writeText(session, (await textOf(session)).replace('"note":"caf', '"note":"the caf'))
      await provider.rotation!.commit(name, facts(pending), times, never)
      expect(await fieldView(session, 'jwt_secret')).toEqual({ current: newValue, previous: oldValue })
      await writeText(session, (await textOf(session)).replace('"note":"the caf', '"note":"caf'))
      expect((await provider.rotation!.observe(name, never)).rotation?.previous?.status).toBe('accepted')
    })
  })

  it('two values served for one base of a field, because the bound did not hold: a split, nothing lost', async () => {
    await withFields(async session => {
      const provider = await session.connect()
      const base = await put(provider, name, oldValue)
      const hasty = await session.connectWith({ names, settings: { settle: '0s' } })
      const before = await textOf(session)
      const first = await hasty.rotation!.stage(name, base, new Secret(newValue), mark, never)
      await hasty.rotation!.commit(name, facts(first), times, never)
      // Another runner that looked before, whose requests took longer than the settle time.
      const served = await textOf(session)
      await writeText(session, before)
      await session.plain.setSecret(`${shared}--PENDING`, 'value-of-a-slow-runner', {
        tags: (await proposalTags(session)) ?? {},
      })
      await session.plain.updateSecretProperties(`${shared}--PENDING`, first.version, { enabled: false })
      const slow = (await provider.rotation!.observe(name, never)).pending
      await provider.rotation!.commit(name, slow!, times, never)
      await session.plain.updateSecretProperties(`${shared}--PENDING`, first.version, { enabled: true })
      const observed = await provider.rotation!.observe(name, never)
      expect([...(observed.heirs ?? [])].sort()).toEqual([first.version, slow!.version].sort())
      expect(stateOf(observed).word).toBe('split')
      expect(served).toContain(newValue)
    })
  })

  it('list, history and delete know the field; the rest of the secret stays', async () => {
    await withFields(async session => {
      const provider = await session.connect()
      await put(provider, name, oldValue)
      await put(provider, 'PLAIN', 'a-whole-secret')
      expect(await namesOf(provider)).toEqual(['PLAIN', name])
      await put(provider, name, newValue)
      const versions: string[] = []
      for await (const { version } of provider.versions!(name, never)) versions.push(version)
      expect(versions).toHaveLength(2)
      expect(versions[0]).toBe((await provider.read(name, 'current', never))?.version)
      await provider.remove(name, never)
      expect(await valueOf(provider, name)).toBeUndefined()
      expect(await textOf(session)).toBe(original)
      expect(await namesOf(provider)).toEqual(['PLAIN'])
    })
  })

  it('a secret that is not there, or was deleted: made as a JSON object, or brought back with its fields', async () => {
    const session = await startAzure()
    const provider = await session.connectWith({ names })
    await put(provider, name, oldValue)
    expect(await fieldView(session, 'jwt_secret')).toEqual({ current: oldValue })
    await put(provider, 'KEY', 'value-of-the-other-field')
    await (await session.plain.beginDeleteSecret(shared)).pollUntilDone()
    await put(provider, name, newValue)
    expect(await fieldView(session, 'jwt_secret')).toEqual({ current: newValue })
    expect(await fieldView(session, 'key')).toEqual({ current: 'value-of-the-other-field' })
    await session.stop()
  })

  it('values that have no such field: a typed error, nothing changed, nothing shown', async () => {
    for (const text of [
      'plain-value-of-somebody',
      '["jwt_secret"]',
      '{"jwt_secret":"plain-value-of-somebody","jwt_secret":"x"}',
      '{"jwt_secret":{"plain-value-of-somebody":1}}',
      '{"jwt_secret":"x","_secrets_v1":"plain-value-of-somebody"}',
    ]) {
      const session = await startAzure()
      session.vault.state.plant(shared, text)
      const provider = await session.connectWith({ names })
      const codes = ['provider.invalid_reply', 'store.damaged'] as const
      const shown = ['plain-value-of-somebody']
      await rejection(valueOf(provider, name), codes, shown)
      await rejection(provider.rotation!.observe(name, never), codes, shown)
      if (!text.includes('{"plain')) await rejection(put(provider, name, newValue), codes, shown)
      expect(await textOf(session)).toBe(text)
      await session.stop()
    }
  })

  it('what does not fit any more is refused before anything is written', async () => {
    await withFields(async session => {
      const provider = await session.connect()
      const base = await put(provider, name, 'x'.repeat(12_000))
      const large = new Secret('y'.repeat(14_000))
      const pending = await provider.rotation!.stage(name, base, large, mark, never)
      await rejection(provider.rotation!.commit(name, facts(pending), times, never), 'provider.too_large')
      expect(await fieldView(session, 'jwt_secret')).toEqual({ current: 'x'.repeat(12_000) })
      await provider.rotation!.abort(name, facts(pending), never)
      expect((await provider.rotation!.observe(name, never)).pending).toBeUndefined()
    })
  })

  it('a secret that somebody else rotates is not touched in its fields either', async () => {
    await withFields(async session => {
      const provider = await session.connect()
      const base = await put(provider, name, oldValue)
      const text = await textOf(session)
      const tags = { team: 'photo', ProviderAddress: 'x', CredentialId: 'y' }
      await session.plain.setSecret(shared, text, { contentType: 'application/json', tags })
      expect((await provider.rotation!.observe(name, never)).owner).toBeDefined()
      const staging = provider.rotation!.stage(name, base, new Secret(newValue), mark, never)
      await rejection(staging, 'rotation.foreign')
    })
  })

  it('places that would meet are refused when the store is opened, or asked', async () => {
    const session = await startAzure()
    for (const given of [
      { A: { ref: 'keys', field: 'a' }, B: { ref: 'KEYS', field: 'a' } },
      { A: { ref: 'keys', field: 'a' }, B: { ref: 'keys', field: 'a_OLD' } },
      { A: { ref: 'keys', field: 'a' }, B: { ref: 'keys' } },
      { A: { ref: 'keys', field: '_secrets_v1' } },
      { A: { ref: 'no such name' } },
    ]) {
      await rejection(session.connectWith({ names: given }), 'manifest.invalid')
    }
    await rejection(session.connectWith({ names, settings: { settle: '7s' } }), 'manifest.invalid')
    const provider = await session.connectWith({ names: { A: { ref: 'KEYS', field: 'a' } } })
    await put(provider, 'A', oldValue)
    await rejection(valueOf(provider, 'KEYS'), 'manifest.invalid')
    expect(await namesOf(provider)).toEqual(['A'])
    await session.stop()
  })
})

/** Of the proposal that is there: as another runner would have written its own. */
async function proposalTags({ plain }: AzureSession): Promise<Record<string, string> | undefined> {
  for await (const { tags } of plain.listPropertiesOfSecretVersions(`${shared}--PENDING`)) return tags
  return undefined
}
