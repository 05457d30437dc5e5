import type { Random } from '../context.ts'

/** The operating system's generator. Its module is loaded at the first use: most commands need no randomness. */
export const systemRandom: Random = {
  bytes: count => process.getBuiltinModule('node:crypto').randomBytes(count),
}
