import { SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import type { VersionId } from '../../src/core/provider.ts'
import type {
  Guarantees,
  Mark,
  Observation,
  Pending,
  PendingFacts,
  RotationStore,
} from '../../src/core/rotation/port.ts'
import { Secret } from '../../src/core/secret.ts'

interface Slot {
  readonly version: VersionId
  readonly value: Secret
}

interface Record {
  readonly version: VersionId
  readonly at: Instant
  readonly mode: Mark['mode']
  readonly previous?: VersionId
  readonly deadline?: Instant
  readonly verifiedAt?: Instant
}

/** Everything that the store holds of its one secret: what the invariants are read from. */
export interface MemoryState {
  readonly current: Slot
  readonly old?: Slot
  readonly pending?: Pending & { readonly announced?: Instant }
  readonly record?: Record
  /** How many versions were ever made: ids are never used twice. */
  readonly made: number
}

export const initialState: MemoryState = { current: { version: 'v0', value: new Secret('value-0') }, made: 0 }

/**
 * A store in memory, faithful to the port: conditional writes on the state as it is at that instant. In the mode
 * `previous-first` a commit is three writes (old value, pointer, record) that can be cut between, as in stores with
 * two objects. `beforeWrite` and `afterWrite` are where a test kills or interleaves.
 */
export class MemoryStore implements RotationStore {
  state: MemoryState = initialState
  /** Called in the same instant as each write, before anybody else can run. */
  onWrite: (after: MemoryState) => void = () => undefined
  readonly guarantees: Guarantees
  readonly #gate: (point: 'read' | 'before' | 'after') => Promise<void>

  constructor(flip: Guarantees['flip'], gate: (point: 'read' | 'before' | 'after') => Promise<void>) {
    const isAtomic = flip === 'atomic'
    this.guarantees = {
      flip,
      election: 'compare-and-set',
      fence: true,
      deadline: isAtomic ? 'with-flip' : 'after-flip',
      erasure: true,
    }
    this.#gate = gate
  }

  async observe(): Promise<Observation> {
    await this.#gate('read')
    const { current, old, pending, record } = this.state
    const isOld = old !== undefined && record?.previous === old.version
    return {
      current: { version: current.version },
      ...(pending === undefined ? {} : { pending: { ...withoutValue(pending), announced: pending.announced ?? false } }),
      ...(record === undefined
        ? {}
        : {
            rotation: {
              version: record.version,
              at: record.at,
              mode: record.mode,
              ...(record.previous === undefined
                ? {}
                : {
                    previous: { version: record.previous, status: isOld ? 'accepted' : 'destroyed' } as const,
                  }),
              ...(record.deadline === undefined ? {} : { deadline: record.deadline }),
              ...(record.verifiedAt === undefined ? {} : { verifiedAt: record.verifiedAt }),
            },
          }),
      ...(pending?.version === current.version ? { unfinished: 'commit' as const } : {}),
    }
  }

  async pending(): Promise<Pending | undefined> {
    await this.#gate('read')
    return this.state.pending
  }

  async stage(_name: string, base: VersionId, candidate: Secret, mark: Mark): Promise<Pending> {
    return await this.#write(state => {
      if (state.current.version !== base) throw conflict()
      if (state.pending !== undefined) {
        if (state.pending.base !== base) throw conflict()
        return { state, result: state.pending }
      }
      const made = state.made + 1
      const pending = { version: `v${String(made)}`, base, value: candidate, mark }
      return { state: { ...state, pending, made }, result: pending }
    })
  }

  async announce(_name: string, { version }: PendingFacts, at: Instant): Promise<void> {
    await this.#write(state => {
      const { pending } = state
      if (pending?.version !== version || state.current.version === version) throw conflict()
      if (pending.announced !== undefined) return { state, result: undefined }
      return { state: { ...state, pending: { ...pending, announced: at } }, result: undefined }
    })
  }

  async commit(
    _name: string,
    pending: PendingFacts,
    { at, deadline }: { readonly at: Instant; readonly deadline: Instant },
  ): Promise<void> {
    const staged = this.state.pending
    const isDone = this.state.current.version === pending.version
    if (!isDone && staged?.version !== pending.version) throw conflict()
    const record = { version: pending.version, at, mode: pending.mark.mode, previous: pending.base, deadline }
    if (this.guarantees.flip === 'atomic') {
      await this.#write(state => ({ state: flip(state, pending, record), result: undefined }))
      return
    }
    await this.#write(state => ({ state: { ...state, old: oldOf(state, pending) }, result: undefined }))
    await this.#write(state => {
      if (state.current.version === pending.version) return { state, result: undefined }
      requireBase(state, pending)
      const value = state.pending?.value ?? new Secret('lost')
      return { state: { ...state, current: { version: pending.version, value } }, result: undefined }
    })
    await this.#write(state => {
      if (state.current.version !== pending.version) throw conflict()
      const known = state.record?.version === record.version ? state.record.deadline : undefined
      const { pending: _done, ...rest } = state
      return {
        state: { ...rest, record: { ...record, deadline: known ?? record.deadline } },
        result: undefined,
      }
    })
  }

  async record(
    _name: string,
    version: VersionId,
    facts: { deadline?: Instant; verifiedAt?: Instant },
  ): Promise<void> {
    await this.#write(state => {
      if (state.record?.version !== version) throw conflict()
      const known = state.record
      const later = (key: 'deadline' | 'verifiedAt'): object => {
        const times = [known[key], facts[key]].filter(time => time !== undefined)
        return times.length === 0 ? {} : { [key]: Math.max(...times) }
      }
      const record = { ...known, ...later('deadline'), ...later('verifiedAt') }
      return { state: { ...state, record }, result: undefined }
    })
  }

  async abort(_name: string, pending: PendingFacts): Promise<void> {
    await this.#write(state => {
      if (state.current.version === pending.version) throw conflict()
      if (state.pending?.version !== pending.version) return { state, result: undefined }
      const { pending: _given, ...rest } = state
      return { state: rest, result: undefined }
    })
  }

  async revert(
    _name: string,
    from: VersionId,
    to: VersionId,
    { at, keepNewUntil }: { at: Instant; keepNewUntil?: Instant },
  ): Promise<void> {
    await this.#write(state => {
      if (state.current.version === to) return { state, result: undefined }
      if (state.current.version !== from || state.old?.version !== to) throw conflict()
      const record: Record = { version: to, at, mode: 'scheduled' }
      const { made, old: current } = state
      if (keepNewUntil === undefined) return { state: { current, record, made }, result: undefined }
      const kept = { ...record, previous: from, deadline: keepNewUntil }
      return { state: { current, old: state.current, record: kept, made }, result: undefined }
    })
  }

  async retire(_name: string, previous: VersionId, current: VersionId): Promise<void> {
    await this.#write(state => {
      if (state.current.version !== current) throw conflict()
      if (state.old?.version !== previous) return { state, result: undefined }
      const { old: _old, record, ...rest } = state
      if (record === undefined) throw conflict()
      return {
        state: { ...rest, record: { version: record.version, at: record.at, mode: record.mode } },
        result: undefined,
      }
    })
  }

  /** Somebody else writes the value, past the tool. */
  editByHand(value: Secret): void {
    const made = this.state.made + 1
    this.state = { ...this.state, made, current: { version: `hand${String(made)}`, value } }
  }

  async #write<T>(change: (state: MemoryState) => { state: MemoryState; result: T }): Promise<T> {
    await this.#gate('before')
    const { state, result } = change(this.state)
    this.state = state
    this.onWrite(state)
    await this.#gate('after')
    return result
  }
}

function flip(state: MemoryState, pending: PendingFacts, record: Record): MemoryState {
  if (state.current.version === pending.version) return state
  requireBase(state, pending)
  const { pending: staged, ...rest } = state
  if (staged?.version !== pending.version) throw conflict()
  return { ...rest, old: state.current, current: { version: staged.version, value: staged.value }, record }
}

function oldOf(state: MemoryState, pending: PendingFacts): Slot {
  if (state.current.version === pending.version && state.old !== undefined) return state.old
  requireBase(state, pending)
  return state.current
}

function requireBase(state: MemoryState, pending: PendingFacts): void {
  if (state.current.version !== pending.base || state.pending?.version !== pending.version) throw conflict()
}

function withoutValue({ version, base, mark }: Pending): Omit<Pending, 'value'> {
  return { version, base, mark }
}

function conflict(): SecretsError {
  return new SecretsError('provider.conflict', 'the base has moved')
}
