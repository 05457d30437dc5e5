import { inspect } from 'node:util'
import { type ErrorCode, isSecretsError, type SecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'

/** What readers of the store find, in one look that no writer can get between. */
export interface ReadersView {
  readonly current?: string
  readonly previous?: string
}

/** How a process of its own, the command line, reaches a session's store. */
export interface CliTarget {
  /** Settings of the environment as they stand in secrets.yaml, `provider` left out. No credential. */
  readonly settings: Readonly<Record<string, string>>
  /** Credentials and authorities as environment variables; the process gets these, PATH and a home of its own, no more. */
  readonly env: Readonly<Record<string, string>>
  /** Where the manifest has to stand, absolute, for a store that is a file of the project. Absent: anywhere. */
  readonly directory?: string
}

/** The connection ends without an answer. `before`: the server never sees the request; `after`: it has acted on it. */
export interface CliFault {
  readonly drop: 'before' | 'after'
  /** Called just before the connection ends, when the server has (`after`) or will never have (`before`) acted. */
  readonly then?: () => void
}

export interface ProxiedCliTarget extends CliTarget {
  /** Requests to the store so far; what a token issuer or a metadata server is asked does not count. */
  readonly count: number
  stop(): Promise<void>
}

/** One fresh, empty store. */
export interface Session {
  /** Another runner: nothing is shared with the connections made before but the store itself. */
  connect(): Promise<Provider>
  /** Puts `count` secrets there, named by `seedName`, as fast as the backend allows. */
  seed(count: number): Promise<void>
  /** How many secrets the test of lists puts there; 10,000 where absent. */
  readonly many?: number
  /** Puts something that is not ours where the previous value of `name` would stand. */
  takeName?(name: string): Promise<void>
  /** As an application sees it, past the adapter. */
  readersView?(name: string): Promise<ReadersView>
  /** This very store for the command line. Every provider of the registry has it, and `readersView`: test/rotation-suite. */
  cli?(): CliTarget
  /**
   * The same behind something that counts and drops requests on the wire: every remote provider has it. `plan` is
   * asked for each request to the store, counted from 1; `undefined` lets it through.
   */
  cliThrough?(plan: (number: number) => CliFault | undefined): Promise<ProxiedCliTarget>
  /** Makes every read impossible without removing anything. */
  breakStore?(): Promise<void>
  stop(): Promise<void>
}

/** One per provider, in `test/providers/<id>.harness.ts`, exported as `harness`. */
export interface ProviderHarness {
  readonly id: string
  /** Why its store cannot be started on this machine: its tests are skipped, visibly. */
  readonly unavailable?: string
  start(): Promise<Session>
  /** Ends what all sessions share. */
  close?(): Promise<void>
}

export function seedName(index: number): string {
  return `SEED_${String(index).padStart(5, '0')}`
}

export function seedValue(index: number): string {
  return `seed-value-${String(index)}`
}

export const noon: number = Date.UTC(2026, 10, 21, 12)
export const hour = 3_600_000
export const never: AbortSignal = new AbortController().signal

export async function withStore(
  harness: ProviderHarness,
  work: (provider: Provider, session: Session) => Promise<void>,
): Promise<void> {
  const session = await harness.start()
  try {
    const provider = await session.connect()
    await work(provider, session)
    await provider.close()
  } finally {
    await session.stop()
  }
}

export async function put(
  provider: Provider,
  name: string,
  value: string,
  at: number = noon,
): Promise<string> {
  const { version } = await provider.write(name, new Secret(value), { at }, never)
  return version
}

export async function valueOf(
  provider: Provider,
  name: string,
  version: Parameters<Provider['read']>[1] = 'current',
): Promise<string | undefined> {
  return (await provider.read(name, version, never))?.value.reveal()
}

export async function namesOf(provider: Provider, prefix = ''): Promise<readonly string[]> {
  const names: string[] = []
  for await (const { name } of provider.list(prefix, never)) names.push(name)
  return names
}

/** The error of ours that the call failed with; fails when it did not, or when one of the values stands in it. */
export async function rejection(
  call: Promise<unknown>,
  codes: ErrorCode | readonly ErrorCode[] | 'any',
  values: readonly string[] = [],
): Promise<SecretsError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isSecretsError(error)) throw new Error('expected a SecretsError', { cause: error })
  const wanted: readonly string[] = [codes].flat()
  if (codes !== 'any' && !wanted.includes(error.code))
    throw new Error(`expected ${wanted.join(' or ')}, not ${error.code}`, { cause: error })
  expectNoValue(error, values)
  return error
}

/** Looks where a value could hide: message, stack, hints, cause, hidden properties. */
export function expectNoValue(thing: unknown, values: readonly string[]): void {
  const error = thing instanceof Error ? thing : undefined
  const texts = [
    inspect(thing, { showHidden: true, depth: Infinity, getters: true, maxStringLength: Infinity }),
    JSON.stringify({ thing }),
    error?.message ?? '',
    error?.stack ?? '',
    inspect(error?.cause, { showHidden: true, depth: Infinity }),
  ]
  for (const value of values.filter(one => one.length >= 8)) {
    if (texts.some(text => text.includes(value))) throw new Error('a value stands in what was given back')
  }
}
