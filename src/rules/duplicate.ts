import { atMost, findingAt, severityIn, type Finding, type Rule, type SeverityTable } from './rule.ts'
import type { ValueSource } from './source.ts'

const severity: SeverityTable = {
  development: 'warning',
  test: 'warning',
  staging: 'error',
  production: 'error',
}

export const duplicate: Rule = {
  id: 'duplicate',
  title: 'a name stands in a file once',
  severity,
  rationale: 'most readers take the last value, some the first; whoever edits the other line changes nothing',
  fix: 'keep one of the lines',
  source: {
    title: 'Docker Compose: environment variables precedence; dotenv',
    url: 'https://github.com/motdotla/dotenv#what-rules-does-the-parsing-engine-follow',
  },
  examples: {
    bad: [
      { file: 'LOG_LEVEL=info\nLOG_LEVEL=debug\n' },
      { file: 'A=1\nB=2\nA=3\n' },
      { file: 'export A=1\nA=2\n' },
      { file: 'A=1\nA=1\n' },
      { file: 'A=1\nA=\n', environment: 'production' },
    ],
    good: [
      { file: '# LOG_LEVEL=info\nLOG_LEVEL=debug\n' },
      { file: 'A=1\na=1\n' },
      { file: 'A=1\nA_OLD=1\n' },
      { file: 'TEXT="A=1\nA=2"\nA=3\n' },
      { file: '' },
    ],
  },
  check: ({ sources }) => sources.flatMap(checkSource),
}

function checkSource(source: ValueSource): readonly Finding[] {
  const lastOf = new Map(source.variables.map(variable => [variable.name, variable]))
  return source.variables
    .filter(({ isOverridden }) => isOverridden)
    .map(({ name, value, at }) => {
      const last = lastOf.get(name)
      const weight = severityIn(severity, source.environment)
      return findingAt(at, {
        rule: 'duplicate',
        severity: last?.value === value ? atMost(weight, 'warning') : weight,
        name,
        message: `"${name}" stands here again on line ${String(last?.at.line ?? 1)}, which counts`,
        fix: 'keep one of the lines',
      })
    })
}
