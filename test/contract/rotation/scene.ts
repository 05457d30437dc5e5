import type { Provider } from '../../../src/core/provider.ts'
import type {
  Guarantees,
  Mark,
  Observation,
  Pending,
  PendingFacts,
  RotationStore,
} from '../../../src/core/rotation/port.ts'
import { stateOf } from '../../../src/core/rotation/state.ts'
import { Secret } from '../../../src/core/secret.ts'
import { hour, never, noon, type ProviderHarness, put, type Session, withStore } from '../harness.ts'

export const name = 'SIGNING_KEY'
export const oldValue = 'old-value-0123456789abcdef'
export const newValue = 'new-value-0123456789abcdef'
export const nextValue = 'next-value-0123456789abcdef'
export const mark: Mark = { runId: 'run-1', mode: 'scheduled', plan: 'plan-1' }
export const times = { at: noon, deadline: noon + 24 * hour }

/** A store with one secret in it, and two runners. */
export interface Scene {
  readonly provider: Provider
  readonly store: RotationStore
  readonly session: Session
  readonly base: string
  /** A second connection. */
  readonly other: Provider
  readonly otherStore: RotationStore
  /** The word of the state that the engine reads from what the store says. */
  word(): Promise<string>
  see(): Promise<Observation>
  /** Stages the new value on the base. */
  stage(): Promise<Pending>
  /** Stages and commits the new value; what is current and previous then. */
  rotate(): Promise<{ readonly current: string; readonly previous: string }>
}

export type OnScene = (work: (scene: Scene) => Promise<void>) => () => Promise<void>

/** What the store claims, and which optional members it has. */
export interface Claims {
  readonly guarantees: Guarantees
  readonly hasAnnounce: boolean
  readonly hasDestroy: boolean
}

export function facts({ version, base, mark }: Pending): PendingFacts {
  return { version, base, mark, announced: false }
}

export function onScene(harness: ProviderHarness): OnScene {
  return work => () =>
    withStore(harness, async (provider, session) => {
      const base = await put(provider, name, oldValue)
      const other = await session.connect()
      const store = provider.rotation!
      const see = (): Promise<Observation> => store.observe(name, never)
      const stage = (): Promise<Pending> => store.stage(name, base, new Secret(newValue), mark, never)
      await work({
        provider,
        store,
        session,
        base,
        other,
        otherStore: other.rotation!,
        see,
        stage,
        word: async () => stateOf(await see()).word,
        rotate: async () => {
          await store.commit(name, facts(await stage()), times, never)
          const { rotation } = await see()
          return { current: rotation!.version, previous: rotation!.previous!.version }
        },
      })
      await other.close()
    })
}
