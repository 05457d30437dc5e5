import { type Decision, deriveValue } from './classifier/index.ts'
import {
  type AssignmentNode,
  EditSession,
  encodeValue,
  type EnvDocument,
  type EnvNode,
  type ReaderId,
} from './env-file/index.ts'
import { placeOf } from './env-file/index.ts'
import { SecretsError } from './errors.ts'
import { fileInUse } from './file-names.ts'
import { withheldTemplate } from './init-withhold.ts'
import { findPlaceholder } from './placeholder.ts'
import { isSecretName } from './schema/secret-names.ts'

/** Values to be put in, by variable: freshly generated ones and those that a person gave. */
export type NewValues = ReadonlyMap<string, string>

/** A variable that only a person or an outside service can supply, and that nobody has supplied yet. */
export interface Need {
  readonly name: string
  readonly line: number
  readonly reason: string
}

export interface FillSource {
  readonly template: EnvDocument
  /** The target as it stands; undefined where it is still to be made. */
  readonly existing: EnvDocument | undefined
  readonly environment: string
  readonly readers: readonly ReaderId[]
  /** Values that take the place of what stands in the target, because somebody agreed to it. */
  readonly replacements?: ReadonlyMap<string, string>
}

export interface Filled {
  readonly document: EnvDocument
  /** Variables that the file did not have before; all of them where it is new. */
  readonly added: readonly string[]
  /** Variables whose value was put in, generated, derived or given. */
  readonly filled: readonly string[]
  readonly needs: readonly Need[]
}

/**
 * Fills a target from its template. A value that stands in the target is never overwritten, an
 * empty one is filled, and what the template has gained is added with its comment behind the variable that precedes
 * it in the template. Pure; the same input gives the same document.
 */
export function fillTarget(source: FillSource, decisions: readonly Decision[], values: NewValues): Filled {
  const { existing, readers } = source
  const wanted = wantedValues(source.template, existing, decisions, values)
  const template = withheldTemplate(source.template, decisions)
  const base = existing ?? template
  const session = new EditSession(base)
  const filled: string[] = []
  for (const node of lastAssignments(base)) {
    const replacement = source.replacements?.get(node.name)
    const isFree = existing === undefined || base.value(node) === ''
    const value = replacement ?? (isFree ? wanted.get(node.name) : undefined)
    if (value === undefined) continue
    session.setValue(node, encode(base, node, value, readers))
    filled.push(node.name)
  }
  const added = existing === undefined ? [] : addMissing(session, template, existing, wanted, readers)
  const document = session.apply()
  return {
    document,
    added: existing === undefined ? document.assignments.map(({ name }) => name) : added,
    filled: [...filled, ...added.filter(name => wanted.has(name))],
    needs: findNeeds(source, document, decisions),
  }
}

/** Which variables get a new value: those without one in the target whose decision or answer has one. */
function wantedValues(
  template: EnvDocument,
  existing: EnvDocument | undefined,
  decisions: readonly Decision[],
  values: NewValues,
): ReadonlyMap<string, string> {
  const wanted = new Map(values)
  // A password that stands in the target already is the one that a URL beside it must contain.
  const known = new Map(values)
  for (const [name, value] of existing?.values() ?? []) if (value !== '') known.set(name, value)
  for (const decision of decisions) {
    const node = template.find(decision.name)
    if ((decision.value ?? '') !== '' && !wanted.has(decision.name))
      wanted.set(decision.name, decision.value ?? '')
    if (decision.decision !== 'derive' || node === undefined || wanted.has(decision.name)) continue
    const derived = deriveValue(decision, template.value(node), known)
    if (derived !== undefined) wanted.set(decision.name, derived)
  }
  return wanted
}

/** The names that a fill would need a value for: not in the target yet, or empty there, and in no file that it names. */
export function namesWithoutValue(
  existing: EnvDocument | undefined,
  names: readonly string[],
): readonly string[] {
  if (existing === undefined) return names
  const values = existing.values()
  return names.filter(
    name => (values.get(name) ?? '') === '' && fileInUse(name, each => values.get(each)) === undefined,
  )
}

function lastAssignments(document: EnvDocument): readonly AssignmentNode[] {
  return document.assignments.filter(node => document.find(node.name) === node)
}

interface AddSource {
  readonly template: EnvDocument
  readonly existing: EnvDocument
  /** Every line and assignment of the target. */
  readonly known: ReadonlySet<string>
}

function addMissing(
  session: EditSession,
  template: EnvDocument,
  existing: EnvDocument,
  wanted: ReadonlyMap<string, string>,
  readers: readonly ReaderId[],
): readonly string[] {
  const added: string[] = []
  const values = existing.values()
  const known = new Set(existing.nodes.map(node => existing.sourceText(node).trim()))
  let anchor: AssignmentNode | undefined
  for (const node of lastAssignments(template)) {
    const present = existing.find(node.name)
    if (present !== undefined) {
      anchor = companionOf(existing, present)
      continue
    }
    if (fileInUse(node.name, each => values.get(each)) !== undefined) continue
    const lines = blockOf({ template, existing, known }, node, wanted.get(node.name), readers)
    const next = anchor === undefined ? firstPresent(template, existing) : undefined
    if (anchor !== undefined) session.insertAfter(anchor, lines)
    else if (next === undefined) session.append(lines)
    else session.insertBefore(next, lines)
    added.push(node.name)
  }
  return added
}

