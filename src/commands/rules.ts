import { factsText, type RuleExample, type RuleFacts } from '../rules/index.ts'
import { defineCommand, type Style } from './command.ts'
import { viewTable } from './table.ts'

interface RulesData {
  readonly rules: readonly (Omit<RuleFacts, 'examples'> & Partial<Pick<RuleFacts, 'examples'>>)[]
}

export const rules = defineCommand<RulesData>({
  name: 'rules',
  args: '[id]',
  summary: 'explain the rules of validate: why, from where, how to fix',
  group: 'Check',
  options: [],
  examples: [
    { line: 'secrets rules', note: 'all of them, with their level by environment' },
    { line: 'secrets rules cors', note: 'one, with examples' },
  ],
  async run(input) {
    const [id] = input.args
    const { listRules } = await import('../flows/rule-choice.ts')
    const found = await listRules(id)
    return {
      data: {
        rules: found.map(
          ({ id: one, title, severity, rationale, fix, source, names, isOfFile, examples }) => ({
            id: one,
            title,
            severity,
            rationale,
            fix,
            source,
            ...(names === undefined ? {} : { names }),
            ...(isOfFile === undefined ? {} : { isOfFile }),
            ...(id === undefined ? {} : { examples }),
          }),
        ),
      },
      exitCode: 0,
    }
  },
  view({ rules: shown }, style) {
    const [first] = shown
    if (first?.examples !== undefined) return viewRule({ ...first, examples: first.examples }, style)
    const rows = shown.map(({ id, severity, title }) => [
      id,
      severity.development,
      severity.test,
      severity.staging,
      severity.production,
      title,
    ])
    return viewTable(
      ['RULE', 'DEVELOPMENT', 'TEST', 'STAGING', 'PRODUCTION', 'WHAT IT ASKS FOR'],
      rows,
      style,
    )
  },
})

function viewRule(rule: RuleFacts, style: Style): string {
  const { id, title, severity, rationale, fix, source, names, isOfFile, examples } = rule
  const lines = [
    `${style.bold(id)}: ${title}`,
    '',
    `  why:     ${rationale}`,
    `  fix:     ${fix}`,
    `  source:  ${source.title}`,
    `           ${source.url}`,
    `  level:   ${Object.entries(severity)
      .map(([environment, level]) => `${environment} ${level}`)
      .join(', ')}`,
    ...(names === undefined ? [] : [`  names:   ${names.map(nameText).join(', ')}`]),
    '',
    isOfFile === true
      ? '  accept:  secrets validate --baseline known.json --update-baseline  (it is of the file, not of a variable)'
      : `  accept:  # secrets: allow ${id} reason="..."  (above the variable)`,
    `  change:  secrets validate --rule ${id}=off|info|warning|error, or rules: { ${id}: ... } in secrets.yaml`,
    ...viewExamples(style.bad('found'), examples.bad),
    ...viewExamples(style.good('fine'), examples.good),
  ]
  return `${lines.join('\n')}\n`
}

/** A family is written by the ends of its names. */
function nameText(name: string): string {
  return name.startsWith('=') ? name.slice(1) : `[*_]${name}`
}

function viewExamples(heading: string, examples: readonly RuleExample[]): readonly string[] {
  return examples.flatMap(
    ({ file, template, manifest, path, staging, compose, environment, code, facts = {} }) => {
      const texts: readonly (readonly [string, string | undefined])[] = [
        ['secrets.yaml', manifest],
        ['env.schema.mjs', code?.text],
        ['.env.example', template],
        [
          [path ?? `.env (${environment ?? 'development'})`, factsText(facts)].filter(Boolean).join(', '),
          file,
        ],
        ['.env.staging', staging],
        ['compose.yaml', compose],
      ]
      return [
        '',
        `  ${heading}`,
        ...texts.flatMap(([name, text]) =>
          text === undefined
            ? []
            : [
                `    ${name}`,
                ...text
                  .trimEnd()
                  .split('\n')
                  .map(line => `      ${line}`),
              ],
        ),
      ]
    },
  )
}
