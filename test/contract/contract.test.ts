import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { providers } from '../../providers/index.ts'
import { contractOf, harnessFile, idsOfKind } from './suite.ts'

// Remote providers are proved in test/providers-remote, against real servers.
await contractOf('embedded')

it('no provider goes without the suite', () => {
  const ids = Object.keys(providers)
  expect([...idsOfKind('embedded'), ...idsOfKind('remote')].sort()).toEqual([...ids].sort())
  expect(ids.filter(id => !existsSync(harnessFile(id)))).toEqual([])
})
