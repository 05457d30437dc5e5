import { findCycles } from '../core/references.ts'
import { everywhere, findingAt, type Finding, type Rule } from './rule.ts'
import { countedVariables, type ValueSource } from './source.ts'

export const cycle: Rule = {
  id: 'cycle',
  title: 'no value is made of itself',
  severity: everywhere('error'),
  rationale:
    'readers that expand references give such a value an empty part, what the process happens to have, or no end',
  fix: 'write the value out in one of the variables',
  source: {
    title: 'Docker Compose: interpolation in .env files',
    url: 'https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/',
  },
  examples: {
    bad: [
      { file: 'A=${B}\nB=${A}\n' },
      { file: 'HOST=${DOMAIN}\nDOMAIN="${SITE}:80"\nSITE=$HOST\n' },
      { file: 'A=${B:-1}\nB=x${A}\n', environment: 'production' },
      { file: 'PORT=1\nURL=http://${HOST}\nHOST=${URL}\n' },
      { file: 'A=1\nA=${B}\nB=${A}\n' },
    ],
    good: [
      { file: 'A=1\nB=${A}\nC=${B}${A}\n' },
      { file: 'LANG=${LANG}\n' },
      { file: "A='${B}'\nB=${A}\n" },
      { file: 'A=\\${B}\nB=${A}\n' },
      { file: 'A=${B}\nB=2\nB_URL=${A}\n' },
    ],
  },
  check: ({ sources }) => sources.flatMap(checkSource),
}

function checkSource(source: ValueSource): readonly Finding[] {
  // In the process environment everything is expanded already.
  if (source.kind === 'process') return []
  const variables = countedVariables(source).filter(({ isLiteral }) => isLiteral !== true)
  const cycles = findCycles(variables)
  return variables.flatMap(({ name, at }) => {
    const way = cycles.get(name)
    if (way === undefined) return []
    const shown = way.length > mostShown ? [...way.slice(0, mostShown), '…'] : way
    return [
      findingAt(at, {
        rule: 'cycle',
        severity: 'error',
        name,
        message: `"${name}" is made of itself: ${shown.join(' → ')}`,
        fix: 'write the value out in one of the variables',
      }),
    ]
  })
}

const mostShown = 6
