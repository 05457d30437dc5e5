import { placeOf, type AssignmentNode, type Directive, type EnvDocument } from '../env-file/index.ts'
import type { Place } from '../errors.ts'
import { defaultForm, formatForm } from '../form.ts'
import { variableIn, type Manifest, type VariableFacts } from '../manifest/manifest.ts'
import type { Allowance, Schema, SchemaEntry } from './entry.ts'
import { inferType } from './infer-type.ts'
import { commentedRequirement } from './requirement.ts'
import { isSecretName } from './secret-names.ts'
import { specKeys, type ValueSpec } from './value-type.ts'

export interface SchemaSources {
  readonly template?: EnvDocument
  readonly manifest?: Manifest
  readonly environment: string
  /** Forms of the values that init generated, by name. */
  readonly generated?: ReadonlyMap<string, { readonly form: string }>
}

/**
 * What is known of every variable: the manifest counts most, then directives, then what the template shows. In the
 * order of the template, then of the manifest. Empty in the template means optional, unless a comment next to it or
 * the manifest says otherwise. Pure; entries hold no value of the template but their types.
 */
export function buildSchema(sources: SchemaSources): Schema {
  const { template, manifest } = sources
  const entries = new Map<string, SchemaEntry>()
  for (const node of template?.assignments ?? []) {
    // The last assignment of a name is the one that counts.
    if (template?.find(node.name) === node)
      entries.set(node.name, buildEntry(node.name, sources, factsOf(template, node)))
  }
  for (const node of template?.nodes ?? []) {
    if (template === undefined || node.kind !== 'commented-assignment') continue
    if (entries.has(node.name) || manifest?.variables.has(node.name) === true) continue
    const entry = buildEntry(node.name, sources, { at: placeOf(template.path, node) })
    entries.set(node.name, { ...entry, isCommented: true })
  }
  for (const { name, at } of manifest?.variables.values() ?? []) {
    if (!entries.has(name)) entries.set(name, buildEntry(name, sources, { at }))
  }
  return entries
}

/** What the template itself says of a variable. */
interface TemplateFacts {
  readonly at: Place
  readonly example?: string
  readonly requirement?: boolean
  readonly directives?: readonly Directive[]
}

function factsOf(template: EnvDocument, node: AssignmentNode): TemplateFacts {
  const requirement = commentedRequirement(template, node)
  return {
    at: placeOf(template.path, node),
    example: template.value(node),
    directives: template.directivesFor(node),
    ...(requirement === undefined ? {} : { requirement }),
  }
}

function buildEntry(name: string, sources: SchemaSources, template: TemplateFacts): SchemaEntry {
  const variable = sources.manifest?.variables.get(name)
  const declared = variable && variableIn(variable, sources.environment)
  const directives = template.directives ?? []
  const form = formOf(declared, directives) ?? sources.generated?.get(name)?.form
  const secret = declared?.secret ?? (form === undefined ? undefined : true)
  return {
    name,
    at: template.at,
    ...requirementOf(declared, template),
    secret: secret ?? isSecretName(name),
    isSecretDeclared: secret !== undefined,
    ...typeOf(name, declared, template.example),
    ...(form === undefined ? {} : { form }),
    isAsked: directives.some(({ verb }) => verb === 'ask'),
    ...(declared?.default === undefined ? {} : { default: declared.default }),
    ...relationsOf(name, declared, sources.manifest),
    ...(declared?.description === undefined ? {} : { description: declared.description }),
    isCommented: false,
    allows: allowancesOf(directives),
  }
}

const relationKeys = [
  'requiredWhen',
  'requiredWith',
  'lessThan',
  'equals',
  'differentFrom',
  'startsWith',
  'deprecated',
] as const

function relationsOf(
  name: string,
  declared: VariableFacts | undefined,
  manifest: Manifest | undefined,
): Pick<SchemaEntry, 'relations'> {
  if (declared === undefined) return {}
  const groups = manifest?.groups.filter(({ names }) => names[0] === name) ?? []
  const stated = relationKeys.filter(key => declared[key] !== undefined)
  if (stated.length === 0 && groups.length === 0) return {}
  const relations = Object.fromEntries(stated.map(key => [key, declared[key]]))
  return { relations: { ...relations, ...(groups.length === 0 ? {} : { groups }) } }
}

function formOf(declared: VariableFacts | undefined, directives: readonly Directive[]): string | undefined {
  if (declared?.generate !== undefined) return declared.generate
  const directive = directives.findLast(({ verb }) => verb === 'generate')
  return directive && (directive.args[0] ?? formatForm(defaultForm))
}

function requirementOf(
  declared: VariableFacts | undefined,
  { example, requirement, directives = [] }: TemplateFacts,
): Pick<SchemaEntry, 'required' | 'requiredBy'> {
  // The template may still show a name that another one is taking the place of.
  const isOptional = declared?.default !== undefined || declared?.deprecated !== undefined
  const said = declared?.required ?? (isOptional ? false : requirement)
  if (said !== undefined) return said ? { required: true, requiredBy: 'declared' } : { required: false }
  const isMade =
    declared?.generate !== undefined || directives.some(({ verb }) => verb === 'generate' || verb === 'ask')
  if (isMade) return { required: true, requiredBy: 'declared' }
  return example === undefined || example === ''
    ? { required: false }
    : { required: true, requiredBy: 'template' }
}

function typeOf(
  name: string,
  declared: VariableFacts | undefined,
  example: string | undefined,
): ValueSpec & Pick<SchemaEntry, 'isTypeDeclared'> {
  const spec = declared && specOf(declared)
  if (spec !== undefined && Object.keys(spec).length > 0) return { ...spec, isTypeDeclared: true }
  const type = example === undefined ? undefined : inferType(name, example)
  return { ...(type === undefined ? {} : { type }), isTypeDeclared: false }
}

function specOf(facts: VariableFacts): ValueSpec {
  return Object.fromEntries(specKeys.filter(key => facts[key] !== undefined).map(key => [key, facts[key]]))
}

/** `# secrets: allow weak type reason="…"` names one rule or several. */
export function allowancesOf(directives: readonly Directive[]): readonly Allowance[] {
  return directives
    .filter(({ verb }) => verb === 'allow')
    .flatMap(({ args, keys }) => {
      const named = args.length === 0 ? [''] : args
      return named.map(rule => ({ rule, reason: keys['reason'] ?? '' }))
    })
}
