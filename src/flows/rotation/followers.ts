import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import type { Instant } from '../../core/instant.ts'
import { variableIn } from '../../core/manifest/manifest.ts'
import { previousName } from '../../core/names.ts'
import type { Goal } from '../../core/rotation/plan.ts'
import type { Mark, Observation } from '../../core/rotation/port.ts'
import { replaceInside, stands } from '../../core/rotation/replaced.ts'
import { stateOf } from '../../core/rotation/state.ts'
import type { Secret } from '../../core/secret.ts'
import { areEqualSecrets } from '../../core/secret-equality.ts'
import { factsOf, type Inventory, type OpenTarget, type SecretFacts } from '../inventory.ts'
import { requireFitting } from '../values.ts'
import { siblingsOf } from './copies.ts'
import { pursue, rotationOf, type Subject } from './engine.ts'
import { refusalError } from './refusal.ts'
import { policyOf } from './subject.ts'

/**
 * What may have to change with that secret: in its own target the composites of the manifest, in the others that are
 * listed beside it those and the secret's copy. Whether they contain the value, or are there at all, is asked later.
 */
export function possibleFollowers(inventory: Inventory, facts: SecretFacts): readonly SecretFacts[] {
  const { name, target, copyOf, variable } = facts
  if (copyOf !== undefined || variable?.rotate?.kind === 'composite') return []
  const { environment } = target.config
  const composites = [...(inventory.manifest?.variables.values() ?? [])]
    .filter(one => one.name !== name)
    .filter(one => variableIn(one, environment).rotate?.kind === 'composite')
    .map(one => one.name)
  return [target, ...siblingsOf(inventory, target)].flatMap(one => [
    ...(one === target ? [] : [{ ...factsOf(inventory, one, name), copyOf: target }]),
    ...composites.map(composite => factsOf(inventory, one, composite)),
  ])
}

interface FollowingRun {
  readonly mark: Mark
  readonly grace?: number
}

/** What holds a secret's value too, alone or inside another one, and is changed with it. */
export class Followers {
  readonly #context: Context
  readonly #all: readonly SecretFacts[]
  readonly #run: FollowingRun
  readonly #copies = new Set<string>()

  constructor(context: Context, inventory: Inventory, facts: SecretFacts, run: FollowingRun) {
    this.#context = context
    this.#run = run
    this.#all = possibleFollowers(inventory, facts)
  }

