import { rotationSuite } from './suite.ts'

await rotationSuite('remote', at => at % 2 === 1)
