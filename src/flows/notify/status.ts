import type { Context } from '../../context.ts'
import { type Instant, readInstant } from '../../core/instant.ts'
import type { NotifyEvent, NotifyEventKind } from '../../core/notify/event.ts'
import type { Inventory } from '../inventory.ts'
import type { SecretStatus } from '../rotation/status-data.ts'

/** 7 days: time enough to plan what nobody can do by itself. */
const soon = 604_800_000

/** Tells of what is due soon, overdue, or changed by somebody else. */
export async function tellOfStatus(
  context: Context,
  inventory: Inventory,
  secrets: readonly SecretStatus[],
): Promise<void> {
  if (inventory.manifest?.notify === undefined) return
  const now = context.clock.now()
  const events = secrets.flatMap(secret => eventOf(secret, now))
  const [{ tell }, { lookupIn }] = await Promise.all([import('./tell.ts'), import('./rotation.ts')])
  await tell(context, inventory.manifest, events, lookupIn(context, inventory))
}

function eventOf(secret: SecretStatus, now: Instant): readonly NotifyEvent[] {
  const { name, environment, target, state, due, deadline } = secret
  const event = (kind: NotifyEventKind, more: Partial<NotifyEvent> = {}): readonly NotifyEvent[] => [
    { kind, name, environment, target, ...more },
  ]
  switch (state) {
    case 'foreign':
    case 'diverged':
    case 'split':
      return event('foreign', { code: `rotation.${state}` })
    case 'overdue':
      return event('overdue', deadline === undefined ? {} : { until: deadline })
    case 'steady': {
      const at = due === undefined ? undefined : readInstant(due)
      if (due === undefined || at === undefined || at - now > soon) return []
      return event(at <= now ? 'overdue' : 'due_soon', { until: due })
    }
    case 'absent':
    case 'busy':
    case 'grace':
    case 'staged':
    case 'announced':
    case 'committing':
    case 'rolling-back':
      return []
  }
}
