import { everywhere, findingAt, type Rule } from './rule.ts'

export const syntax: Rule = {
  id: 'syntax',
  title: 'every line can be read',
  severity: everywhere('error'),
  rationale: 'a line that readers skip sets nothing, and a directive that cannot be read is not obeyed',
  fix: 'correct the line, or make it a comment',
  examples: {
    bad: [{ file: 'PORT\n' }, { file: '# secrets: allow weak\nAPI_TOKEN=a\n' }],
    good: [{ file: '# a note\nexport PORT=1\n\n# secrets: keep\nNAME=a\n' }],
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
