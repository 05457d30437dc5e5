import type { Secret } from '../secret.ts'
import type { NotifyEvent, NotifyOrigin } from './event.ts'

/** One message on its way. The address is a secret, and a body may hold a key. */
export interface Message {
  readonly url: Secret
  readonly headers: Readonly<Record<string, string>>
  readonly body: Secret
}

export interface ReceiverSettings {
  /** What the variable of the manifest holds: an address, or the key of a service. */
  readonly value: Secret
  /** What signs. */
  readonly key?: Secret
  readonly origin: NotifyOrigin
  /** Addresses that the user's own environment gives in place of the usual ones. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** One kind of receiver: turns events into messages. Pure. */
export interface Receiver {
  readonly title: string
  messages(events: readonly NotifyEvent[], settings: ReceiverSettings): readonly Message[]
}

export const jsonHeaders = { 'Content-Type': 'application/json' } as const

export type PostEnd = { readonly isDelivered: true } | { readonly isDelivered: false; readonly why: string }

/** Messages to receivers outside. */
export interface Outbox {
  /** Ends within 5 seconds and never throws; `why` names neither the address nor what the receiver said. */
  post(message: Message): Promise<PostEnd>
  /** The same for lines of syslog: `udp://host:port` or `tcp://host:port`. */
  syslog(address: string, messages: readonly string[]): Promise<PostEnd>
}
