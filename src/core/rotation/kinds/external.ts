import type { Kind } from './kind.ts'

/** The staged value is durable before `apply` gives it to the other system: it can never be the only one who knows it. */
export const external: Kind = {
  id: 'external',
  summary:
    'another system checks it: a hook sets the new value there, another proves it, then it becomes current',
  value: 'made',
  needs: [
    { oneOf: ['apply'], why: 'nothing else sets the new value in the system that checks it' },
    { oneOf: ['verifyStaged', 'verify'], why: 'only that system can say whether it accepts the new value' },
  ],
}
