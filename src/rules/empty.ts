import { fileInUse } from '../core/file-names.ts'
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
  source: {
    title: 'CWE-1188: Initialization of a Resource with an Insecure Default',
    url: 'https://cwe.mitre.org/data/definitions/1188.html',
  },
  examples: {
    bad: [
      { template: '# required\nSMTP_HOST=\n', file: 'SMTP_HOST=\n' },
      { template: '# secrets: generate hex:32\nSESSION_SECRET=\n', file: 'SESSION_SECRET=\n' },
      { template: '# required\nA=\n', file: 'A=""\n' },
      { template: '# secrets: ask\nSMTP_PASSWORD=\n', file: 'SMTP_PASSWORD=\n' },
      { manifest: 'variables: { PORT: { required: true } }', file: 'PORT=\n', environment: 'production' },
    ],
    good: [
      { template: 'SMTP_HOST=\n', file: 'SMTP_HOST=\n' },
      { template: '# only required if mails are sent\nSMTP_HOST=\n', file: 'SMTP_HOST=\n' },
      { file: 'A=\n' },
      { template: '# required\nA=\n', file: 'A=1\n' },
      { template: '# optional\nA=1\n', file: 'A=\n' },
      { template: '# required\nA=\n', file: 'A=\nA_FILE=/run/secrets/a\n' },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(source => {
      const variables = countedVariables(source)
      const values = new Map(variables.map(({ name, value }) => [name, value]))
      return variables
        .filter(({ value, entry }) => value.trim() === '' && entry?.required === true)
        .filter(({ name }) => fileInUse(name, each => values.get(each)) === undefined)
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
        })
    }),
}
