import type { EnvironmentConfig, HookName, Hooks, HookStep, VariableFacts } from '../manifest/manifest.ts'
import type { OptionalStep } from './plan.ts'

/** A minute: for a hook that says nothing of its time. */
export const usualHookLimit = 60_000

/** What is run for one secret in one environment: what the variable says first, then what the environment says. */
export function hooksOf(
  variable: Pick<VariableFacts, 'hooks'> | undefined,
  environment: Pick<EnvironmentConfig, 'hooks'> | undefined,
): Hooks {
  const [own = {}, shared = {}] = [variable?.hooks, environment?.hooks]
  const names = new Set([...Object.keys(own), ...Object.keys(shared)] as HookName[])
  const merged = [...names].map(name => [name, [...(own[name] ?? []), ...(shared[name] ?? [])]] as const)
  return Object.fromEntries(merged.filter(([, steps]) => steps.length > 0))
}

/** The optional steps of a rotation that has these hooks. */
export function optionalSteps(hooks: Hooks): readonly OptionalStep[] {
  return [
    ...(hooks.apply === undefined ? [] : (['apply'] as const)),
    ...(hooks.verifyStaged === undefined ? [] : (['verify-staged'] as const)),
    ...(hooks.afterCommit === undefined && hooks.verify === undefined ? [] : (['verify'] as const)),
  ]
}

export function stepsOfHook(hooks: Hooks, name: HookName): readonly HookStep[] {
  return hooks[name] ?? []
}
