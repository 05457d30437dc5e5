import type { Kind } from './kind.ts'

export const verifier: Kind = {
  id: 'verifier',
  summary: 'we check what others present: both values are accepted until the grace is over',
  value: 'made',
  needs: [],
}
