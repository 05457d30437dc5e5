import type { Context } from '../../context.ts'
import { type DiagnosedStep, type Finding } from '../../core/diagnosis.ts'
import { SecretsError } from '../../core/errors.ts'
import type { OpenTarget, SecretFacts } from '../inventory.ts'
import type { RotateRequest } from './rotate.ts'
import { hooksFor } from './subject.ts'

/** What a rotation may need before it is over, going back included. */
const needed: readonly DiagnosedStep[] = ['read', 'stage', 'commit', 'retire', 'rollback', 'abort']

/**
 * Before a rotation begins: may we do all of it? Looked at once for each store, and only where a refusal half-way would
 * leave more behind than a staged value (hooks change other systems, several targets hold one value) or where somebody
 * reviews what will be done.
 */
export class Preflight {
  readonly #context: Context
  readonly #isReviewed: boolean
  readonly #names: ReadonlyMap<OpenTarget, readonly string[]>
  readonly #found = new Map<OpenTarget, Promise<SecretsError | undefined>>()

  constructor(context: Context, secrets: readonly SecretFacts[], { planTo, apply }: RotateRequest) {
    this.#context = context
    this.#isReviewed = planTo !== undefined || apply !== undefined
    const names = new Map<OpenTarget, string[]>()
    for (const { name, target } of secrets) names.set(target, [...(names.get(target) ?? []), name])
    this.#names = names
  }

  /** `elsewhere`: what follows in other targets. Throws `provider.denied` or `rotation.foreign`. */
  async check(facts: SecretFacts, elsewhere: readonly SecretFacts[]): Promise<void> {
    const isSimple = elsewhere.length === 0 && Object.keys(hooksFor(facts)).length === 0
    if (!this.#isReviewed && isSimple) return
    for (const { name, target } of [facts, ...elsewhere]) {
      const known = this.#found.get(target)
      const look = known ?? findFault(this.#context, target, this.#names.get(target) ?? [name])
      this.#found.set(target, look)
      const fault = await look
      if (fault !== undefined) throw fault
    }
  }
}

async function findFault(
  { signal, clock }: Context,
  { provider, config }: OpenTarget,
  names: readonly string[],
): Promise<SecretsError | undefined> {
  if (provider.diagnose === undefined) return undefined
  for await (const finding of provider.diagnose({ names, now: () => clock.now() }, signal)) {
    if (stops(finding, names)) {
      return new SecretsError(
        finding.check === 'rotator' ? 'rotation.foreign' : 'provider.denied',
        `nothing was begun in ${config.id}: ${finding.message}`,
        { hints: [...(finding.repair ?? []), 'see everything that is missing: secrets doctor'] },
      )
    }
  }
  return undefined
}

function stops({ check, severity, subject = '' }: Finding, names: readonly string[]): boolean {
  if (severity !== 'error') return false
  if (check === 'permission') return needed.some(step => step === subject)
  return check === 'rotator' && names.includes(subject)
}
