import { formatInstant, type Instant } from '../instant.ts'
import { createFieldReader } from '../json-fields.ts'
import type { StateWord } from './state.ts'

/** One secret of a plan as it stood when the plan was made. Versions name values; nothing here is made from a value. */
export interface PlannedSecret {
  readonly name: string
  readonly environment: string
  readonly target: string
  readonly provider: string
  readonly state: StateWord
  readonly version: string | null
  readonly pending: string | null
}

/** What `rotate --plan` writes for people to review and `rotate --apply` carries out. */
export interface RotationPlan {
  readonly made: Instant
  readonly until: Instant
  /** `--env` of the run that made it; null where none was given. */
  readonly env: string | null
  /** Over the manifest and the files that it names; null where there is none. */
  readonly manifest: string | null
  /** Milliseconds, where `--grace` was given. */
  readonly grace?: number
  readonly secrets: readonly PlannedSecret[]
}

/** A day: what was reviewed longer ago was reviewed of another world. */
export const planLife = 86_400_000

/** `steps`: for the reader of the file; who applies it works the steps out anew. */
export function formatPlan(plan: RotationPlan, steps: (secret: PlannedSecret) => readonly unknown[]): string {
  const { made, until, env, manifest, grace, secrets } = plan
  const content = {
    format: planFormat,
    ...{ made: formatInstant(made), until: formatInstant(until), env, manifest },
    ...(grace === undefined ? {} : { grace: grace / 1000 }),
    secrets: secrets.map(secret => ({ ...secret, steps: steps(secret) })),
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

const planFormat = 'secrets rotation plan 1'

/** Throws what `malformed` makes for a text that is no plan; nothing of it is quoted. */
export function parsePlan(text: string, malformed: () => Error): RotationPlan {
  const read = createFieldReader(malformed)
  const orNull = (value: unknown): string | null => (value === null ? null : read.string(value))
  const plan = read.record(read.parse(text))
  read.oneOf(plan['format'], [planFormat])
  return {
    made: read.instant(plan['made']),
    until: read.instant(plan['until']),
    env: orNull(plan['env']),
    manifest: orNull(plan['manifest']),
    ...read.optional('grace', plan['grace'], value => read.count(value) * 1000),
    secrets: read.list(plan['secrets']).map(one => {
      const secret = read.record(one)
      return {
        ...{ name: read.string(secret['name']), environment: read.string(secret['environment']) },
        ...{ target: read.string(secret['target']), provider: read.string(secret['provider']) },
        state: read.oneOf(secret['state'], states),
        ...{ version: orNull(secret['version']), pending: orNull(secret['pending']) },
      }
    }),
  }
}

const states = [
  ...['absent', 'steady', 'staged', 'announced', 'committing', 'grace', 'overdue', 'rolling-back'],
  ...['foreign', 'diverged', 'split', 'busy'],
] as readonly StateWord[]

/** What has moved since the plan was made: the second half of a sentence that begins with the name. */
export function planFault(
  plan: RotationPlan,
  now: Omit<PlannedSecret, 'state'> & Partial<Pick<PlannedSecret, 'state'>>,
): string | undefined {
  const { name, environment, target } = now
  const then = plan.secrets.find(
    one => one.name === name && one.environment === environment && one.target === target,
  )
  if (then === undefined) return 'is not in the plan'
  if (then.provider !== now.provider) return 'stands in another store than the plan says'
  if (then.version !== now.version) return 'has another value than when the plan was made'
  if (then.pending !== now.pending) return 'has another staged value than when the plan was made'
  // The grace may have ended since: that changes what is done.
  return now.state === undefined || then.state === now.state
    ? undefined
    : `was ${then.state} when the plan was made, and is ${now.state} now`
}
