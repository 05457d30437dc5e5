import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { type ProviderEntry, providers } from '../../providers/index.ts'
import type { ProviderHarness } from './harness.ts'
import { defineContract } from './whole.ts'

/** Every id of the registry belongs to exactly one of the two kinds, so no provider goes without the suite. */
export function idsOfKind(kind: ProviderEntry['kind']): readonly string[] {
  return Object.entries(providers).flatMap(([id, entry]) => (entry.kind === kind ? [id] : []))
}

export function harnessFile(id: string): string {
  return resolve(import.meta.dirname, `../providers/${id}.harness.ts`)
}

/** One suite over every id of a kind: a provider without a harness is not a provider. */
export async function contractOf(kind: ProviderEntry['kind']): Promise<void> {
  for (const id of idsOfKind(kind)) {
    const harness = await findHarness(id)

    it(`${id} has a harness (test/providers/${id}.harness.ts)`, () => {
      expect(harness?.id).toBe(id)
    })
    if (harness === undefined) continue
    if (harness.unavailable !== undefined) {
      it.skip(`${id}: ${harness.unavailable}`, () => undefined)
      continue
    }

    await defineContract({ describe, expect, it }, harness)
    afterAll(() => harness.close?.())
  }
}

export async function findHarness(id: string): Promise<ProviderHarness | undefined> {
  if (!existsSync(harnessFile(id))) return undefined
  const module = (await import(pathToFileURL(harnessFile(id)).href)) as {
    readonly harness?: ProviderHarness
  }
  return module.harness
}
