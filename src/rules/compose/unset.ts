import type { ComposeProblem } from '../../core/compose/effective.ts'
import { atMost, everywhere, findingAt, severityIn, type Finding, type Rule } from '../rule.ts'
import { inService, interpolationSource } from './container-rule.ts'

const severity = everywhere('error')

export const composeUnset: Rule = {
  id: 'compose-unset',
  title: 'what the compose file refers to is there',
  severity,
  rationale: 'the service is not started, or gets an empty text where the value should be',
  fix: 'set the variable in .env, or give it a fallback',
  source: interpolationSource,
  examples: {
    bad: [
      { file: 'A=1\n', compose: inService('PORT: ${PORT:?is needed}') },
      { file: 'PORT=\n', compose: inService('PORT: ${PORT:?}') },
      { file: 'A=1\n', compose: inService('- HOST=${HOST}') },
      { file: 'A=1\n', compose: inService('PRICE: "5$ a day"') },
      { file: 'A=1\n', compose: 'services:\n  web:\n    env_file: nowhere.env\n' },
    ],
    good: [
      { file: 'PORT=80\n', compose: inService('PORT: ${PORT:?is needed}') },
      { file: 'A=1\n', compose: inService('PORT: ${PORT:-80}', 'HOST: ${HOST-}') },
      { file: 'A=1\n', compose: inService('PRICE: "5$$ a day"') },
      {
        file: 'A=1\n',
        compose: 'services:\n  web:\n    env_file: [{ path: nowhere.env, required: false }]\n',
      },
      { file: 'A=1\n', compose: inService('EXTRA: ${A:+more}', 'PORT:') },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(({ compose, environment }) =>
      (compose?.problems ?? []).map(problem => findingOf(problem, compose?.name ?? '', environment)),
    ),
}

function findingOf(problem: ComposeProblem, service: string, environment: string): Finding {
  const weight = severityIn(severity, environment)
  const rule = 'compose-unset'
  switch (problem.kind) {
    case 'unset': {
      const { name, variable, at, isRequired } = problem
      const subject = `"${variable}" of the service "${service}"`
      return findingAt(at, {
        ...{ rule, name: variable, severity: isRequired ? weight : atMost(weight, 'warning') },
        message: isRequired
          ? `${subject} needs "${name}", which is not set: Compose does not start it`
          : `${subject} refers to "${name}", which is not set: it gets an empty text`,
        fix: `set ${name} in .env, or give it a fallback`,
      })
    }
    case 'invalid':
      return findingAt(problem.at, {
        ...{ rule, name: problem.variable, severity: weight },
        message: `"${problem.variable}" of the service "${service}" has a "$" that Compose cannot read`,
        fix: 'write $$ for a dollar sign',
      })
    case 'env-file':
      return findingAt(problem.at, {
        ...{ rule, severity: atMost(weight, 'warning') },
        message: `the service "${service}" needs an env_file that is not here: what it sets is not known`,
        fix: 'run secrets init, or write required: false where it may be missing',
      })
    case 'include':
      return findingAt(problem.at, {
        ...{ rule, severity: atMost(weight, 'info') },
        message: 'the files that are included are not followed: their services are not checked',
        fix: 'name them too: --compose FILE',
      })
  }
}
