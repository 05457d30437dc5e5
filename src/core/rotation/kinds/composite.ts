import type { Kind } from './kind.ts'

/** Changed in the rotation of the secret inside it, between its commit and its proof; never by itself. */
export const composite: Kind = {
  id: 'composite',
  summary: 'it contains another secret, and is changed together with it',
  value: 'followed',
  needs: [],
}