  /** Whether the value that a variable of a target holds, or its previous one, is changed from here. */
  covers(target: string, variable: string): boolean {
    return this.#all.some(
      ({ name, target: own }) =>
        own.config.id === target && (variable === name || variable === previousName(name)),
    )
  }

  /** The other targets in which this run has found the secret's value under its own name. */
  get copies(): readonly string[] {
    return [...this.#copies]
  }

  get isEmpty(): boolean {
    return this.#all.length === 0
  }

  /** One secret of each target beside the leader's own. */
  elsewhere(leader: OpenTarget): readonly SecretFacts[] {
    const found = new Map(this.#all.map(facts => [facts.target, facts]))
    found.delete(leader)
    return [...found.values()]
  }

  get #isEmergency(): boolean {
    return this.#run.mark.mode === 'emergency'
  }

  /** Before a rotation begins: each that holds the value has to be free to change. */
  async admit(value: Secret | undefined): Promise<void> {
    const holding = await this.#holding(value)
    // There a value that is still accepted goes first.
    if (this.#isEmergency) return
    for (const facts of holding) {
      const { name, target } = facts
      const state = stateOf(await this.#observe(facts))
      if (state.word === 'steady') continue
      throw new SecretsError(
        'rotation.in_progress',
        `"${name}" in ${target.config.id} holds it too, and a rotation of that is open`,
        { hints: [`where it stands: secrets status ${name}`] },
      )
    }
  }

  /**
   * Everything that still holds the old value gets the new one in its place, with a grace of its own. Gives the latest
   * deadline among those that have the new value now: until then somebody may still present the old one.
   */
  async forward(old: Secret | undefined, newer: Secret | undefined): Promise<Instant | undefined> {
    if (old === undefined || newer === undefined) return undefined
    const goal: Goal = this.#isEmergency ? { do: 'emergency', compromised: 'current' } : { do: 'rotate' }
    for (const facts of await this.#holding(old)) await this.#pursue(facts, goal, { old, newer })
    let latest: Instant | undefined
    for (const facts of await this.#holding(newer)) {
      const state = stateOf(await this.#observe(facts))
      if (state.word !== 'grace' || state.deadline === undefined) continue
      latest = Math.max(latest ?? state.deadline, state.deadline)
    }
    return latest
  }

  /** Everything that holds the value which is given up goes back to what it was. */
  async back(dropped: Secret | undefined, keepNew: boolean): Promise<void> {
    for (const facts of this.#all) {
      if (stateOf(await this.#observe(facts)).word === 'staged') await this.#pursue(facts, { do: 'abort' })
    }
    for (const facts of await this.#holding(dropped)) await this.#pursue(facts, { do: 'rollback', keepNew })
  }

  /** In an emergency: nothing that holds the current value accepts the one before it any longer. */
  async drop(current: Secret | undefined): Promise<void> {
    for (const facts of await this.#holding(current)) {
      if (stateOf(await this.#observe(facts)).word !== 'grace') continue
      await this.#pursue(facts, { do: 'emergency', compromised: 'previous' })
    }
  }

  async #observe({ name, target }: SecretFacts): Promise<Observation> {
    return await rotationOf(target.provider, target.config.id).observe(name, this.#context.signal)
  }

  async #holding(value: Secret | undefined): Promise<readonly SecretFacts[]> {
    if (value === undefined) return []
    const found: SecretFacts[] = []
    for (const facts of this.#all) {
      const current = await facts.target.provider.read(facts.name, 'current', this.#context.signal)
      if (current === undefined || !holds(facts, current.value, value)) continue
      found.push(facts)
      if (facts.copyOf !== undefined) this.#copies.add(facts.target.config.id)
    }
    return found
  }

  async #pursue(facts: SecretFacts, goal: Goal, change?: { old: Secret; newer: Secret }): Promise<void> {
    const { end, state } = await pursue(this.#subject(facts, change), goal)
    if (end.do === 'refuse') throw refusalError(facts.name, end, state, this.#context.clock.now())
  }

  #subject(facts: SecretFacts, change: { old: Secret; newer: Secret } | undefined): Subject {
    const { clock, signal } = this.#context
    const { name, target } = facts
    const none = (): Promise<void> => Promise.resolve()
    return {
      ...{ name, signal, mark: this.#run.mark, environment: target.config.environment },
      store: rotationOf(target.provider, target.config.id),
      hooks: { has: () => false, run: none },
      hasFollowers: false,
      troubles: [],
      followers: { forward: () => Promise.resolve(undefined), back: none, drop: none },
      now: () => clock.now(),
      admit: none,
      read: version => target.provider.read(name, version, signal),
      markDone: () => undefined,
      policyFor: observed => ({
        ...policyOf(facts, observed, this.#run.grace),
        mustVerify: false,
        steps: [],
      }),
      async candidate() {
        const current = await target.provider.read(name, 'current', signal)
        if (current === undefined || change === undefined)
          throw new SecretsError('secret.absent', `"${name}" is not there`)
        const value =
          facts.copyOf === undefined ? replaceInside(current.value, change.old, change.newer) : change.newer
        requireFitting(target, name, value)
        return value
      },
    }
  }
}

function holds({ copyOf }: SecretFacts, current: Secret, value: Secret): boolean {
  return copyOf === undefined ? stands(value, current) : areEqualSecrets(value, current)
}
