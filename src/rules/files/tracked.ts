import type { Rule } from '../rule.ts'
import { butInTests, examplesOf, ofFiles } from './held.ts'

const id = 'tracked'
const severity = butInTests('error', 'error')

export const tracked: Rule = {
  id,
  title: 'git does not track a file that holds secrets',
  severity,
  isOfFile: true,
  rationale:
    'whoever may read the repository, now or later, has the values, and a later commit takes none back',
  fix: 'take it out of the index (git rm --cached FILE), ignore it, and rotate what stood in it',
  source: {
    title: 'GitHub: Removing sensitive data from a repository',
    url: 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository',
  },
  examples: examplesOf({ git: 'tracked' }),
  check: ofFiles(id, severity, ({ path, facts }) =>
    facts?.git === 'tracked'
      ? {
          message: 'git tracks this file, which holds secrets',
          fix: `git rm --cached ${path}, add it to .gitignore, and rotate what stands in it`,
        }
      : undefined,
  ),
}
