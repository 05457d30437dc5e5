import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { providers } from '../../providers/index.ts'
import type { ProviderHarness } from './harness.ts'
import { providerContract } from './provider-contract.ts'
import { rotationContract } from './rotation-contract.ts'

// One suite over every id of the registry: a provider without a harness is not a provider.
for (const id of Object.keys(providers)) {
  const harness = await findHarness(id)

  it(`${id} has a harness (test/providers/${id}.harness.ts)`, () => {
    expect(harness?.id).toBe(id)
  })
  if (harness === undefined) continue

  describe(`${id}: provider`, async () => {
    await providerContract(harness)
  })
  describe(`${id}: rotation`, async () => {
    await rotationContract(harness)
  })
}

async function findHarness(id: string): Promise<ProviderHarness | undefined> {
  const file = resolve(import.meta.dirname, `../providers/${id}.harness.ts`)
  if (!existsSync(file)) return undefined
  const module = (await import(pathToFileURL(file).href)) as { readonly harness?: ProviderHarness }
  return module.harness
}
