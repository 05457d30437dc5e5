import { rotationSuite } from './suite.ts'

await rotationSuite('remote')
