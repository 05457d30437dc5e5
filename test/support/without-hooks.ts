import type { Subject } from '../../src/flows/rotation/engine.ts'

/** What a secret without hooks gives the engine. */
export const withoutHooks: Pick<
  Subject,
  'environment' | 'troubles' | 'hooks' | 'followers' | 'hasFollowers' | 'read' | 'markDone'
> = {
  environment: 'development',
  troubles: [],
  hooks: { has: () => false, run: () => Promise.resolve() },
  hasFollowers: false,
  followers: {
    forward: () => Promise.resolve(undefined),
    back: () => Promise.resolve(),
    drop: () => Promise.resolve(),
  },
  read: () => Promise.resolve(undefined),
  markDone: () => undefined,
}
