import { describe, expect, it } from 'vitest'
import type { HeldSecret, Provider, SecretVersion } from '../../src/core/provider.ts'
import type { Observation } from '../../src/core/rotation/port.ts'
import { Secret } from '../../src/core/secret.ts'
import { readHeld } from '../../src/flows/held.ts'
import { never, rejection } from '../contract/harness.ts'

/** What one secret is at one moment. */
interface Moment {
  readonly current: string
  readonly previous?: string
}

const deadline = Date.UTC(2026, 10, 22)

/** A store that gives one value at a time; `moments` says what it holds at each question, the last one from then on. */
function storeOf(moments: readonly Moment[]): Provider {
  let asked = 0
  const now = (): Moment => moments[Math.min(asked++, moments.length - 1)]!
  const versionOf = (value: string | undefined): SecretVersion | undefined =>
    value === undefined ? undefined : { version: `v-${value}`, value: new Secret(value) }
  const observe = (): Promise<Observation> => {
    const { current, previous } = now()
    const version = `v-${current}`
    if (previous === undefined) return Promise.resolve({ current: { version } })
    const facts = { version: `v-${previous}`, status: 'accepted' } as const
    return Promise.resolve({
      current: { version },
      rotation: { version, previous: facts, deadline, mode: 'scheduled' },
    })
  }
  return {
    async *list() {
      yield await Promise.resolve({ name: 'TOKEN' })
      yield { name: 'TOKEN_OLD' }
      yield { name: 'OTHER' }
    },
    read: (name: string, selector: 'current' | 'previous') =>
      Promise.resolve(name === 'TOKEN' ? versionOf(now()[selector]) : versionOf('stands still')),
    rotation: {
      observe: (name: string) =>
        name === 'TOKEN'
          ? observe()
          : Promise.resolve({ current: { version: 'v-stands still' } } satisfies Observation),
    },
  } as unknown as Provider
}

async function held(moments: readonly Moment[]): Promise<readonly HeldSecret[]> {
  return await readHeld(storeOf(moments), { isWanted: () => true, signed: ['TOKEN'] }, never)
}

const before = { current: 'one' }
const after = { current: 'two', previous: 'one' }
const rotated = [
  {
    name: 'TOKEN',
    version: 'v-two',
    value: new Secret('two'),
    previous: { value: new Secret('one'), deadline },
  },
  { name: 'OTHER', version: 'v-stands still', value: new Secret('stands still') },
]

describe('a store that gives one value at a time', () => {
  it('gives a secret with its previous value, and that one not by its own name', async () => {
    expect(await held([after])).toEqual(rotated)
  })

  it.each([
    ['between the question and the value', [before, after]],
    ['between the two values', [after, after, { current: 'three', previous: 'two' }, after]],
    ['several times', [before, after, before, after, before, after]],
  ])('never mixes two moments: it changed %s', async (_, moments) => {
    expect((await held(moments))[0]).toEqual(rotated[0])
  })

  it('says so where it changes without end', async () => {
    const moments = Array.from({ length: 40 }, (_, at) => ({ current: `v${String(at)}` }))
    await rejection(held(moments), 'provider.conflict')
  })

  it('reads only what is wanted', async () => {
    const names = (
      await readHeld(storeOf([after]), { isWanted: name => name === 'OTHER', signed: [] }, never)
    ).map(({ name }) => name)
    expect(names).toEqual(['OTHER'])
  })
})
