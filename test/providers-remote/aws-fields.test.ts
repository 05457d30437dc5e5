import { describe, expect, it } from 'vitest'
import { connect } from '../../providers/aws.ts'
import { guarantees } from '../../providers/aws/rotation.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { Secret } from '../../src/core/secret.ts'
import { hour, namesOf, never, noon, put, rejection, valueOf } from '../contract/harness.ts'
import { facts, mark, name, newValue, oldValue, times } from '../contract/rotation/scene.ts'
import { rotationContract } from '../contract/rotation-contract.ts'
import { type AwsSession, startAws } from '../providers/aws.harness.ts'
import {
  fieldsHarness,
  fieldView,
  names,
  original,
  shared,
  startFields,
  textOf,
  writeText,
} from '../providers/aws-fields.ts'
import { name as engineName, runEngine } from './engine-run.ts'

/** The name of the engine's runs in a field of that secret. */
const engineNames = { [engineName]: { ref: shared, field: 'jwt_secret' } }

async function withFields(work: (session: AwsSession) => Promise<void>): Promise<void> {
  const session = await startFields()
  await work(session)
  await session.stop()
}

describe('aws, a field of a JSON value', () => {
  const claims = { guarantees, hasAnnounce: false, hasDestroy: false }
  rotationContract({ describe, expect, it }, fieldsHarness, claims)
})

