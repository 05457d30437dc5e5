import { diagnosedSteps, type Finding, keyOfFinding } from '../../src/core/diagnosis.ts'
import type { Provider } from '../../src/core/provider.ts'
import { expectNoValue, never, noon, type ProviderHarness, put, valueOf, withStore } from './harness.ts'
import type { Runner } from './runner.ts'

const question = { names: ['KEY', 'NOT_THERE'], now: () => noon }

async function findingsOf(provider: Provider): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const finding of provider.diagnose!(question, never)) found.push(finding)
  return found
}

/** What a provider with `diagnose` owes. */
export function diagnosisContract({ describe, expect, it }: Runner, harness: ProviderHarness): void {
  describe('diagnose', () => {
    it('on a store that works: nothing to repair, and every step is allowed or cannot be looked at', async () => {
      await withStore(harness, async provider => {
        const base = await put(provider, 'KEY', 'value-that-must-not-be-seen')
        const findings = await findingsOf(provider)
        // The clock of these tests stands still.
        const wrong = findings.filter(({ check, severity }) => severity === 'error' && check !== 'clock')
        expect(wrong).toEqual([])
        const steps = findings.filter(({ check }) => check === 'permission')
        expect(steps.map(({ subject }) => subject)).toEqual([...diagnosedSteps])
        expect(new Set(findings.map(keyOfFinding)).size).toBe(findings.length)
        for (const { severity, repair = [] } of findings) {
          if (severity === 'warning' || severity === 'error') expect(repair).not.toEqual([])
        }
        expectNoValue(findings, ['value-that-must-not-be-seen'])
        // Nothing was tried out.
        expect((await provider.read('KEY', 'current', never))?.version).toBe(base)
        expect(await valueOf(provider, 'NOT_THERE')).toBeUndefined()
      })
    })

    it('on an empty store nothing is an error', async () => {
      await withStore(harness, async provider => {
        const findings = await findingsOf(provider)
        const wrong = findings.filter(({ check, severity }) => severity === 'error' && check !== 'clock')
        expect(wrong).toEqual([])
      })
    })

    it('a store that cannot be read shows it: a finding with its repair, or a typed error', async () => {
      await withStore(harness, async (provider, session) => {
        if (session.breakStore === undefined) return
        await put(provider, 'KEY', 'value-that-must-not-be-seen')
        await session.breakStore()
        const broken = await session.connect()
        const findings = await findingsOf(broken)
        const wrong = findings.filter(({ check, severity }) => severity === 'error' && check !== 'clock')
        expect(wrong).not.toEqual([])
        for (const { repair = [] } of wrong) expect(repair).not.toEqual([])
        expectNoValue(findings, ['value-that-must-not-be-seen'])
        await broken.close()
      })
    })

    it('a signal that has aborted stops it', async () => {
      await withStore(harness, async provider => {
        const asked = provider.diagnose!(question, AbortSignal.abort())[Symbol.asyncIterator]().next()
        const [result] = await Promise.allSettled([asked])
        expect(result.status).toBe('rejected')
      })
    })
  })
}
