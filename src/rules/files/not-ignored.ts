import type { Rule } from '../rule.ts'
import { butInTests, examplesOf, ofFiles } from './held.ts'

const id = 'not-ignored'
const severity = butInTests('warning', 'warning')

export const notIgnored: Rule = {
  id,
  title: 'git ignores a file that holds secrets',
  severity,
  isOfFile: true,
  rationale: 'the next "git add ." commits it',
  fix: 'add the file to .gitignore; secrets init does',
  source: {
    title: 'git: gitignore',
    url: 'https://git-scm.com/docs/gitignore',
  },
  examples: examplesOf({ git: 'open' }),
  check: ofFiles(id, severity, ({ facts }) =>
    facts?.git === 'open'
      ? {
          message: 'git does not ignore this file, which holds secrets',
          fix: 'secrets validate --fix, or add it to .gitignore',
        }
      : undefined,
  ),
}
