import { createHash } from 'node:crypto'

/** In the order of the documentation; the words of the messages. */
export const notifyEvents = [
  'due_soon',
  'overdue',
  'rotated',
  'rolled_back',
  'failed',
  'denied',
  'retire_blocked',
  'foreign',
] as const

export type NotifyEventKind = (typeof notifyEvents)[number]

/** What somebody is told. Names, places and times; never a value, and nothing that is made from one. */
export interface NotifyEvent {
  readonly kind: NotifyEventKind
  /** Absent where a run failed before it came to a secret. */
  readonly name?: string
  readonly environment?: string
  readonly target?: string
  readonly version?: string
  /** RFC 3339: when the old value ends, or when the next rotation is due. */
  readonly until?: string
  /** Of a failure. */
  readonly code?: string
}

/** What all messages of a run share. */
export interface NotifyOrigin {
  readonly project: string
  /** RFC 3339. */
  readonly at: string
  readonly user: string
  readonly host: string
}

/** The same for the same thing, from any machine: who has been told once need not be told again. */
export function eventKey({ project }: Pick<NotifyOrigin, 'project'>, event: NotifyEvent): string {
  const { kind, name, environment, target, version, until, code } = event
  const text = JSON.stringify([project, kind, name, environment, target, version, until, code])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** One line for people. */
export function eventText({ kind, name, environment, target, until, code }: NotifyEvent): string {
  const what = name ?? 'a rotation'
  const where = [target, environment === undefined ? undefined : `(${environment})`].filter(
    part => part !== undefined,
  )
  const place = where.length === 0 ? '' : ` in ${where.join(' ')}`
  switch (kind) {
    case 'due_soon':
      return `${what}${place} is due ${until ?? 'soon'}`
    case 'overdue':
      return `${what}${place} is overdue${until === undefined ? '' : ` since ${until}`}`
    case 'rotated':
      return `${what}${place} was rotated${until === undefined ? '' : `; the old value is accepted until ${until}`}`
    case 'rolled_back':
      return `${what}${place} was rolled back to its previous value`
    case 'failed':
      return `${what}${place} failed: ${code ?? 'unknown'}`
    case 'denied':
      return `${what}${place} was refused by the store: ${code ?? 'unknown'}`
    case 'retire_blocked':
      return `the old value of ${what}${place} cannot be retired yet: ${code ?? 'unknown'}`
    case 'foreign':
      return `${what}${place} was changed by somebody else: ${code ?? 'foreign'}`
  }
}

/** Whether somebody has to do something. */
export function isTrouble({ kind }: NotifyEvent): boolean {
  return kind !== 'rotated' && kind !== 'due_soon' && kind !== 'rolled_back'
}
