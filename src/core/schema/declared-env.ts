import { chooseEnvironment } from '../environment.ts'
import type { Instant } from '../instant.ts'
import { checkValue } from './check-value.ts'
import type { CodeIssue } from './code-issue.ts'
import { readDeclared, type DeclaredEnv } from './declared.ts'
import type { Schema, SchemaEntry } from './entry.ts'
import { checkRelations } from './relations.ts'
import { readBoolean } from './types/boolean.ts'
import { itemsOf } from './types/list.ts'
import type { ValueType } from './value-type.ts'

type Look = (name: string) => string | undefined

/** What the declarations say of the values of a process, and the values in their types. Pure. */
export function judgeDeclared(
  declared: DeclaredEnv,
  look: Look,
  now: Instant,
): { readonly value: Readonly<Record<string, unknown>>; readonly issues: readonly CodeIssue[] } {
  const environments = Object.keys(declared.environments ?? {})
  const { name: environment } = chooseEnvironment({ valueOf: look, declared: environments })
  const schema = readDeclared(declared, environment)
  const oldNames = oldNamesOf(schema)
  const textOf: Look = name => look(name) ?? look(oldNames.get(name) ?? '')
  const issues: CodeIssue[] = []
  const values: [string, unknown][] = []
  for (const entry of schema.values()) {
    const text = textOf(entry.name) ?? entry.default
    const { value, issue } = judgeOne(entry, text, now)
    if (issue !== undefined) issues.push(issue)
    else if (value !== undefined) values.push([entry.name, value])
  }
  const related = checkRelations(schema, name => {
    const value = look(name)
    return value === undefined ? { isSet: false } : { isSet: true, value }
  })
  // An old name still works.
  for (const { relation, name, problem } of related)
    if (relation !== 'deprecated') issues.push({ name, code: relation, problem })
  return { value: Object.fromEntries(values), issues }
}

function oldNamesOf(schema: Schema): ReadonlyMap<string, string> {
  return new Map(
    [...schema.values()].flatMap(({ name, relations }) =>
      relations?.deprecated === undefined ? [] : [[relations.deprecated, name] as const],
    ),
  )
}

interface Judged {
  readonly value?: unknown
  readonly issue?: CodeIssue
}

function judgeOne(entry: SchemaEntry, text: string | undefined, now: Instant): Judged {
  const { name } = entry
  if (text === undefined || text === '')
    return entry.required ? { issue: { name, code: 'missing', problem: 'is missing' } } : {}
  const found = checkValue(entry, text, now)
  if (found !== undefined) return { issue: { name, code: 'type', problem: found.problem } }
  const value = valueOf(entry.type, text, entry)
  if (value !== undefined) return { value }
  return {
    issue: { name, code: 'type', problem: 'has a reference to another variable, which nobody has expanded' },
  }
}

/** `undefined` where the text is of another type, which only a reference that is not expanded can be here. */
function valueOf(
  type: ValueType | undefined,
  text: string,
  entry: Pick<SchemaEntry, 'items' | 'separator'>,
): unknown {
  switch (type) {
    case 'integer':
    case 'number':
    case 'port':
      return Number.isNaN(Number(text)) ? undefined : Number(text)
    case 'boolean':
      return readBoolean(text)
    case 'list': {
      const items = itemsOf(text, entry)?.map(item => valueOf(entry.items, item, {}))
      return items === undefined || items.includes(undefined) ? undefined : items
    }
    case 'json':
      return readJson(text)
    default:
      return text
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The TypeScript type of what `valueOf` gives. */
function typeOf({ type, items, values }: Pick<SchemaEntry, 'type' | 'items' | 'values'>): string {
  switch (type) {
    case 'integer':
    case 'number':
    case 'port':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'list':
      return `readonly ${items === undefined ? 'string' : typeOf({ type: items })}[]`
    case 'json':
      return 'unknown'
    default:
      return values === undefined ? 'string' : values.map(value => JSON.stringify(value)).join(' | ')
  }
}

/** The text of `env.d.ts`: what `loadEnv` gives for these declarations, and the names in `process.env`. */
export function declaredTypes(declared: DeclaredEnv, header: string): string {
  const { variables, environments = {} } = declared
  const everywhere = Object.values(environments)
  const lines = Object.entries(variables).map(([name, base]) => {
    const all = [base, ...everywhere.flatMap(own => own[name] ?? [])]
    const isSure = all.every(facts => facts.required === true || facts.default !== undefined)
    const type = [...new Set(all.map(typeOf))].join(' | ')
    const text = base.description?.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ').trim()
    return { name, type, isSure, comment: text === undefined || text === '' ? [] : [`/** ${text} */`] }
  })
  const own = lines.flatMap(({ name, type, isSure, comment }) => [
    ...comment.map(text => `    ${text}`),
    `    readonly ${name}${isSure ? '' : '?'}: ${type}`,
  ])
  const raw = lines.map(({ name }) => `      readonly ${name}?: string`)
  return `${[
    `// ${header}`,
    "import '@dualkey/secrets/env'",
    '',
    "declare module '@dualkey/secrets/env' {",
    '  interface Env {',
    ...own,
    '  }',
    '}',
    '',
    'declare global {',
    '  namespace NodeJS {',
    '    interface ProcessEnv {',
    ...raw,
    '    }',
    '  }',
    '}',
  ].join('\n')}\n`
}
