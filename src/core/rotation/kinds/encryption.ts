import type { Kind } from './kind.ts'

/** `reencrypt` runs before each retire, and has to succeed: the end of the grace alone never takes the old key away. */
export const encryption: Kind = {
  id: 'encryption',
  summary: 'data is encrypted with it: the old value stays until everything is encrypted with the new one',
  value: 'made',
  needs: [{ oneOf: ['reencrypt'], why: 'what is encrypted with the old value could not be read any more' }],
}
