import { everywhere, findingAt, type Rule } from './rule.ts'

export const syntax: Rule = {
  id: 'syntax',
  title: 'every line can be read',
  severity: everywhere('error'),
  rationale: 'a line that readers skip sets nothing, and a directive that cannot be read is not obeyed',
  fix: 'correct the line, or make it a comment',
  source: {
    title: 'dotenv: rules of the file format',
    url: 'https://github.com/motdotla/dotenv#what-rules-does-the-parsing-engine-follow',
  },
  examples: {
    bad: [
      { file: 'PORT\n' },
      { file: '# secrets: allow weak\nAPI_TOKEN=a\n' },
      { file: '= value\n' },
      { file: 'A B=1\n' },
      { file: '# secrets: nonsense\nA=1\n' },
    ],
    good: [
      { file: '# a note\nexport PORT=1\n\n# secrets: keep\nNAME=a\n' },
      { file: 'export A=1\n' },
      { file: 'A=\n' },
      { file: '# nothing but a comment\n' },
      { file: 'TEXT="two\nlines"\n' },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(({ unread }) =>
      unread.map(({ at, directiveProblem }) =>
        directiveProblem === undefined
          ? findingAt(at, {
              rule: 'syntax',
              severity: 'warning',
              message: 'this line is neither a comment nor an assignment, and readers skip it',
              fix: 'write NAME=value, or put # in front of it',
            })
          : findingAt(at, {
              rule: 'syntax',
              severity: 'error',
              message: `this directive cannot be read: ${directiveProblem}`,
              fix: 'write # secrets: <verb> [argument…] [key="text"]',
            }),
      ),
    ),
}
