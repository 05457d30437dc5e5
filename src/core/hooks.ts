import type { HookStep } from './manifest/manifest.ts'
import type { SecretName } from './provider.ts'
import type { Secret } from './secret.ts'

/** What a hook of the manifest is told of the rotation that it belongs to. */
export interface HookFacts {
  readonly hook: string
  /** The same for every run of this hook for this new value, whoever runs it: what has been done once need not be done again. */
  readonly rotation: string
  readonly name: SecretName
  readonly environment: string
  readonly target: string
  /** `undo`: `new` is the value that shall be in force again, `old` the one that was given up. */
  readonly phase: 'rotate' | 'undo' | 'retire'
}

export interface HookCall {
  readonly step: HookStep
  readonly facts: HookFacts
  /** For programs only; an address never gets one. */
  readonly values: { readonly new?: Secret; readonly old?: Secret }
  readonly cwd: string
  /** Milliseconds. */
  readonly limit: number
  readonly signal: AbortSignal
}

/** How a hook ended. `failure`: why that is no success, in our words. `output`: what it printed, bounded, without values. */
export interface HookEnd {
  readonly failure?: string
  readonly output?: string
}

export interface HookRunner {
  /** Never throws for what the hook does; throws the signal's reason when the command is stopped. */
  run(call: HookCall): Promise<HookEnd>
}
