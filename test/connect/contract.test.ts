import { describe, expect, it } from 'vitest'
import { usualPolicy } from '../../src/connect/ask.ts'
import { createGuard } from '../../src/connect/guard.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { systemTimers } from '../../src/effects/timers.ts'
import type { ProviderHarness, Session } from '../contract/harness.ts'
import { defineContract } from '../contract/whole.ts'
import { harness } from '../providers/local.harness.ts'

/** A store that keeps every promise keeps them under the policy too: the wrap takes nothing away. */
const guarded: ProviderHarness = {
  id: 'local under the policy',
  async start(): Promise<Session> {
    const session = await harness.start()
    const guard = createGuard({ policy: usualPolicy, timers: systemTimers, random: systemRandom })
    const store = { id: 'local', limits: { concurrent: 16, perSecond: 100_000 } }
    return {
      ...session,
      connect: () => guard.connect(store, new AbortController().signal, () => session.connect()),
    }
  },
}

await defineContract({ describe, expect, it }, guarded)
