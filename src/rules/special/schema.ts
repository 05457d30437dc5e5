import { findPlaceholder } from '../../core/placeholder.ts'
import { hasReference, type CodeIssue } from '../../core/schema/index.ts'
import { everywhere, findingAt, severityIn, type Finding, type Rule, type RuleExample } from '../rule.ts'
import { countedVariables, type KnownVariable, type ValueSource } from '../source.ts'

const severity = everywhere('error')

const port: CodeIssue = { name: 'PORT', code: 'too_big', problem: 'must be at most 65535' }
const missing: CodeIssue = { name: 'TOKEN', code: 'missing', problem: 'is missing' }

/** Of the usual schema; what it says stands beside it, because it is not run here. */
function example(file: string, ...issues: readonly CodeIssue[]): RuleExample {
  const text = `import * as z from 'zod'\n\nexport default z.object({ PORT: z.coerce.number().max(65535), TOKEN: z.string().min(8) })\n`
  return { manifest: 'schema: ./env.schema.mjs', file, code: { text, issues } }
}

export const schema: Rule = {
  id: 'schema',
  title: "the values pass the project's schema in code",
  severity,
  rationale: 'the application checks the same schema when it starts, and would refuse to',
  fix: 'correct the value, or the schema',
  source: { title: 'Standard Schema', url: 'https://standardschema.dev' },
  examples: {
    bad: [
      example('PORT=70000\nTOKEN=kq3v8x2m\n', port),
      example('PORT=80\n', missing),
      example('PORT=70000\n', port, missing),
      { ...example('PORT=70000\nTOKEN=kq3v8x2m\n', port), environment: 'production' },
      example('PORT=80\nTOKEN=kq3v8x2m\n', {
        code: 'custom',
        problem: 'does not pass a check of the schema',
      }),
    ],
    good: [
      example('PORT=80\nTOKEN=kq3v8x2m\n'),
      example('PORT=${WEB_PORT}\nTOKEN=kq3v8x2m\n', port),
      example('PORT=80\nTOKEN_FILE=/run/secrets/token\n', missing),
      example('PORT=<your port>\nTOKEN=kq3v8x2m\n', port),
      { file: 'PORT=70000\n' },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(source => (source.code?.issues ?? []).flatMap(issue => findingsOf(issue, source))),
}

function findingsOf(issue: CodeIssue, source: ValueSource): readonly Finding[] {
  const { name, problem } = issue
  const facts = { rule: 'schema', severity: severityIn(severity, source.environment) } as const
  if (name === undefined) {
    return [
      findingAt(
        { path: source.path },
        { ...facts, message: `the variables together: ${problem}`, fix: 'look for the check in the schema' },
      ),
    ]
  }
  const variable = variablesOf(source).get(name)
  if (variable !== undefined) {
    if (hasReference(variable.value) || findPlaceholder(variable.value)?.kind === 'placeholder') return []
    const isEmpty = issue.code === 'missing'
    const message = isEmpty ? `"${name}" is empty` : `"${name}" ${problem}`
    return [findingAt(variable.at, { ...facts, name, message, fix: 'correct the value, or the schema' })]
  }
  // The companion of a rotation, or one whose value stands in a file of its own.
  if (source.variables.some(one => one.name === name || one.name === `${name}_FILE`)) return []
  return [
    findingAt(source.code?.at ?? { path: source.path }, {
      ...facts,
      name,
      message: `"${name}" ${problem} in ${source.path}`,
      fix: `write ${name}=… there, or make it optional in the schema`,
    }),
  ]
}

function variablesOf(source: ValueSource): ReadonlyMap<string, KnownVariable> {
  return new Map(countedVariables(source).map(variable => [variable.name, variable]))
}
