import type { HookCall, HookEnd, HookRunner } from '../../core/hooks.ts'
import { runHttpHook } from './http.ts'
import { runProgramHook } from './run.ts'
import { runTcpHook } from './tcp.ts'

export type HookEnvironment = Readonly<Record<string, string | undefined>>

interface HookKind {
  /** Whether the step is of this kind. */
  readonly key: 'run' | 'http' | 'tcp'
  run(call: HookCall, env: HookEnvironment): Promise<HookEnd>
}

/** One line for each way in which a hook can be written in the manifest. */
const kinds: readonly HookKind[] = [
  { key: 'run', run: runProgramHook },
  { key: 'http', run: runHttpHook },
  { key: 'tcp', run: runTcpHook },
]

/** `env`: of this process; a program gets what it names of it. */
export function createHooks(env: HookEnvironment): HookRunner {
  return {
    async run(call) {
      call.signal.throwIfAborted()
      const kind = kinds.find(({ key }) => key in call.step)
      const end = await (kind?.run(call, env) ??
        Promise.resolve({ failure: 'nobody knows this kind of hook' }))
      // Stopped by the user: that says nothing about the new value.
      call.signal.throwIfAborted()
      return end
    },
  }
}
