import { createHmac } from 'node:crypto'
import { Secret } from '../secret.ts'
import { eventKey, eventText } from './event.ts'
import { jsonHeaders, type Message, type Receiver } from './receiver.ts'

/** Any receiver of our own JSON: one message for each event, signed where there is a key. */
export const webhook: Receiver = {
  title: 'any HTTP receiver, signed with HMAC-SHA256',
  messages: (events, { value, key, origin }) =>
    events.map(event => {
      const id = eventKey(origin, event)
      const { kind, ...facts } = event
      const body = JSON.stringify({ schema: 1, id, event: kind, text: eventText(event), ...facts, ...origin })
      return signed(
        { url: value, headers: { ...jsonHeaders, 'Secrets-Event-Id': id }, body: new Secret(body) },
        origin.at,
        key,
      )
    }),
}

/**
 * `Secrets-Signature: v1=<hex>` is HMAC-SHA256 over `<Secrets-Timestamp>.<body>`: who knows the key can tell that a
 * message is ours, unchanged and not an old one.
 */
export function signed(message: Message, at: string, key: Secret | undefined): Message {
  if (key === undefined) return message
  const timestamp = String(Math.floor(Date.parse(at) / 1000))
  const mac = createHmac('sha256', key.reveal()).update(`${timestamp}.${message.body.reveal()}`).digest('hex')
  const headers = { ...message.headers, 'Secrets-Timestamp': timestamp, 'Secrets-Signature': `v1=${mac}` }
  return { ...message, headers }
}