/** The first lines of the first variable that both have: what the template has before it goes before it. */
function firstPresent(template: EnvDocument, existing: EnvDocument): EnvNode | undefined {
  const node = template.assignments.flatMap(({ name }) => existing.find(name) ?? [])[0]
  if (node === undefined) return undefined
  let at = existing.indexOf(node)
  while (commentKinds.has(existing.nodes[at - 1]?.kind ?? 'blank')) at -= 1
  return existing.nodes[at]
}

/** New lines go below `X_OLD`, which belongs directly under `X`. */
function companionOf(document: EnvDocument, node: AssignmentNode): AssignmentNode {
  const next = document.nodes[document.indexOf(node) + 1]
  return next?.kind === 'assignment' && next.name === `${node.name}_OLD` ? next : node
}

/**
 * A variable of the template with its own line and the new value: the comment lines directly above it, and the titles and
 * introductions above those that the target has not got yet, with the blank lines between.
 */
function blockOf(
  { template, existing, known }: AddSource,
  node: AssignmentNode,
  value: string | undefined,
  readers: readonly ReaderId[],
): readonly string[] {
  const block: EnvNode[] = [node]
  let paragraph: EnvNode[] = []
  for (let at = template.indexOf(node) - 1; ; at -= 1) {
    const above = template.nodes[at]
    const isComment = above !== undefined && commentKinds.has(above.kind)
    if (isComment) {
      paragraph.unshift(above)
      continue
    }
    const isOwn = block[0] === node || paragraph.some(each => !known.has(template.sourceText(each).trim()))
    if (paragraph.length > 0 && !isOwn) break
    block.unshift(...paragraph)
    paragraph = []
    if (above?.kind !== 'blank') break
    block.unshift(above)
  }
  // One blank line between what was there and what is new, where the template has one.
  const source = block.map(each => template.sourceText(each)).join('')
  const text =
    value === undefined ? source : withValue(template, block, node, encode(template, node, value, readers))
  const lines = text.replace(/(?:\r\n|\r|\n)$/, '').split(/\r\n|\r|\n/)
  const first = lines.findIndex(line => line.trim() !== '')
  return first > 0 && existing.nodes.length > 0 ? ['', ...lines.slice(first)] : lines.slice(first)
}

const commentKinds: ReadonlySet<EnvNode['kind']> = new Set(['comment', 'commented-assignment', 'directive'])

function withValue(
  template: EnvDocument,
  block: readonly EnvNode[],
  node: AssignmentNode,
  encoded: string,
): string {
  const edited = new EditSession(template).setValue(node, encoded).apply()
  const first = template.indexOf(block[0] ?? node)
  return edited.nodes
    .slice(first, first + block.length)
    .map(each => edited.sourceText(each))
    .join('')
}

function encode(
  document: EnvDocument,
  node: AssignmentNode,
  value: string,
  readers: readonly ReaderId[],
): string {
  // A key stands on one line where readers know `\n`, which only double quotes can say.
  const quote = node.quote === 'none' && value.includes('\n') ? 'double' : node.quote
  const encoded = encodeValue(value, readers, quote)
  if ('text' in encoded) return encoded.text
  throw new SecretsError(
    'env_file.unsupported_value',
    `the value of "${node.name}" cannot be written so that ${encoded.refusedBy.join(', ')} read it back`,
    { at: placeOf(document.path, node), hints: [encoded.reason] },
  )
}

/** Defaults that work on a developer's machine (`postgres:postgres@…`) are open doors elsewhere. */
function isPublishedDefault(name: string, value: string, environment: string): boolean {
  if (environment === 'development' || environment === 'test') return false
  const isSecret = isSecretName(name) || /^[a-z][a-z0-9+.-]*:\/\/[^\s/]*@/i.test(value)
  return isSecret && findPlaceholder(value)?.kind === 'default'
}

/** What stands there is still empty, a placeholder, or what the template says to replace. */
function findNeeds(
  { template, environment }: FillSource,
  document: EnvDocument,
  decisions: readonly Decision[],
): readonly Need[] {
  const needs: Need[] = []
  const values = document.values()
  for (const { name, decision, reason } of decisions) {
    const node = document.find(name)
    const original = template.find(name)
    if (node === undefined || original === undefined) continue
    const value = document.value(node)
    if (isPublishedDefault(name, value, environment)) {
      needs.push({
        name,
        line: node.line,
        reason: `a published default password cannot stay in ${environment}`,
      })
      continue
    }
    if (decision === 'keep' || decision === 'ask-optional') continue
    if (value === '' && fileInUse(name, each => values.get(each)) !== undefined) continue
    const isUntouched = value === '' || findPlaceholder(value) !== undefined
    const isTemplates = decision === 'ask' && value === template.value(original)
    if (isUntouched || isTemplates) needs.push({ name, line: node.line, reason })
  }
  return needs
}
