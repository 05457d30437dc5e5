import type { Kind } from './kind.ts'

export const manual: Kind = {
  id: 'manual',
  summary: 'a person brings the new value; both are accepted until the grace is over',
  value: 'given',
  needs: [],
}
