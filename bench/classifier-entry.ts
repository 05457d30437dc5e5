export { classify } from '../src/core/classifier/index.ts'
export { EnvDocument } from '../src/core/env-file/index.ts'
