import { createHash } from 'node:crypto'
import { Secret } from '../secret.ts'
import { eventText, isTrouble, type NotifyEvent, type NotifyOrigin } from './event.ts'
import { jsonHeaders, type Receiver } from './receiver.ts'

/** Events API v2. */
const usualAddress = 'https://events.pagerduty.com/v2/enqueue'

/**
 * An incident for what somebody has to do something about; a rotation that went well resolves the incident of the same
 * secret. What is only good to know wakes nobody.
 */
export const pagerduty: Receiver = {
  title: 'PagerDuty, Events API v2',
  messages(events, { value, origin, env }) {
    const url = new Secret(env['SECRETS_PAGERDUTY_URL'] ?? usualAddress)
    return events
      .filter(event => isTrouble(event) || event.kind === 'rotated')
      .map(event => {
        const body = JSON.stringify({
          routing_key: value.reveal(),
          dedup_key: incidentOf(origin, event),
          ...(isTrouble(event) ? alertOf(origin, event) : { event_action: 'resolve' }),
        })
        return { url, headers: jsonHeaders, body: new Secret(body) }
      })
  },
}

function alertOf(origin: NotifyOrigin, event: NotifyEvent): object {
  const { kind, name, environment, ...details } = event
  return {
    event_action: 'trigger',
    payload: {
      summary: `${origin.project}: ${eventText(event)}`.slice(0, 1024),
      source: origin.host,
      severity: kind === 'overdue' || kind === 'retire_blocked' ? 'warning' : 'critical',
      timestamp: origin.at,
      class: kind,
      ...(name === undefined ? {} : { component: name }),
      ...(environment === undefined ? {} : { group: environment }),
      custom_details: { ...details, user: origin.user },
    },
  }
}

/** One incident for each secret in each place, however many ways it is in trouble. */
function incidentOf({ project }: NotifyOrigin, { name, environment, target }: NotifyEvent): string {
  const text = JSON.stringify([project, name, environment, target])
  return `secrets-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
}
