import type { NotifyKind } from '../manifest/operate.ts'
import { pagerduty } from './pagerduty.ts'
import type { Receiver } from './receiver.ts'
import { slack } from './slack.ts'
import { webhook } from './webhook.ts'

/** Kind of receiver, as `notify.to` of the manifest names it, → how it is told. */
export const receivers = { slack, webhook, pagerduty } as const satisfies Readonly<
  Record<NotifyKind, Receiver>
>
