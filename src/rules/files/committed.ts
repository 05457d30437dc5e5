import type { Rule } from '../rule.ts'
import { butInTests, examplesOf, ofFiles } from './held.ts'

const id = 'committed'
const severity = butInTests('warning', 'warning')

export const committed: Rule = {
  id,
  title: 'a file with secrets was never committed',
  severity,
  isOfFile: true,
  rationale: 'what is out of the index is still in the history, and in every clone of it',
  fix: 'rotate every value that stood there; then turn the rule off for this project, or rewrite the history',
  source: {
    title: 'GitHub: Removing sensitive data from a repository',
    url: 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository',
  },
  examples: examplesOf({ git: 'ignored', commit: '1a2b3c4' }),
  // A file that is tracked now has a finding that weighs more.
  check: ofFiles(id, severity, ({ path, facts }) =>
    facts?.commit !== undefined && facts.git !== 'tracked'
      ? {
          message: `the history of git has this file, last in commit ${facts.commit}`,
          fix: `rotate every value that stood there: git show ${facts.commit} -- ${path}`,
        }
      : undefined,
  ),
}
