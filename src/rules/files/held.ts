import { strongValue } from '../example-values.ts'
import { findingAt, severityIn, type Finding, type Level, type LevelTable, type Rule } from '../rule.ts'
import type { FileFacts } from './facts.ts'
import { holdsSecret, type ValueSource } from '../source.ts'

/** A file that holds a secret, and one that holds none. */
export const secretFile = `SESSION_SECRET=${strongValue}\n`
const plainFile = 'PORT=8080\nSESSION_SECRET=\n'

/** Examples of a rule that looks at these facts wherever a file holds a secret, but for tests. */
export function examplesOf(facts: FileFacts): Rule['examples'] {
  return {
    bad: [
      { file: secretFile, facts },
      { file: secretFile, facts: { ...facts, mode: 0o600 } },
      { file: `PORT=1\n${secretFile}`, facts, environment: 'staging' },
      { file: secretFile, facts, environment: 'production' },
      { file: `export ${secretFile}`, facts },
    ],
    good: [
      { file: secretFile, facts: { git: 'ignored' } },
      { file: secretFile, facts: {} },
      { file: plainFile, facts },
      { file: secretFile, facts, environment: 'test' },
      { file: 'DB_PASSWORD=${VAULT_DB_PASSWORD}\n', facts },
    ],
  }
}

/** On one's own machine as elsewhere; test files hold dummies and are meant to be committed. */
export const butInTests = (development: Level, deployed: Level): LevelTable => ({
  development,
  test: 'off',
  staging: deployed,
  production: deployed,
})

/** What a rule says of a file that holds a secret, or nothing. */
type Judgement = { readonly message: string; readonly fix: string; readonly severity?: Finding['severity'] }

/** The check of a rule that looks at a whole file: one finding at its first line at most. */
export function ofFiles(
  id: string,
  levels: LevelTable,
  judge: (source: ValueSource) => Judgement | undefined,
): Rule['check'] {
  return ({ sources }) =>
    sources.flatMap(source => {
      const severity = severityIn(levels, source.environment)
      if (source.facts === undefined || severity === 'off' || !holdsSecret(source)) return []
      const found = judge(source)
      return found === undefined ? [] : [findingAt({ path: source.path }, { rule: id, severity, ...found })]
    })
}
