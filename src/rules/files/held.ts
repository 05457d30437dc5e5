import { strongValue } from '../example-values.ts'
import { findingAt, severityIn, type Finding, type Level, type LevelTable, type Rule } from '../rule.ts'
import { holdsSecret, type ValueSource } from '../source.ts'

/** For examples: a file that holds a secret, and one that holds none. */
export const secretFile = `SESSION_SECRET=${strongValue}\n`
export const plainFile = 'PORT=8080\nSESSION_SECRET=\n'

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
