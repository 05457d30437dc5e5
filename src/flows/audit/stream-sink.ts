import type { Context } from '../../context.ts'
import { type AuditDraft, type ChainPoint, chainStart, sealEntry } from '../../core/audit/entry.ts'
import { SecretsError } from '../../core/errors.ts'
import type { AuditConfig } from '../../core/manifest/operate.ts'
import { jsonHeaders, type PostEnd } from '../../core/notify/receiver.ts'
import { signed } from '../../core/notify/webhook.ts'
import { Secret } from '../../core/secret.ts'
import { createKey, readKey } from './key.ts'
import type { AuditSinkPort } from './log.ts'

type Send = (lines: readonly string[]) => Promise<PostEnd>

/**
 * The log as lines that somebody else keeps. Each process begins a chain of its own: what was changed or removed within
 * a run can be seen, a run that is missing as a whole cannot.
 */
export function streamSink(context: Context, audit: AuditConfig): AuditSinkPort {
  const send = senderOf(context, audit)
  let point: ChainPoint = chainStart
  return {
    async write(drafts: readonly AuditDraft[]) {
      const key = (await readKey(context)) ?? (await createKey(context))
      const lines: string[] = []
      const numbers: number[] = []
      let next = point
      for (const draft of drafts) {
        const sealed = sealEntry(draft, next, key)
        next = sealed.point
        lines.push(sealed.line)
        numbers.push(next.seq)
      }
      const end = await send(lines)
      if (!end.isDelivered) throw undelivered(audit, end.why)
      point = next
      return numbers
    },
  }
}

function senderOf(context: Context, { sink, address, url, key }: AuditConfig): Send {
  switch (sink) {
    case 'syslog':
      return lines =>
        context.outbox.syslog(
          address ?? 'udp://127.0.0.1:514',
          lines.map(line => syslogText(line)),
        )
    case 'webhook':
      return async lines => {
        const at = new Date(context.clock.now()).toISOString()
        const body = new Secret(`{"schema":1,"entries":[${lines.join(',')}]}`)
        const to = variable(context, url ?? '')
        if (to === undefined) return { isDelivered: false, why: `${url ?? ''} is not in the environment` }
        const signer = key === undefined ? undefined : variable(context, key)
        if (key !== undefined && signer === undefined)
          return { isDelivered: false, why: `${key} is not in the environment` }
        return await context.outbox.post(signed({ url: to, headers: jsonHeaders, body }, at, signer))
      }
    case 'stdout':
    case 'file':
      return async lines => {
        const text = lines.map(line => `${line}\n`).join('')
        await context.journal.print(isStdoutFree(context) ? 'stdout' : 'stderr', text)
        return { isDelivered: true }
      }
  }
}

const changing = new Set(['rotate', 'retire', 'rollback', 'set', 'delete', 'push'])

/** Where stdout is a value, a document or a program's, entries go to stderr. */
function isStdoutFree({ command, options }: Context): boolean {
  return !options.json && changing.has(command)
}

/** Only the process's own environment: to ask a store for it would be an event of its own. */
function variable({ env }: Context, name: string): Secret | undefined {
  const value = env[name]
  return value === undefined || value === '' ? undefined : new Secret(value)
}

/** RFC 5424, facility authpriv, severity notice. */
function syslogText(line: string): string {
  const { timestamp, host } = JSON.parse(line) as { timestamp: string; host: string }
  const name = host.replaceAll(/[^\x21-\x7e]/g, '-').slice(0, 255)
  return `<85>1 ${timestamp} ${name === '' ? '-' : name} secrets - audit - ${line}`
}

function undelivered({ sink }: AuditConfig, why: string): SecretsError {
  return new SecretsError('audit.unwritable', `the audit log cannot be written to ${sink}: ${why}`, {
    hints: ['nothing is read or changed without it', 'check the sink, or name another one in the manifest'],
  })
}
