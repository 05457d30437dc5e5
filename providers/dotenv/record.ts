import type { Directive } from '../../src/core/env-file/index.ts'
import { formatInstant, type Instant, readInstant } from '../../src/core/instant.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Mark, Pending } from '../../src/core/rotation/port.ts'
import { Secret } from '../../src/core/secret.ts'

/** What the comment `# secrets: rotation NAME …` above a variable says of its last rotation. */
export interface RotationRecord {
  readonly version: VersionId
  /** Salted fingerprint of the value that became current: tells an edit by hand. */
  readonly check: string
  /** When it became current; absent where nobody knows (the value stood there before the tool came). */
  readonly at?: Instant
  readonly mode: Mark['mode']
  /** Stays after the retire, as a fact; whether it is still accepted tells `NAME_OLD`. */
  readonly previous?: { readonly version: VersionId; readonly check: string; readonly until: Instant }
  readonly verifiedAt?: Instant
}

/** What the comment `# secrets: pending NAME="…" …` holds: the staged value and what it was staged on. */
export interface PendingRecord extends Pending {
  /** Salted fingerprint of the value that was current then. */
  readonly baseCheck: string
  /** Since when it stands at `NAME_NEXT` too. */
  readonly announced?: Instant
}

// Keys with a dash: no variable that can be rotated has such a name, so NAME="…" cannot collide with them.
const key = {
  version: 'version-id',
  base: 'base-id',
  baseCheck: 'base-check',
  run: 'run-id',
  mode: 'run-mode',
  announced: 'announced-at',
}

export function rotationDirective(name: SecretName, record: RotationRecord): Directive {
  const { previous, verifiedAt } = record
  return {
    verb: 'rotation',
    args: [name],
    keys: {
      id: record.version,
      check: record.check,
      ...(record.at === undefined ? {} : { at: formatInstant(record.at) }),
      ...(previous === undefined
        ? {}
        : { until: formatInstant(previous.until), prev: `${previous.version}/${previous.check}` }),
      ...(verifiedAt === undefined ? {} : { verified: formatInstant(verifiedAt) }),
      ...(record.mode === 'emergency' ? { mode: record.mode } : {}),
    },
  }
}

/** `undefined` where the directive does not say what it must: somebody edited it. */
export function readRotation(directive: Directive): RotationRecord | undefined {
  const { id, check, at, until, prev, verified, mode } = directive.keys
  if (id === undefined || check === undefined) return undefined
  const instant = at === undefined ? undefined : readInstant(at)
  if (at !== undefined && instant === undefined) return undefined
  const previous = readPrevious(prev, until)
  if (previous === 'malformed') return undefined
  const verifiedAt = verified === undefined ? undefined : readInstant(verified)
  return {
    version: id,
    check,
    ...(instant === undefined ? {} : { at: instant }),
    mode: mode === 'emergency' ? 'emergency' : 'scheduled',
    ...(previous === undefined ? {} : { previous }),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
  }
}

function readPrevious(
  prev: string | undefined,
  until: string | undefined,
): RotationRecord['previous'] | 'malformed' {
  if (prev === undefined && until === undefined) return undefined
  const [version, check] = (prev ?? '').split('/')
  const instant = readInstant(until ?? '')
  if (version === undefined || check === undefined || instant === undefined) return 'malformed'
  return { version, check, until: instant }
}

export function pendingDirective(name: SecretName, pending: PendingRecord): Directive {
  const { mark } = pending
  return {
    verb: 'pending',
    args: [],
    keys: {
      [name]: pending.value.reveal(),
      [key.version]: pending.version,
      [key.base]: pending.base,
      [key.baseCheck]: pending.baseCheck,
      [key.run]: mark.runId,
      [key.mode]: mark.mode,
      ...(mark.plan === undefined ? {} : { plan: mark.plan }),
      ...(pending.announced === undefined ? {} : { [key.announced]: formatInstant(pending.announced) }),
    },
  }
}

export function readPending(name: SecretName, directive: Directive): PendingRecord | undefined {
  const { keys } = directive
  const value = keys[name]
  const [version, base, baseCheck] = [keys[key.version], keys[key.base], keys[key.baseCheck]]
  const [runId, mode, plan] = [keys[key.run], keys[key.mode], keys['plan']]
  if (value === undefined || version === undefined || base === undefined) return undefined
  if (baseCheck === undefined || runId === undefined) return undefined
  const mark: Mark = {
    runId,
    mode: mode === 'emergency' ? 'emergency' : 'scheduled',
    ...(plan === undefined ? {} : { plan }),
  }
  const told = keys[key.announced]
  const announced = told === undefined ? undefined : readInstant(told)
  if (told !== undefined && announced === undefined) return undefined
  const pending = { version, base, baseCheck, value: new Secret(value), mark }
  return announced === undefined ? pending : { ...pending, announced }
}
