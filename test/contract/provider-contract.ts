import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import {
  expectNoValue,
  hour,
  namesOf,
  never,
  noon,
  type ProviderHarness,
  put,
  rejection,
  seedName,
  seedValue,
  valueOf,
  withStore,
} from './harness.ts'
import type { Runner } from './runner.ts'
import { nastyValues } from './values.ts'

const refusals = ['env_file.unsupported_value', 'provider.too_large'] as const

/** Which optional members a provider has. */
export interface ProviderMembers {
  readonly readAll: boolean
  readonly writeIf: boolean
  readonly versions: boolean
  readonly purge: boolean
}

/** What every provider owes, said against the interface alone. Optional members are proved where they are present. */
export function providerContract(
  { describe, expect, it }: Runner,
  harness: ProviderHarness,
  has: ProviderMembers,
): void {
  describe('values', () => {
    for (const [title, value] of Object.entries(nastyValues)) {
      it(`${title}: comes back as it was, or is refused whole`, async () => {
        await withStore(harness, async (provider, session) => {
          if (isStorable(provider, value)) {
            const version = await put(provider, 'NASTY', value)
            const other = await session.connect()
            expect(await valueOf(other, 'NASTY')).toBe(value)
            expect((await other.read('NASTY', 'current', never))?.version).toBe(version)
            await other.close()
          } else {
            await put(provider, 'NASTY', 'value-before')
            await rejection(put(provider, 'NASTY', value), refusals, [value])
            expect(await valueOf(provider, 'NASTY')).toBe('value-before')
          }
        })
      })
    }

    it('refuses one byte more than its limit', async () => {
      await withStore(harness, async provider => {
        const value = 'v'.repeat(provider.limits.valueBytes + 1)
        await rejection(put(provider, 'LARGE', value), refusals, [value.slice(0, 64)])
        expect(await valueOf(provider, 'LARGE')).toBeUndefined()
      })
    })

    it('keeps many values apart', async () => {
      await withStore(harness, async provider => {
        const storable = Object.values(nastyValues).filter(value => isStorable(provider, value))
        for (const [index, value] of storable.entries()) await put(provider, `MANY_${String(index)}`, value)
        for (const [index, value] of storable.entries()) {
          expect(await valueOf(provider, `MANY_${String(index)}`)).toBe(value)
        }
      })
    })
  })

  describe('absence', () => {
    it('is an answer: undefined, an empty list, a quiet remove', async () => {
      await withStore(harness, async provider => {
        expect(await provider.read('NOBODY', 'current', never)).toBeUndefined()
        expect(await provider.read('NOBODY', 'previous', never)).toBeUndefined()
        expect(await provider.read('NOBODY', { version: 'none-such' }, never)).toBeUndefined()
        expect(await namesOf(provider)).toEqual([])
        await provider.remove('NOBODY', never)
        await put(provider, 'SOMEBODY', 'value-of-somebody')
        expect(await provider.read('NOBODY', 'current', never)).toBeUndefined()
        expect(await provider.read('SOMEBODY', { version: 'none-such' }, never)).toBeUndefined()
      })
    })

    it('is never the answer when the store cannot be read', async () => {
      await withStore(harness, async (provider, session) => {
        await put(provider, 'SECRET', 'value-of-secret')
        if (session.breakStore === undefined) return
        await session.breakStore()
        const other = await session.connect()
        await rejection(other.read('SECRET', 'current', never), 'any')
        await rejection(namesOf(other), 'any')
        await rejection(put(other, 'SECRET', 'value-after'), 'any', ['value-after'])
      })
    })

    for (const name of [
      '',
      ' ',
      'A B',
      '../x',
      '/etc/passwd',
      'a\0b',
      'A=B',
      '1A',
      'A\nB',
      'x'.repeat(300),
    ]) {
      it(`name ${JSON.stringify(name)}: refused, and nothing is there afterwards`, async () => {
        await withStore(harness, async provider => {
          await rejection(
            put(provider, name, 'value-of-bad-name'),
            ['usage.bad_name', 'provider.bad_name'],
            ['value-of-bad-name'],
          )
          expect(await namesOf(provider)).toEqual([])
        })
      })
    }
  })

  describe('write and remove', () => {
    it('a new value has a new version, and the answer names it', async () => {
      await withStore(harness, async (provider, session) => {
        const first = await put(provider, 'KEY', 'value-number-one')
        const second = await put(provider, 'KEY', 'value-number-two', noon + hour)
        expect(second).not.toBe(first)
        const other = await session.connect()
        expect(await other.read('KEY', 'current', never)).toMatchObject({
          version: second,
          value: new Secret('value-number-two'),
        })
        await other.close()
      })
    })

    it('names that mean something to a program are names like others', async () => {
      await withStore(harness, async provider => {
        const names = ['__proto__', 'constructor', 'toString', 'PATH', '_']
        for (const name of names) await put(provider, name, `value-of-${name}`)
        for (const name of names) expect(await valueOf(provider, name)).toBe(`value-of-${name}`)
        expect(await namesOf(provider)).toEqual([...names].sort())
      })
    })

    it('remove: gone, quiet when repeated, and the name can be used again', async () => {
      await withStore(harness, async provider => {
        const first = await put(provider, 'KEY', 'value-number-one')
        await put(provider, 'STAYS', 'value-that-stays')
        await provider.remove('KEY', never)
        await provider.remove('KEY', never)
        expect(await provider.read('KEY', 'current', never)).toBeUndefined()
        expect(await provider.read('KEY', 'previous', never)).toBeUndefined()
        expect(await namesOf(provider)).toEqual(['STAYS'])
        const second = await put(provider, 'KEY', 'value-number-two')
        expect(second).not.toBe(first)
        expect(await valueOf(provider, 'KEY')).toBe('value-number-two')
        expect(await valueOf(provider, 'STAYS')).toBe('value-that-stays')
      })
    })

    it('check says who and where, and no value', async () => {
      await withStore(harness, async provider => {
        await put(provider, 'KEY', 'value-number-one')
        const identity = await provider.check(never)
        expect(identity.who).not.toBe('')
        expect(identity.where).not.toBe('')
        expectNoValue(identity, ['value-number-one', 'AGE-SECRET-KEY'])
      })
    })
  })

  describe('list', () => {
    it('by prefix, sorted, with versions, never with values', async () => {
      await withStore(harness, async provider => {
        for (const name of ['B_2', 'A_1', 'B_10', 'b_1', 'B']) await put(provider, name, `value-of-${name}-x`)
        expect(await namesOf(provider)).toEqual(['A_1', 'B', 'B_10', 'B_2', 'b_1'])
        expect(await namesOf(provider, 'B_')).toEqual(['B_10', 'B_2'])
        expect(await namesOf(provider, 'C')).toEqual([])
        for await (const info of provider.list('', never)) {
          expectNoValue(info, [`value-of-${info.name}-x`])
          const current = await provider.read(info.name, 'current', never)
          expect(info.version ?? current?.version).toBe(current?.version)
        }
      })
    })

    it('many secrets, every one of them, and one can be read and written', async () => {
      await withStore(harness, async (provider, session) => {
        const count = session.many ?? 10_000
        await session.seed(count)
        const names = await namesOf(provider, 'SEED_')
        expect(names).toEqual(Array.from({ length: count }, (_, index) => seedName(index)))
        expect(await valueOf(provider, seedName(count - 1))).toBe(seedValue(count - 1))
        const middle = seedName(Math.floor(count / 2))
        await put(provider, middle, 'value-written-later')
        expect(await valueOf(provider, middle)).toBe('value-written-later')
        expect((await namesOf(provider)).length).toBe(count)
      })
    }, 120_000)
  })

  if (has.readAll) {
    it('readAll: every secret with its value, as reading one by one gives them', async () => {
      await withStore(harness, async provider => {
        expect(await provider.readAll!(never)).toEqual([])
        const versions = [
          await put(provider, 'A_KEY', 'value-number-one'),
          await put(provider, 'B_KEY', 'two'),
        ]
        const all = await provider.readAll!(never)
        const shown = ['A_KEY', 'B_KEY'].map(key => all.find(({ name }) => name === key))
        expect(shown.map(one => [one?.version, one?.value])).toEqual([
          [versions[0], new Secret('value-number-one')],
          [versions[1], new Secret('two')],
        ])
        expect(all).toHaveLength(2)
        expectNoValue(all, ['value-number-one'])
      })
    })
  }

  if (has.versions) {
    describe('versions', () => {
      it('newest first, without values, empty for what is not there', async () => {
        await withStore(harness, async provider => {
          const versions = async (): Promise<readonly string[]> => {
            const found: string[] = []
            for await (const info of provider.versions!('KEY', never)) {
              expectNoValue(info, ['value-number-one', 'value-number-two'])
              found.push(info.version)
            }
            return found
          }
          expect(await versions()).toEqual([])
          const first = await put(provider, 'KEY', 'value-number-one')
          const second = await put(provider, 'KEY', 'value-number-two')
          expect(await versions()).toEqual([second, first])
          await provider.remove('KEY', never)
          expect(await versions()).toEqual([])
        })
      })
    })
  }

  if (has.writeIf) {
    describe('writeIf', () => {
      it('writes on the base it was given, and nothing when that has moved', async () => {
        await withStore(harness, async provider => {
          const write = (value: string, base: string): Promise<string> =>
            provider.writeIf!('KEY', new Secret(value), base, { at: noon }, never).then(
              ({ version }) => version,
            )
          const first = await write('value-number-one', 'absent')
          await rejection(write('value-number-two', 'absent'), 'provider.conflict', ['value-number-two'])
          const second = await write('value-number-two', first)
          await rejection(write('value-number-three', first), 'provider.conflict', ['value-number-three'])
          expect(await valueOf(provider, 'KEY')).toBe('value-number-two')
          await provider.remove('KEY', never)
          await rejection(write('value-number-three', second), 'provider.conflict')
          await write('value-number-four', 'absent')
          expect(await valueOf(provider, 'KEY')).toBe('value-number-four')
        })
      })

      it('one of many wins', async () => {
        await withStore(harness, async (provider, session) => {
          const base = await put(provider, 'KEY', 'value-number-zero')
          const others = await Promise.all([1, 2, 3].map(() => session.connect()))
          const results = await Promise.allSettled(
            others.map((one, index) =>
              one.writeIf!('KEY', new Secret(`value-of-${String(index)}`), base, { at: noon }, never),
            ),
          )
          const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []))
          expect(winners).toHaveLength(1)
          expect(await valueOf(provider, 'KEY')).toBe(`value-of-${String(winners[0])}`)
          await Promise.all(others.map(one => one.close()))
        })
      })
    })
  }

  if (has.purge) {
    describe('purge', () => {
      it('forgets the secret and its history; quiet when repeated', async () => {
        await withStore(harness, async provider => {
          const first = await put(provider, 'KEY', 'value-number-one')
          await put(provider, 'STAYS', 'value-that-stays')
          await provider.purge!('KEY', never)
          await provider.purge!('KEY', never)
          expect(await provider.read('KEY', 'current', never)).toBeUndefined()
          expect(await provider.read('KEY', { version: first }, never)).toBeUndefined()
          expect(await namesOf(provider)).toEqual(['STAYS'])
        })
      })
    })
  }

  describe('abort', () => {
    it('a signal that has aborted stops every verb before it changes anything', async () => {
      await withStore(harness, async provider => {
        const base = await put(provider, 'KEY', 'value-number-one')
        const signal = AbortSignal.abort()
        const secret = new Secret('value-number-two')
        const calls: Promise<unknown>[] = [
          provider.check(signal),
          provider.read('KEY', 'current', signal),
          provider.write('KEY', secret, { at: noon }, signal),
          provider.remove('KEY', signal),
          firstOf(provider.list('', signal)),
        ]
        if (provider.writeIf) calls.push(provider.writeIf('KEY', secret, base, { at: noon }, signal))
        if (provider.purge) calls.push(provider.purge('KEY', signal))
        if (provider.versions) calls.push(firstOf(provider.versions('KEY', signal)))
        const results = await Promise.allSettled(calls)
        expect(results.map(result => result.status)).toEqual(calls.map(() => 'rejected'))
        expectNoValue(results, ['value-number-one', 'value-number-two'])
        expect(await valueOf(provider, 'KEY')).toBe('value-number-one')
      })
    })
  })

  describe('two writers at once', () => {
    it('different names: none is lost', async () => {
      await withStore(harness, async (provider, session) => {
        const other = await session.connect()
        const names = Array.from({ length: 40 }, (_, index) => `BOTH_${String(index + 10)}`)
        await Promise.all(
          names.map((name, index) => put(index % 2 === 0 ? provider : other, name, `value-of-${name}`)),
        )
        const third = await session.connect()
        expect(await namesOf(third)).toEqual(names)
        for (const name of names) expect(await valueOf(third, name)).toBe(`value-of-${name}`)
        await Promise.all([other.close(), third.close()])
      })
    })

    it('the same name: one of the values, whole', async () => {
      await withStore(harness, async (provider, session) => {
        const other = await session.connect()
        const values = Array.from({ length: 10 }, (_, index) => `value-number-${String(index)}`.repeat(20))
        await Promise.all(values.map((value, index) => put(index % 2 === 0 ? provider : other, 'KEY', value)))
        expect(values).toContain(await valueOf(provider, 'KEY'))
        expect(await valueOf(other, 'KEY')).toBe(await valueOf(provider, 'KEY'))
        await other.close()
      })
    })
  })
}

function isStorable(provider: Provider, value: string): boolean {
  const fits = Buffer.byteLength(value, 'utf8') <= provider.limits.valueBytes
  return fits && provider.limits.refuses?.(new Secret(value)) === undefined
}

async function firstOf(source: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of source) return item
  return undefined
}