describe('aws, fields beside each other', () => {
  it('a value that somebody wrote: rotated where it stands, every other byte as it was', async () => {
    const session = await startAws()
    const text = '{ "a":"1" ,\n "jwt_secret" : "written-by-hand\\u0021",  "z": 5e0 }\n'
    session.server.service.seed(shared, text)
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

  it('requests of a rotation: eight for a value that was never rotated here, then six', async () => {
    await withFields(async session => {
      await writeText(session, original.replace(' \n}\n', ',"jwt_secret":"written-by-hand" \n}\n'))
      const provider = await session.connectWith({ names: engineNames })
      const counted = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
        const before = session.server.count
        await work()
        return session.server.seen.slice(before).map(({ operation }) => operation)
      }
      expect(await counted(() => runEngine(provider, { do: 'rotate' }, noon, newValue))).toEqual([
        ...['DescribeSecret', 'GetSecretValue'],
        ...['PutSecretValue', 'UpdateSecretVersionStage'],
        'PutSecretValue',
        ...['PutSecretValue', 'UpdateSecretVersionStage'],
        'DescribeSecret',
      ])
      await runEngine(provider, { do: 'retire' }, noon + 48 * hour)
      const fresh = await session.connectWith({ names: engineNames })
      const second = await counted(() =>
        runEngine(fresh, { do: 'rotate' }, noon + 50 * hour, 'a-third-value'),
      )
      expect(second).toHaveLength(6)
    })
  })

  it('many runners, two fields of one secret at once: each field has one new value, none is lost', async () => {
    await withFields(async session => {
      const fields = { SIGNING_KEY: 'jwt_secret', OTHER_KEY: names['OTHER_KEY']!.field }
      const first = await session.connect()
      for (const one of Object.keys(fields)) await put(first, one, `old-of-${one}`)
      for (let round = 0; round < 3; round += 1) {
        const bases = await Promise.all(Object.values(fields).map(field => fieldView(session, field)))
        await Promise.all(
          Object.entries(fields).flatMap(([variable, field]) =>
            [1, 2, 3].map(async runner => {
              const provider = await session.connectWith({ names: { [engineName]: { ref: shared, field } } })
              const at = noon + round * 100 * hour
              const candidate = `value-${String(round)}-of-${variable}-by-${String(runner)}`
              await runEngine(provider, { do: 'rotate' }, at, candidate).catch(() => undefined)
            }),
          ),
        )
        for (const [index, [variable, field]] of Object.entries(fields).entries()) {
          const view = await fieldView(session, field)
          expect(view.previous).toBe(bases[index]?.current)
          expect(view.current).toMatch(`value-${String(round)}-of-${variable}-by-`)
          const provider = await session.connectWith({
            names: { [engineName]: { ref: shared, field } },
          })
          await runEngine(provider, { do: 'retire' }, noon + (round * 100 + 50) * hour)
        }
      }
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

  it('somebody writes the whole value back as he knows it: what we kept is gone, nothing is believed of it', async () => {
    await withFields(async session => {
      const provider = await session.connectWith({ names: engineNames })
      await put(provider, engineName, oldValue)
      await runEngine(provider, { do: 'rotate' }, noon, newValue)
      await runEngine(provider, { do: 'retire' }, noon + 48 * hour)
      await writeText(session, original.replace(' \n}\n', ',"jwt_secret":"from-terraform" \n}\n'))
      const { state } = await runEngine(provider, { do: 'rotate' }, noon + 50 * hour, 'a-third-value')
      expect(state.word).toBe('grace')
      expect(await fieldView(session, 'jwt_secret')).toEqual({
        current: 'a-third-value',
        previous: 'from-terraform',
      })
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
      await rejection(provider.purge!(name, never), 'usage.invalid_argument')
      await provider.remove(name, never)
      expect(await valueOf(provider, name)).toBeUndefined()
      expect(await textOf(session)).toBe(original)
      expect(await namesOf(provider)).toEqual(['PLAIN'])
    })
  })

  it('a secret that is not there yet is made as a JSON object', async () => {
    const session = await startAws()
    const provider = await session.connectWith({ names })
    await put(provider, name, oldValue)
    expect(await fieldView(session, 'jwt_secret')).toEqual({ current: oldValue })
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
      const session = await startAws()
      session.server.service.seed(shared, text)
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
      const base = await put(provider, name, 'x'.repeat(30_000))
      const large = new Secret('y'.repeat(40_000))
      const pending = await provider.rotation!.stage(name, base, large, mark, never)
      await rejection(provider.rotation!.commit(name, facts(pending), times, never), 'provider.too_large')
      expect(await fieldView(session, 'jwt_secret')).toEqual({ current: 'x'.repeat(30_000) })
      await provider.rotation!.abort(name, facts(pending), never)
      expect((await provider.rotation!.observe(name, never)).pending).toBeUndefined()
    })
  })

  it('a secret that another service rotates is not touched in its fields either', async () => {
    await withFields(async session => {
      const provider = await session.connect()
      const base = await put(provider, name, oldValue)
      session.server.service.change(shared, { owningService: 'rds' })
      expect((await provider.rotation!.observe(name, never)).owner).toBeDefined()
      const staging = provider.rotation!.stage(name, base, new Secret(newValue), mark, never)
      await rejection(staging, 'rotation.foreign')
      await rejection(put(provider, name, newValue), 'rotation.foreign')
    })
  })

  it('places that would meet are refused when the store is opened, or asked', async () => {
    const open = (given: Readonly<Record<string, { ref?: string; field?: string }>>): Promise<unknown> =>
      connect(
        { id: 't', provider: 'aws', environment: 'e', settings: { region: 'eu-west-1' }, names: given },
        { files: createFiles(), random: systemRandom, env: {}, root: '/', note: () => undefined },
      )
    for (const given of [
      { A: { ref: 'keys', field: 'a' }, B: { ref: 'keys', field: 'a' } },
      { A: { ref: 'keys', field: 'a' }, B: { ref: 'keys', field: 'a_OLD' } },
      { A: { ref: 'keys', field: 'a' }, B: { ref: 'keys' } },
      { A: { ref: 'keys', field: '_secrets_v1' } },
      { A: { ref: 'no such name' } },
    ]) {
      await rejection(open(given), 'manifest.invalid')
    }
    const session = await startAws()
    const provider = await session.connectWith({ names: { A: { ref: `${session.prefix}KEYS`, field: 'a' } } })
    await put(provider, 'A', oldValue)
    await rejection(valueOf(provider, 'KEYS'), 'manifest.invalid')
    expect(await namesOf(provider)).toEqual(['A'])
    await session.stop()
  })

  it('ref alone: the whole secret under its own name', async () => {
    const session = await startAws()
    session.server.service.seed('photoapp/production/the-session-key', 'written-by-hand')
    const provider = await session.connectWith({
      names: { [engineName]: { ref: 'photoapp/production/the-session-key' } },
    })
    await runEngine(provider, { do: 'rotate' }, noon, newValue)
    expect(await textOf(session, 'photoapp/production/the-session-key')).toBe(newValue)
    expect(await valueOf(provider, engineName, 'previous')).toBe('written-by-hand')
    await session.stop()
  })
})
