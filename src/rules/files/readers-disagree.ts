import { everywhere, findingAt, severityIn, type Rule, type RuleExample } from '../rule.ts'
import type { FileFacts, ReaderConflict } from './facts.ts'

const id = 'readers-disagree'
const severity = everywhere('warning')

/** How a reader takes what the first one reads as a value. */
const ways = {
  'another-value': 'reads another value',
  expansion: 'puts other variables into it',
  nothing: 'cannot read the line',
} as const

const conflict = (others: ReaderConflict['others']): FileFacts => ({
  conflicts: [{ name: 'GREETING', at: { path: '.env', line: 1, column: 1 }, first: 'dotenv', others }],
})

const example = (file: string, ...others: ReaderConflict['others']): RuleExample => ({
  file: `${file}\n`,
  facts: conflict(others),
})

export const readersDisagree: Rule = {
  id,
  title: 'all declared readers of a file read the same value',
  severity,
  rationale:
    'a program that reads another value is refused by the one that checks it, on one machine and not on the next',
  fix: 'write the value in a way that all of them read alike, or declare fewer readers',
  source: {
    title: 'dotenv: What rules does the parsing engine follow?',
    url: 'https://github.com/motdotla/dotenv#what-rules-does-the-parsing-engine-follow',
  },
  examples: {
    bad: [
      example('GREETING="hello world"', { reader: 'docker', reads: 'another-value' }),
      example('GREETING=a$HOME', { reader: 'compose', reads: 'expansion' }),
      example('GREETING=hello world', { reader: 'bash', reads: 'nothing' }),
      example('export GREETING=hello', { reader: 'docker', reads: 'nothing' }),
      example('GREETING=a # b', { reader: 'docker', reads: 'another-value' }),
    ],
    good: [
      { file: 'GREETING=hello\n', facts: {} },
      { file: 'GREETING=hello-world\n', facts: { conflicts: [] } },
      { file: "GREETING='hello world'\n", facts: { conflicts: [] } },
      { file: 'GREETING="hello world"\n' },
      { file: 'PORT=80\n', facts: { conflicts: [] }, environment: 'production' },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(({ facts, environment }) =>
      (facts?.conflicts ?? []).map(({ name, at, first, others }) =>
        findingAt(at, {
          rule: id,
          severity: severityIn(severity, environment),
          name,
          message: `"${name}": ${others.map(({ reader, reads }) => `${reader} ${ways[reads]}`).join(', ')}, unlike ${first}`,
          fix: 'quote it otherwise, or use letters, digits, "-" and "_" only',
        }),
      ),
    ),
}
