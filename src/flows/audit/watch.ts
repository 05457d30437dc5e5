import type { TargetConfig } from '../../context.ts'
import type { AuditFacts, AuditResult } from '../../core/audit/entry.ts'
import { isSecretsError } from '../../core/errors.ts'
import type { SecretName, SecretVersion } from '../../core/provider.ts'
import type { AuditLog } from './log.ts'

export type Versions = Readonly<Record<string, string>>
export type Details = Readonly<Record<string, unknown>>

/** What the log is told of a call: the intent before it, and what is known of its end besides. */
export interface Call<T> {
  readonly event: string
  readonly name?: SecretName
  readonly versions?: Versions
  readonly details?: Details
  /** Of what came back; `absent`: the store says there is no such thing. */
  readonly ended?: (value: T) => {
    readonly versions?: Versions
    readonly details?: Details
    readonly isAbsent?: boolean
  }
}

/** About one secret. */
export interface CallOn<T> extends Call<T> {
  readonly name: SecretName
}

/** The one way into the log from a store: everything that reads or changes a value goes through `around`. */
export class Watch {
  readonly #log: AuditLog
  readonly #target: TargetConfig
  /** Reads of this process that stand in the log; a second one of the same says nothing new. */
  readonly #seen = new Map<string, Promise<number>>()
  /** Names that the store has said are not there: a write makes them. */
  readonly absent = new Set<SecretName>()

  constructor(log: AuditLog, target: TargetConfig) {
    this.#log = log
    this.#target = target
  }

  async around<T>(call: Call<T>, work: () => Promise<T>): Promise<T> {
    return await this.#after(await this.#log.intent(this.#facts(call)), call, work)
  }

  /** Reads that a run repeats stand in the log once; none goes ahead of the intent that stands for it. */
  async reading<T>(key: string, call: Call<T>, work: () => Promise<T>): Promise<T> {
    const known = this.#seen.get(key)
    if (known !== undefined) {
      await known
      return await work()
    }
    const intent = this.#log.intent(this.#facts(call))
    this.#seen.set(key, intent)
    try {
      return await this.#after(await intent, call, work)
    } catch (error) {
      this.#seen.delete(key)
      throw error
    }
  }

  async #after<T>(of: number, call: Call<T>, work: () => Promise<T>): Promise<T> {
    const isDurable = call.event !== 'secret.read'
    const facts = this.#facts(call)
    let value: T
    try {
      value = await work()
    } catch (error) {
      const { facts: failed, result } = failure(facts, error)
      await this.#log.result(of, failed, result, isDurable)
      throw error
    }
    const { versions, details, isAbsent } = call.ended?.(value) ?? {}
    const ended = {
      ...facts,
      versions: { ...call.versions, ...versions },
      details: { ...call.details, ...details },
    }
    await this.#log.result(of, ended, isAbsent === true ? 'absent' : 'success', isDurable)
    return value
  }

  async changing<T>(call: CallOn<T>, work: () => Promise<T>): Promise<T> {
    this.#forget(call.name)
    return await this.around(call, work)
  }

  #forget(name: SecretName): void {
    for (const key of this.#seen.keys()) if (key.startsWith(`${name} `)) this.#seen.delete(key)
    this.absent.delete(name)
  }

  #facts<T>({ event, name, versions, details }: Call<T>): AuditFacts {
    const { id, environment, provider } = this.#target
    return {
      event_type: event,
      target: id === provider ? id : `${provider}:${id}`,
      environment,
      ...(name === undefined ? {} : { name }),
      ...(versions === undefined ? {} : { versions }),
      ...(details === undefined ? {} : { details }),
    }
  }
}

function failure(facts: AuditFacts, error: unknown): { facts: AuditFacts; result: AuditResult } {
  const code = isSecretsError(error) ? error.code : 'internal.unexpected'
  const result = code === 'provider.denied' || code === 'provider.auth' ? 'denied' : 'failed'
  const isSecret = facts.event_type.startsWith('secret.')
  const details = { ...facts.details, code, ...(isSecret ? { of: facts.event_type } : {}) }
  return { facts: { ...facts, details, ...(isSecret ? { event_type: `secret.${result}` } : {}) }, result }
}

/** A store that could not be opened: who tried, and why not. */
export async function noteRefusal(log: AuditLog, target: TargetConfig, error: unknown): Promise<void> {
  const { id, environment, provider } = target
  const place = id === provider ? id : `${provider}:${id}`
  const { facts, result } = failure({ event_type: 'secret.read', target: place, environment }, error)
  await log.event(facts, result)
}

/** A read of one value; `which` where it is not the current one. */
export function readCall<T extends Pick<SecretVersion, 'version'> | undefined>(
  name: SecretName,
  which: string,
): Call<T> {
  return {
    event: 'secret.read',
    name,
    ...(which === 'current' ? {} : { details: { version: which } }),
    ended: one => (one === undefined ? { isAbsent: true } : { versions: { read: one.version } }),
  }
}
