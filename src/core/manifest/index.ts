export * from './manifest.ts'
export { parseManifest } from './parse.ts'
export { manifestError } from './problem.ts'
