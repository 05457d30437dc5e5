import { strongValue } from '../src/rules/example-values.ts'
import { factsText, loadRules, type RuleExample, type RuleFacts } from '../src/rules/index.ts'

const environments = ['development', 'test', 'staging', 'production'] as const

/** The text of docs/rules.md. A test holds the file in step; `npm run docs:rules` writes it. */
export async function rulesPage(): Promise<string> {
  const rules = await loadRules()
  return `# Rules

What \`secrets validate\` looks for, rule by rule; \`secrets rules <id>\` shows the same with every example. This page is generated
from the rules themselves (\`npm run docs:rules\`).

The level is that of the rule's worst finding; single findings may weigh less. \`off\`: the rule says nothing there, whatever stands
in the file. Any environment that is not called development, test or staging counts as production.

To change a rule for a project: \`rules: { cors: warning, debug: off }\` in \`secrets.yaml\`; for one run:
\`secrets validate --rule cors=warning\`. To accept one finding: \`# secrets: allow cors reason="…"\` on the line above the variable,
in the file or in its template; what is found of a whole file is accepted with a baseline (validate.md). Names of the project's own join a family with
\`rules: { jwt-algorithm: { names: [TOKEN_SIGNATURE] } }\`.

${rules.map(ruleText).join('\n')}`
}

function ruleText({ id, title, severity, rationale, fix, source, names, examples }: RuleFacts): string {
  const levels = environments.map(environment => `${environment} ${severity[environment]}`).join(', ')
  return `## ${id}

${sentence(title)}

- Why: ${sentence(rationale)}
- Fix: ${sentence(fix)}
- Source: [${source.title}](${source.url})
- Level: ${levels}
${names === undefined ? '' : `- Names: ${names.map(nameText).join(', ')}\n`}
Found:

${exampleText(examples.bad[0])}
Fine:

${exampleText(examples.good[0])}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** `*_` stands for any beginning; a name with `=` is whole. */
function nameText(name: string): string {
  return name.startsWith('=') ? `\`${name.slice(1)}\`` : `\`[*_]${name}\``
}

function exampleText(example: RuleExample | undefined): string {
  if (example === undefined) return ''
  const { template, manifest, file, path, staging, compose, environment, code, facts = {} } = example
  const texts = [
    ['secrets.yaml', manifest],
    ['env.schema.mjs', code?.text],
    ['.env.example', template],
    [[path ?? '.env', environment ?? 'development', factsText(facts)].filter(Boolean).join(', '), file],
    ['.env.staging', staging],
    ['compose.yaml', compose],
  ].flatMap(([name, text]) =>
    text === undefined || (compose !== undefined && text === '')
      ? []
      : [`# ${name ?? ''}\n${text.trimEnd()}`],
  )
  // A random value in a document would be taken for a leak.
  const shown = texts.join('\n\n').replaceAll(strongValue, '<32 random characters>')
  return `\`\`\`sh\n${shown}\n\`\`\`\n`
}
