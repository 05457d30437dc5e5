import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { variableIn } from '../../core/manifest/manifest.ts'
import type { Goal } from '../../core/rotation/plan.ts'
import type { Mark } from '../../core/rotation/port.ts'
import { replaceInside, stands } from '../../core/rotation/replaced.ts'
import { stateOf } from '../../core/rotation/state.ts'
import type { Secret } from '../../core/secret.ts'
import { factsOf, type Inventory, type SecretFacts } from '../inventory.ts'
import { requireFitting } from '../values.ts'
import { pursue, rotationOf, type Subject } from './engine.ts'
import { refusalError } from './refusal.ts'
import { policyOf } from './subject.ts'

/** The composites of the manifest in the store of that secret, whether or not they contain it. */
export function possibleFollowers(
  inventory: Inventory,
  { name, target }: SecretFacts,
): readonly SecretFacts[] {
  return [...(inventory.manifest?.variables.values() ?? [])]
    .filter(one => one.name !== name)
    .filter(one => variableIn(one, target.config.environment).rotate?.kind === 'composite')
    .map(one => factsOf(inventory, target, one.name))
}

/** What contains a secret and is changed with it: the composites of the manifest in the same store. */
export class Followers {
  readonly #context: Context
  readonly #all: readonly SecretFacts[]
  readonly #run: { readonly mark: Mark; readonly grace?: number }

  constructor(
    context: Context,
    inventory: Inventory,
    facts: SecretFacts,
    run: { readonly mark: Mark; readonly grace?: number },
  ) {
    this.#context = context
    this.#run = run
    this.#all = possibleFollowers(inventory, facts)
  }

  get names(): readonly string[] {
    return this.#all.map(({ name }) => name)
  }

  get #isEmergency(): boolean {
    return this.#run.mark.mode === 'emergency'
  }

  /** Before a rotation begins: each that contains the value has to be free to change. */
  async admit(value: Secret | undefined): Promise<void> {
    // There a value that is still accepted goes first.
    if (this.#isEmergency) return
    for (const facts of await this.#containing(value)) {
      const { name, target } = facts
      const observed = await rotationOf(target.provider, target.config.id).observe(name, this.#context.signal)
      const state = stateOf(observed)
      if (state.word === 'steady') continue
      throw new SecretsError(
        'rotation.in_progress',
        `"${name}" contains it, and a rotation of that is open`,
        {
          hints: [`where it stands: secrets status ${name}`],
        },
      )
    }
  }

  /** Everything that still contains the old value gets the new one in its place, with a grace of its own. */
  async forward(old: Secret | undefined, newer: Secret | undefined): Promise<void> {
    if (old === undefined || newer === undefined) return
    const goal: Goal = this.#isEmergency ? { do: 'emergency', compromised: 'current' } : { do: 'rotate' }
    for (const facts of await this.#containing(old)) await this.#pursue(facts, goal, { old, newer })
  }

  /** Everything that contains the value which is given up goes back to what it was. */
  async back(dropped: Secret | undefined): Promise<void> {
    for (const facts of this.#all) {
      const { name, target } = facts
      const observed = await rotationOf(target.provider, target.config.id).observe(name, this.#context.signal)
      if (stateOf(observed).word === 'staged') await this.#pursue(facts, { do: 'abort' })
    }
    for (const facts of await this.#containing(dropped))
      await this.#pursue(facts, { do: 'rollback', keepNew: false })
  }

  async #containing(value: Secret | undefined): Promise<readonly SecretFacts[]> {
    if (value === undefined) return []
    const found: SecretFacts[] = []
    for (const facts of this.#all) {
      const current = await facts.target.provider.read(facts.name, 'current', this.#context.signal)
      if (current !== undefined && stands(value, current.value)) found.push(facts)
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
      followers: { forward: none, back: none },
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
        const value = replaceInside(current.value, change.old, change.newer)
        requireFitting(target, name, value)
        return value
      },
    }
  }
}
