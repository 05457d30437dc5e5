import { openAdapter } from '../../src/connect/foreign.ts'
import type { AdapterDeps, RequestLimits, TargetConfig } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { systemTimers } from '../../src/effects/timers.ts'
import { expect } from './expect.ts'
import { put, type ReadersView, seedName, seedValue } from './harness.ts'
import type { Definitions } from './runner.ts'
import { defineContract } from './whole.ts'

// What `@dualkey/secrets/provider` gives to whoever writes an adapter: the contract's types, and the suite.

export type { AdapterDeps, Files, Random, RequestLimits, TargetConfig, Timers } from '../../src/context.ts'
export type { DiagnosisCheck, DiagnosisQuestion, Finding } from '../../src/core/diagnosis.ts'
export { type ErrorCode, type ErrorDetails, SecretsError } from '../../src/core/errors.ts'
export type {
  HeldSecret,
  Identity,
  Provider,
  ProviderLimits,
  SecretInfo,
  SecretName,
  SecretVersion,
  VersionId,
  VersionInfo,
  VersionSelector,
  WriteOptions,
} from '../../src/core/provider.ts'
export type {
  CommitTimes,
  Guarantees,
  Mark,
  Observation,
  Pending,
  PendingFacts,
  PreviousStatus,
  RevertOptions,
  RotationFacts,
  RotationStore,
} from '../../src/core/rotation/port.ts'
export { Secret } from '../../src/core/secret.ts'
export type { Definitions, ReadersView }

/** The exports of an adapter's module. */
export interface AdapterModule {
  /** `target.settings` is what stands in the manifest beside `provider`, as it was written. */
  connect(target: TargetConfig, deps: AdapterDeps): Promise<Provider>
  /** How much the store takes; 8 calls at once and 20 in a second where absent. */
  readonly limits?: RequestLimits
}

/** One fresh, empty store to try the adapter on. */
export interface AdapterSession {
  /** As they would stand in the manifest. */
  readonly settings: Readonly<Record<string, string>>
  /** The environment that the adapter is given; empty where absent. */
  readonly env?: Readonly<Record<string, string>>
  /** How many secrets the test of lists puts there; 500 where absent. */
  readonly many?: number
  /** Puts them there, named by `seedName`, holding `seedValue`, faster than one by one. */
  seed?(count: number): Promise<void>
  /** Puts something that is not the adapter's where the previous value of `name` would stand. */
  takeName?(name: string): Promise<void>
  /** What an application finds, past the adapter. */
  readersView?(name: string): Promise<ReadersView>
  /** Makes every read impossible without removing anything: absence must not be the answer. */
  breakStore?(): Promise<void>
  stop(): Promise<void>
}

export interface AdapterHarness {
  /** For the titles of the tests. */
  readonly id: string
  /** `import * as adapter from './my-store.mjs'`. */
  readonly adapter: AdapterModule
  start(): Promise<AdapterSession>
}

export { seedName, seedValue }

/**
 * Defines the whole suite for an adapter, which is opened as the command line opens it: what it gives back is looked
 * at, its errors are translated. Resolves when everything is defined, so it stands at the top of a test file behind an
 * `await`. `runner`: `describe` and `it` of the test runner.
 */
export async function providerSuite(
  { describe, it }: Definitions,
  { id, adapter, start }: AdapterHarness,
): Promise<void> {
  await defineContract(
    { describe, it, expect },
    {
      id,
      async start() {
        const session = await start()
        const connect = (): Promise<Provider> => open(id, adapter, session)
        const { takeName, readersView, breakStore } = session
        return {
          connect,
          many: session.many ?? 500,
          seed: count => (session.seed === undefined ? seed(connect, count) : session.seed(count)),
          stop: () => session.stop(),
          ...(takeName === undefined ? {} : { takeName: name => takeName.call(session, name) }),
          ...(readersView === undefined ? {} : { readersView: name => readersView.call(session, name) }),
          ...(breakStore === undefined ? {} : { breakStore: () => breakStore.call(session) }),
        }
      },
    },
  )
}

async function open(
  id: string,
  adapter: AdapterModule,
  { settings, env }: AdapterSession,
): Promise<Provider> {
  const target = { id, provider: id, environment: 'test', settings }
  const deps = {
    files: createFiles(),
    random: systemRandom,
    timers: systemTimers,
    env: env ?? {},
    root: process.cwd(),
    signal: new AbortController().signal,
    note: () => undefined,
  }
  return await (await openAdapter(id, () => Promise.resolve(adapter))).connect(target, deps)
}

async function seed(connect: () => Promise<Provider>, count: number): Promise<void> {
  const provider = await connect()
  const atOnce = 8
  for (let first = 0; first < count; first += atOnce) {
    const indexes = Array.from({ length: Math.min(atOnce, count - first) }, (_, index) => first + index)
    await Promise.all(indexes.map(index => put(provider, seedName(index), seedValue(index))))
  }
  await provider.close()
}
