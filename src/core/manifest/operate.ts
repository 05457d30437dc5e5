import type { Place } from '../errors.ts'
import { readDuration } from '../duration.ts'
import { problemAt, type ManifestProblem } from './problem.ts'
import type { YamlNode } from './yaml-source.ts'

export const auditSinks = ['file', 'stdout', 'syslog', 'webhook'] as const
export type AuditSink = (typeof auditSinks)[number]

export interface AuditConfig {
  readonly sink: AuditSink
  /** As the manifest writes it, relative to the manifest. */
  readonly path?: string
  /** Milliseconds. */
  readonly retention?: number
  readonly reason?: string
  /** The NAME of the variable that holds the address. */
  readonly url?: string
  readonly key?: string
  readonly address?: string
  readonly at: Place
}

export const notifyKinds = ['slack', 'webhook', 'pagerduty'] as const
export type NotifyKind = (typeof notifyKinds)[number]

/** Who is told. Names of the variables that hold the address, or PagerDuty's key, and the key that signs. */
export interface NotifyTarget {
  readonly kind: NotifyKind
  readonly name: string
  readonly key?: string
}

export function readAudit(node: YamlNode | undefined): AuditConfig | undefined {
  if (node === undefined) return undefined
  const text = (key: string): string | undefined => {
    const value = node.children.get(key)?.value
    return typeof value === 'string' ? value : undefined
  }
  const written = text('retention')
  const retention = written === undefined ? undefined : readDuration(written)
  const others = (['path', 'reason', 'url', 'key', 'address'] as const).map(key => [key, text(key)] as const)
  return {
    at: node.keyAt,
    sink: (text('sink') ?? 'file') as AuditSink,
    ...(retention === undefined ? {} : { retention }),
    ...Object.fromEntries(others.filter(([, value]) => value !== undefined)),
  }
}

export function readNotifyTarget(node: YamlNode): NotifyTarget {
  const text = (key: string): string | undefined => {
    const value = node.children.get(key)?.value
    return typeof value === 'string' ? value : undefined
  }
  const kind = notifyKinds.find(one => text(one) !== undefined) ?? 'webhook'
  const key = text('key')
  return { kind, name: text(kind) ?? '', ...(key === undefined ? {} : { key }) }
}

/** Keys that belong to another sink, and a retention that needs a reason. */
export function checkAudit(
  audit: AuditConfig | undefined,
  node: YamlNode | undefined,
): readonly ManifestProblem[] {
  if (audit === undefined || node === undefined) return []
  const problems: ManifestProblem[] = []
  const needs = {
    path: 'file',
    retention: 'file',
    reason: 'file',
    url: 'webhook',
    key: 'webhook',
    address: 'syslog',
  }
  for (const [key, sink] of Object.entries(needs)) {
    const own = node.children.get(key)
    if (own === undefined || sink === audit.sink) continue
    problems.push(problemAt(own.keyAt, `"${key}" needs sink: ${sink}`))
  }
  if (audit.sink === 'webhook' && audit.url === undefined)
    problems.push(problemAt(audit.at, 'sink webhook needs "url": the variable that holds the address'))
  const kept = node.children.get('retention')
  if (kept !== undefined && audit.retention !== undefined && audit.retention < shortest && !audit.reason)
    problems.push(problemAt(kept.keyAt, '"retention" under 90d needs a "reason"'))
  return problems
}

/** 90 days. */
const shortest = 7_776_000_000
