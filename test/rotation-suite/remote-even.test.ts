import { rotationSuite } from './suite.ts'

// Two files, so that two stores run side by side; a new provider is in one of them by itself.
await rotationSuite('remote', at => at % 2 === 0)
