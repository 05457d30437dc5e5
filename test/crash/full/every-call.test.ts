import { describe, expect, it } from 'vitest'
import { scenarios } from '../scenarios.ts'
import { canTrace, type Fault } from '../strace.ts'
import { rehearse, tryFaults } from '../trial.ts'

const faults: readonly Fault[] = ['SIGKILL', 'ENOSPC', 'EIO']

/** The full product: every scenario, every fault, every call that changes a file or directory. */
describe.skipIf(!canTrace)('a fault at every changing call (needs strace)', () => {
  it.each(scenarios)('$title', async scenario => {
    const rehearsal = await rehearse(scenario)
    const cases = rehearsal.calls.flatMap(call => faults.map(fault => [fault, call] as const))
    expect(cases.length).toBeGreaterThan(10)
    expect(await tryFaults(rehearsal, cases)).toEqual([])
  })
})
