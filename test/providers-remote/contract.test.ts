import { contractOf } from '../contract/suite.ts'

// The same suite as for the embedded providers, against real servers; see test/contract/contract.test.ts.
await contractOf('remote')
