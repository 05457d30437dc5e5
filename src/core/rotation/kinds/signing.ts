import type { Kind } from './kind.ts'

/**
 * What one instance signs, every other one verifies with a value that it has read up to `refreshTtl` ago. So each
 * instance has the new value before the first one signs with it, and keeps the old one as long as something lives that
 * a late reader has signed with it.
 */
export const signing: Kind = {
  id: 'signing',
  summary:
    'a fleet signs and verifies: all accept the new value before one signs with it, and the old one after',
  value: 'made',
  steps: ['announce'],
  times: ['refreshTtl', 'tokenTtl'],
  needs: [],
}
