import { atMost, type Rule } from '../rule.ts'
import { butInTests, ofFiles, secretFile } from './held.ts'

const id = 'file-mode'
const severity = butInTests('warning', 'error')
const group = 0o060
const others = 0o006

export const fileMode: Rule = {
  id,
  title: 'only its owner may use a file that holds secrets',
  severity,
  isOfFile: true,
  rationale:
    'every program of every user of the machine can read it, a service that was broken into included',
  fix: 'chmod 600 FILE',
  source: {
    title: 'CWE-732: Incorrect Permission Assignment for Critical Resource',
    url: 'https://cwe.mitre.org/data/definitions/732.html',
  },
  examples: {
    bad: [
      { file: secretFile, facts: { mode: 0o644 } },
      { file: secretFile, facts: { mode: 0o666 }, environment: 'production' },
      { file: `PORT=1\n${secretFile}`, facts: { mode: 0o604 }, environment: 'staging' },
      { file: secretFile, facts: { mode: 0o640 }, environment: 'production' },
      { file: secretFile, facts: { mode: 0o602 } },
    ],
    good: [
      { file: secretFile, facts: { mode: 0o600 } },
      { file: secretFile, facts: { mode: 0o400 }, environment: 'staging' },
      { file: secretFile, facts: {} },
      { file: 'PORT=8080\nSESSION_SECRET=\n', facts: { mode: 0o644 } },
      { file: secretFile, facts: { mode: 0o644 }, environment: 'test' },
    ],
  },
  check: ofFiles(id, severity, ({ path, facts, environment }) => {
    const mode = facts?.mode ?? 0
    if ((mode & (group | others)) === 0) return undefined
    const isForAll = (mode & others) !== 0
    const worst = environment === 'development' ? 'warning' : 'error'
    return {
      message: `${isForAll ? 'every user of this machine' : 'the group of this file'} may use it, and it holds secrets`,
      fix: `chmod 600 ${path}`,
      // A group is sometimes meant, as that of the service that reads it.
      ...(isForAll ? {} : { severity: atMost(worst, worst === 'error' ? 'warning' : 'info') }),
    }
  }),
}
