import { readInstant } from '../../core/instant.ts'
import { previousName } from '../../core/names.ts'
import { strongValue } from '../example-values.ts'
import { findingAt, severityIn, type Finding, type Rule, type SeverityTable } from '../rule.ts'
import type { ValueSource } from '../source.ts'

const severity: SeverityTable = {
  development: 'warning',
  test: 'info',
  staging: 'warning',
  production: 'error',
}

const current = `API_SECRET=${strongValue}\n`
const old = `API_SECRET_OLD=${strongValue.slice(16)}${strongValue.slice(0, 16)}\n`
const record = (until: string): string =>
  `# secrets: rotation API_SECRET id=a check=b until=${until} prev=c/d\n`

export const graceOver: Rule = {
  id: 'grace-over',
  title: 'the previous value is gone when its grace period is over',
  severity,
  rationale: 'a value that was replaced, perhaps because it leaked, still opens the door',
  fix: 'remove it: secrets rotate --due, or secrets retire NAME',
  source: {
    title: 'OWASP Secrets Management Cheat Sheet: rotation and revocation',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html',
  },
  // The registry's test checks examples as of 2026-01-01.
  examples: {
    bad: [
      { file: `${current}${old}API_SECRET_OLD_UNTIL=2025-12-31T00:00:00Z\n` },
      { file: `${record('2025-12-31T23:59:59Z')}${current}${old}` },
      { file: `${current}${old}API_SECRET_OLD_UNTIL=2020-01-01T00:00:00Z\n`, environment: 'production' },
      { file: `API_SECRET_OLD_UNTIL=2025-06-01T00:00:00Z\n${old}${current}`, environment: 'staging' },
      { file: `${record('2025-01-01T00:00:00Z')}${current}${old}`, environment: 'test' },
    ],
    good: [
      { file: `${current}${old}API_SECRET_OLD_UNTIL=2026-01-02T00:00:00Z\n` },
      { file: `${record('2026-01-02T00:00:00Z')}${current}${old}` },
      { file: `${record('2025-12-31T00:00:00Z')}${current}` },
      { file: `${current}${old}` },
      { file: `${current}API_SECRET_OLD=\nAPI_SECRET_OLD_UNTIL=2025-12-31T00:00:00Z\n` },
      { file: `${current}${old}API_SECRET_OLD_UNTIL=soon\n` },
    ],
  },
  check: ({ sources, now }) => (now === undefined ? [] : sources.flatMap(source => checkSource(source, now))),
}

function checkSource(source: ValueSource, now: number): readonly Finding[] {
  const counting = source.variables.filter(({ isOverridden }) => !isOverridden)
  const inGrace = counting.filter(
    ({ name, graceUntil }) => graceUntil !== undefined || name.endsWith('_OLD_UNTIL'),
  )
  if (inGrace.length === 0) return []
  const byName = new Map(counting.map(variable => [variable.name, variable]))
  const deadlines = new Map(
    inGrace.map(({ name, value, graceUntil }) =>
      graceUntil === undefined
        ? [name.slice(0, -'_UNTIL'.length), readInstant(value.trim())]
        : [previousName(name), readInstant(graceUntil)],
    ),
  )
  return [...deadlines].flatMap(([name, deadline]) => {
    const previous = byName.get(name)
    if (deadline === undefined || deadline > now || previous === undefined || previous.value === '') return []
    return [
      findingAt(previous.at, {
        rule: 'grace-over',
        severity: severityIn(severity, source.environment),
        name,
        message: `"${name}" is still there after its grace period`,
        fix: `remove it: secrets retire ${name.slice(0, -'_OLD'.length)}`,
      }),
    ]
  })
}
