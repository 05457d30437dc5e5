import type { DiagnosisCheck, Finding } from '../../core/diagnosis.ts'
import type { Reply } from './reply.ts'

const checks: Readonly<Record<DiagnosisCheck, true>> = {
  trust: true,
  reachable: true,
  credentials: true,
  permission: true,
  clock: true,
  tls: true,
  limits: true,
  rotator: true,
  place: true,
  mode: true,
  git: true,
  identity: true,
}
const severities: readonly Finding['severity'][] = ['ok', 'info', 'warning', 'error']

/** A finding of `diagnose`. Its words are the adapter's own, and are shown. */
export function readFinding(reply: Reply, value: unknown): Finding {
  const { check, severity, subject, message, repair } = reply.fields(value, 'a finding')
  return {
    check: reply.oneOf(check, Object.keys(checks) as DiagnosisCheck[], 'check'),
    severity: reply.oneOf(severity, severities, 'severity'),
    message: reply.text(message, 'message'),
    ...reply.optional('subject', subject, reply.text),
    ...reply.optional('repair', repair, lines => readLines(reply, lines)),
  }
}

function readLines(reply: Reply, value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw reply.malformed('no list as repair')
  return value.map(line => reply.text(line, 'repair'))
}
