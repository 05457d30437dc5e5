import type { Guarantees } from './port.ts'

/** What each promise of a store means for its operator; nothing stronger than the store itself says. */
export function explainGuarantees(guarantees: Guarantees): Readonly<Record<keyof Guarantees, string>> {
  const { flip, election, fence, deadline, erasure } = guarantees
  return {
    flip: flips[flip],
    election: elections[election],
    fence: fence
      ? 'a rotation that was given up cannot take effect later'
      : 'a slow runner may still commit a rotation that was given up',
    deadline: deadlines[deadline],
    erasure: erasure
      ? 'an old value can be erased from the store'
      : 'an old value cannot be erased by itself; it can only be taken out of service',
  }
}

const flips = {
  atomic: 'the new value becomes current and the old one previous in one step',
  'previous-first': 'the old value is written as the previous one first, then the new one becomes current',
} as const satisfies Record<Guarantees['flip'], string>

const elections = {
  'compare-and-set': 'any number of runners may rotate at once; the store lets one new value win',
  lock: 'one runner at a time, by a lock on this machine; a runner elsewhere is not held off',
  'time-bound':
    'runners elect one new value as long as their calls take no longer than a set time; let one runner rotate at a time',
} as const satisfies Record<Guarantees['election'], string>

const deadlines = {
  'with-flip': 'until when the old value is accepted is written in the same step',
  'after-flip':
    'until when the old value is accepted is written just after; while it is missing, a full grace period counts from now',
} as const satisfies Record<Guarantees['deadline'], string>
