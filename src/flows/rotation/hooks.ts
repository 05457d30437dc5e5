import { dirname } from 'node:path'
import type { Context } from '../../context.ts'
import type { HookFacts } from '../../core/hooks.ts'
import { isSecretsError, SecretsError } from '../../core/errors.ts'
import type { HookName, Hooks, HookStep } from '../../core/manifest/manifest.ts'
import type { VersionId } from '../../core/provider.ts'
import { stepsOfHook, usualHookLimit } from '../../core/rotation/hook-plan.ts'
import type { Secret } from '../../core/secret.ts'
import type { SecretFacts } from '../inventory.ts'
import type { LoadedManifest } from '../manifest.ts'

/** One hook that was run, as the report keeps it. */
export interface HookRecord {
  readonly name: string
  readonly environment: string
  readonly target: string
  readonly hook: HookName
  readonly phase: HookFacts['phase']
  /** Which of the hook's entries, from 1. */
  readonly step: number
  readonly by: 'run' | 'http' | 'tcp'
  readonly result: 'ok' | 'failed'
  readonly reason?: string
  /** What it printed, bounded; values are taken out. */
  readonly output?: string
}

export interface HookValues {
  readonly new?: Secret
  readonly old?: Secret
}

export interface HookOccasion {
  /** The new value's version: it names the rotation, whoever goes on with it. */
  readonly version: VersionId
  readonly phase: HookFacts['phase']
  /** Read only where a program is run: an address never gets one. */
  readonly values: () => Promise<HookValues>
}

/** The hooks of one secret. Before the first is run the user's trust has been asked for (`runRotation`). */
export class SecretHooks {
  readonly #context: Context
  readonly #facts: SecretFacts
  readonly #hooks: Hooks
  readonly #records: HookRecord[]
  readonly #cwd: string

  constructor(
    context: Context,
    facts: SecretFacts,
    {
      hooks,
      records,
      manifest,
    }: { hooks: Hooks; records: HookRecord[]; manifest: LoadedManifest | undefined },
  ) {
    this.#context = context
    this.#facts = facts
    this.#hooks = hooks
    this.#records = records
    this.#cwd = manifest === undefined ? context.cwd : dirname(manifest.source.path)
  }

  has(hook: HookName): boolean {
    return this.#hooks[hook] !== undefined
  }

  /** All entries of the hook, in order. Throws `rotation.hook_failed` at the first that fails; the others are not run. */
  async run(hook: HookName, occasion: HookOccasion): Promise<void> {
    const steps = stepsOfHook(this.#hooks, hook)
    const values = steps.some(step => 'run' in step) ? await occasion.values() : {}
    for (const [index, step] of steps.entries()) await this.#runStep(hook, index + 1, step, occasion, values)
  }

  async #runStep(
    hook: HookName,
    position: number,
    step: HookStep,
    { version, phase }: HookOccasion,
    values: HookValues,
  ): Promise<void> {
    const { name, target } = this.#facts
    const place = { name, environment: target.config.environment, target: target.config.id }
    const { failure, output } = await this.#context.hooks.run({
      step,
      facts: { ...place, hook, phase, rotation: `${target.config.id}/${name}@${version}` },
      values,
      cwd: this.#cwd,
      limit: step.within ?? usualHookLimit,
      signal: this.#context.signal,
    })
    this.#records.push({
      ...place,
      ...{ hook, phase, step: position, by: 'run' in step ? 'run' : 'http' in step ? 'http' : 'tcp' },
      result: failure === undefined ? 'ok' : 'failed',
      ...(failure === undefined ? {} : { reason: failure }),
      ...(output === undefined ? {} : { output }),
    })
    if (failure === undefined) return
    throw new SecretsError(
      'rotation.hook_failed',
      `hook ${hook} ${String(position)} of "${name}": ${failure}`,
      {
        hints: ['what it printed stands in the report'],
      },
    )
  }
}

export function isHookFailure(error: unknown): error is SecretsError {
  return isSecretsError(error, 'rotation.hook_failed')
}
