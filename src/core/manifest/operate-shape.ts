import * as z from 'zod/mini'
import { auditSinks } from './operate.ts'

/** The parts of the manifest's shape that these sections share with it. */
interface Basics {
  readonly line: z.ZodMiniString
  readonly name: z.ZodMiniString
  readonly duration: z.ZodMiniString
}

/** What zod says where something else than a mapping stands. */
export function mapping(what: string) {
  return { error: `must be a mapping (${what})` }
}

/** `audit`: where the audit log goes, and how long it is kept. */
export function auditShape({ line, name, duration }: Basics) {
  return z.strictObject(
    {
      sink: z.optional(
        z
          .enum(auditSinks, { error: `must be one of ${auditSinks.join(', ')}` })
          .check(z.describe('Where the entries go; file where nothing is said')),
      ),
      path: z.optional(line.check(z.describe('Of sink file: the file; .secrets/audit.jsonl otherwise'))),
      retention: z.optional(duration.check(z.describe('Of sink file: how long entries are kept, 365d'))),
      reason: z.optional(line.check(z.describe('Why entries are kept for less than 90d'))),
      url: z.optional(name.check(z.describe('Of sink webhook: the variable that holds the address'))),
      key: z.optional(name.check(z.describe('Of sink webhook: the variable that holds the signing key'))),
      address: z.optional(
        line.check(
          z.regex(/^(?:udp|tcp):\/\/[A-Za-z0-9.:[\]-]+:\d{1,5}$/, {
            error: 'must be udp://host:port or tcp://host:port',
          }),
          z.describe('Of sink syslog: the server; udp://127.0.0.1:514 otherwise'),
        ),
      ),
    },
    mapping('audit'),
  )
}

/** `notify`: who is told what happens to secrets. */
export function notifyShape({ name }: Pick<Basics, 'name'>) {
  const channel = z
    .strictObject(
      {
        slack: z.optional(name.check(z.describe('The variable that holds the address of the webhook'))),
        webhook: z.optional(name.check(z.describe('The variable that holds the address'))),
        pagerduty: z.optional(name.check(z.describe('The variable that holds the integration key'))),
        key: z.optional(name.check(z.describe('Of webhook: the variable that holds the signing key'))),
      },
      mapping('an address'),
    )
    .check(
      z.refine(to => [to.slack, to.webhook, to.pagerduty].filter(one => one !== undefined).length === 1, {
        error: 'needs one of slack, webhook and pagerduty',
      }),
      z.refine(to => to.key === undefined || to.webhook !== undefined, {
        error: 'has a key, which only webhook takes',
      }),
    )
  return z.strictObject({ to: z.array(channel, { error: 'must be a list of addresses' }) }, mapping('notify'))
}
