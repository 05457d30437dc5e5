import { SecretsError } from '../../core/errors.ts'
import { formatDuration } from '../../core/duration.ts'
import { formatInstant, type Instant } from '../../core/instant.ts'
import type { Action } from '../../core/rotation/plan.ts'
import { previousName } from '../../core/names.ts'
import type { RotationState } from '../../core/rotation/state.ts'

type Refused = Extract<Action, { do: 'refuse' }>

/** What a refusal of the plan means for a person: code, message, what to do. */
export function refusalError(
  name: string,
  refused: Refused,
  state: RotationState,
  now: Instant,
): SecretsError {
  switch (refused.why) {
    case 'grace_open':
    case 'too_early':
    case 'too_late':
    case 'announced':
      return timeError(name, refused, now)
    case 'absent':
      return absentError(name)
    case 'in_progress':
      return new SecretsError('rotation.in_progress', `a rotation of "${name}" has not been finished`, {
        hints: [
          `finish it: secrets rotate ${name} --resume`,
          `or give it up: secrets rotate ${name} --abort`,
        ],
      })
    case 'nothing_staged':
      return new SecretsError(
        'rotation.nothing_staged',
        `no rotation of "${name}" is open that could be given up`,
        {
          hints: [`where it stands: secrets status ${name}`],
        },
      )
    case 'nothing_to_retire':
      return new SecretsError(
        'rotation.nothing_to_retire',
        `"${name}" has no old value that is still accepted`,
        { hints: [`where it stands: secrets status ${name}`] },
      )
    case 'nothing_to_roll_back':
      return new SecretsError(
        'rotation.nothing_to_roll_back',
        `"${name}" has no previous value to go back to`,
        {
          hints: ['a retired value is gone; set another one: secrets set'],
        },
      )
    case 'unverified':
      return new SecretsError('rotation.verify_failed', `nobody has proved the new value of "${name}" yet`, {
        hints: [`prove it: secrets rotate ${name} --resume`, `or go back: secrets rollback ${name}`],
      })
    default:
      return dangerError(name, refused, state)
  }
}

/** What another time would allow. */
function timeError(name: string, refused: Refused, now: Instant): SecretsError {
  const until = refused.until === undefined ? '' : ` until ${formatInstant(refused.until)}`
  const left = refused.until === undefined ? '' : ` (${formatDuration(refused.until - now)} left)`
  switch (refused.why) {
    case 'grace_open':
      return new SecretsError(
        'rotation.grace_open',
        `the last rotation of "${name}" still accepts the old value${until}${left}`,
        {
          hints: ['wait: the next "secrets rotate --due" retires it', `or go back: secrets rollback ${name}`],
        },
      )
    case 'too_early':
      return new SecretsError('rotation.too_early', `the old value of "${name}" is accepted${until}${left}`, {
        hints: ['readers may still present it; run it again after the deadline'],
      })
    case 'too_late':
      return new SecretsError(
        'rotation.too_late',
        `the old value of "${name}" is accepted only${until}: instances that have not read again by then would refuse what it signs`,
        { hints: [`make a new one instead, when the old one is retired: secrets rotate ${name}`] },
      )
    default:
      return new SecretsError(
        'rotation.announced',
        `the new value of "${name}" is announced: nobody signs with it${until}${left}`,
        {
          hints: [
            'wait: then the next "secrets rotate --due" goes on with it',
            `or give it up: secrets rotate ${name} --abort`,
          ],
        },
      )
  }
}

function absentError(name: string): SecretsError {
  return new SecretsError('secret.absent', `"${name}" is not there`, {
    hints: ['see what is: secrets list', `make it: secrets set ${name}`],
  })
}

function dangerError(name: string, refused: Refused, state: RotationState): SecretsError {
  switch (refused.why) {
    case 'foreign':
      return foreignError(name, state)
    case 'diverged':
      return new SecretsError('rotation.diverged', `the system behind "${name}" accepts neither value`, {
        hints: ['both values are kept; set the right one there by hand, then run it again'],
      })
    case 'split':
      return new SecretsError('rotation.split', `two new values of "${name}" were made at the same time`, {
        hints: ['both are kept; let one runner at a time rotate this secret'],
      })
    case 'compromised':
      return new SecretsError(
        'rotation.compromised',
        `the old value of "${name}" was given up in an emergency: it may be known to others`,
        { hints: [`a new one once more: secrets rotate ${name} --emergency`] },
      )
    case 'busy':
      return new SecretsError('rotation.busy', `another runner rotates "${name}" right now`, {
        hints: ['wait for it, or run again later'],
      })
    default:
      return new SecretsError(
        'rotation.clock_skew',
        `this machine's clock stands before the last rotation of "${name}"`,
        { hints: ['set the clock right: deadlines written by it would be wrong for everybody else'] },
      )
  }
}

function foreignError(name: string, state: RotationState): SecretsError {
  const reason = state.word === 'foreign' ? state.reason : 'edited'
  if (reason === 'owned') {
    return new SecretsError('rotation.foreign', `another rotator owns "${name}"`, {
      hints: ['let that one rotate it, or switch it off there first'],
    })
  }
  if (reason === 'base_moved') {
    return new SecretsError(
      'rotation.foreign',
      `somebody else changed "${name}" while its rotation was open`,
      {
        hints: [`keep what stands there now, and give up the staged value: secrets rotate ${name} --abort`],
      },
    )
  }
  return new SecretsError('rotation.foreign', `somebody else changed "${name}" since its last rotation`, {
    hints: [
      'put the value of the rotation back, then run it again',
      `or keep the change: remove the comment "# secrets: rotation ${name}" above it, and ${previousName(name)} once nothing uses it`,
    ],
  })
}
