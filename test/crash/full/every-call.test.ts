import { afterAll, describe, expect, it } from 'vitest'
import { scenarios } from '../scenarios.ts'
import { canTrace } from '../strace.ts'
import { casesOf, rehearse, tryFaults } from '../trial.ts'

const lines: string[] = []
let total = 0

/** The full product: every scenario, every fault, every call that changes a file or directory. */
describe.skipIf(!canTrace)('a fault at every changing call (needs strace)', () => {
  it.each(scenarios)('$title', async scenario => {
    const rehearsal = await rehearse(scenario)
    const cases = casesOf(rehearsal)
    expect(cases.length).toBeGreaterThan(10)
    const broken = await tryFaults(rehearsal, cases)
    total += cases.length
    const counts = `${String(rehearsal.calls.length)} calls, ${String(cases.length)} faults`
    lines.push(`${scenario.title}: ${counts}, ${String(broken.length)} broken`)
    expect(broken).toEqual([])
  })

  afterAll(() => {
    process.stdout.write(`${lines.join('\n')}\n${String(total)} faults in all\n`)
  })
})
