import { atMost, findingAt, severityIn, type Rule, type SeverityTable } from './rule.ts'
import { countedVariables } from './source.ts'

const severity: SeverityTable = {
  development: 'error',
  test: 'warning',
  staging: 'error',
  production: 'error',
}

export const empty: Rule = {
  id: 'empty',
  title: 'a required variable has a value',
  severity,
  rationale:
    'many programs read an empty variable as text, and fail far from the cause or run without protection',
  fix: 'give it a value, or say that it is optional',
  examples: {
    bad: [
      { template: '# required\nSMTP_HOST=\n', file: 'SMTP_HOST=\n' },
      { template: '# secrets: generate hex:32\nSESSION_SECRET=\n', file: 'SESSION_SECRET=\n' },
    ],
    good: [
      { template: 'SMTP_HOST=\n', file: 'SMTP_HOST=\n' },
      { template: '# only required if mails are sent\nSMTP_HOST=\n', file: 'SMTP_HOST=\n' },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(source =>
      countedVariables(source)
        .filter(({ value, entry }) => value.trim() === '' && entry?.required === true)
        .map(({ name, at, entry }) => {
          const weight = severityIn(severity, source.environment)
          return findingAt(at, {
            rule: 'empty',
            // The template's example shows only what the author uses.
            severity: entry?.requiredBy === 'template' ? atMost(weight, 'warning') : weight,
            name,
            message: `"${name}" is empty`,
            fix: `give it a value, or say required: false for ${name} in the manifest`,
          })
        }),
    ),
}
