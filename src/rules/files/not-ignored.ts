import type { Rule } from '../rule.ts'
import { butInTests, ofFiles, plainFile, secretFile } from './held.ts'

const id = 'not-ignored'
const severity = butInTests('warning', 'warning')

export const notIgnored: Rule = {
  id,
  title: 'git ignores a file that holds secrets',
  severity,
  rationale: 'the next "git add ." commits it',
  fix: 'add the file to .gitignore; secrets init does',
  source: {
    title: 'git: gitignore',
    url: 'https://git-scm.com/docs/gitignore',
  },
  examples: {
    bad: [
      { file: secretFile, facts: { git: 'open' } },
      { file: secretFile, facts: { git: 'open', mode: 0o600 } },
      { file: `PORT=1\n${secretFile}`, facts: { git: 'open' }, environment: 'staging' },
      { file: secretFile, facts: { git: 'open' }, environment: 'production' },
      { file: `export ${secretFile}`, facts: { git: 'open' } },
    ],
    good: [
      { file: secretFile, facts: { git: 'ignored' } },
      { file: secretFile, facts: {} },
      { file: plainFile, facts: { git: 'open' } },
      { file: secretFile, facts: { git: 'open' }, environment: 'test' },
      { file: 'DB_PASSWORD=${VAULT_DB_PASSWORD}\n', facts: { git: 'open' } },
    ],
  },
  check: ofFiles(id, severity, ({ facts }) =>
    facts?.git === 'open'
      ? {
          message: 'git does not ignore this file, which holds secrets',
          fix: 'secrets validate --fix, or add it to .gitignore',
        }
      : undefined,
  ),
}
