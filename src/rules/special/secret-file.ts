import { everywhere, findingAt, severityIn, type Rule, type RuleExample, type Severity } from '../rule.ts'
import type { SecretFileFact } from '../source.ts'

const severity = everywhere('error')

function example(problem?: SecretFileFact['problem']): RuleExample {
  const file = 'TOKEN_FILE=/run/secrets/token\n'
  return problem === undefined ? { file } : { file, secretFiles: [{ name: 'TOKEN', problem }] }
}

const texts: Readonly<Record<SecretFileFact['problem'], readonly [string, Severity, string]>> = {
  missing: ['names a file that is not there', 'error', 'mount the secret, or correct the path'],
  unreadable: ['names what is no readable text', 'error', 'it has to be a file with text in UTF-8'],
  'too-large': ['names a file of more than 1 MiB', 'error', 'name the file with the secret itself'],
  empty: ['names a file without a value', 'error', 'write the value into it'],
  writable: ['names a file that others may write', 'warning', 'take the right away: chmod o-w'],
  readable: ['names a file that everybody on the machine may read', 'info', 'take the right away: chmod o-r'],
}

export const secretFile: Rule = {
  id: 'secret-file',
  title: 'the file that holds a secret is there and can be read',
  severity,
  rationale:
    'the application reads it at its start, and fails far from the cause or runs with an empty secret',
  fix: 'mount the file that NAME_FILE names, with the value and at most one line end behind it',
  source: {
    title: 'Docker: Manage sensitive data with Docker secrets',
    url: 'https://docs.docker.com/engine/swarm/secrets/',
  },
  examples: {
    bad: [
      example('missing'),
      example('unreadable'),
      example('too-large'),
      example('empty'),
      example('writable'),
    ],
    good: [
      example(),
      { file: 'LOG_FILE=/var/log/app.log\n' },
      { file: 'TOKEN_FILE=/run/secrets/token\n', environment: 'production' },
      { file: 'TOKEN_FILE=\n' },
      { template: 'TOKEN=\n', file: 'TOKEN_FILE=token.txt\n' },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(({ secretFiles = [], path, environment }) =>
      secretFiles.map(({ name, problem }) => {
        const [text, weight, fix] = texts[problem]
        return findingAt(
          { path },
          {
            rule: 'secret-file',
            severity: weight === 'error' ? severityIn(severity, environment) : weight,
            name: `${name}_FILE`,
            message: `"${name}_FILE" ${text}`,
            fix,
          },
        )
      }),
    ),
}
