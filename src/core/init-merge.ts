import type { Decision } from './classifier/index.ts'
import type { EnvDocument } from './env-file/index.ts'
import { fingerprint, matchesFingerprint, saltBytes } from './fingerprint.ts'
import type { TemplateFact, TemplateMemory } from './init-record.ts'
import { Secret } from './secret.ts'

/** A variable of the target that the template has no more. */
export interface Removed {
  readonly name: string
  /** In the target. */
  readonly line: number
}

/** A default that is another one in the template than at the last init. */
export interface Change {
  readonly name: string
  /** In the target. */
  readonly line: number
  readonly templateLine: number
  /** Whether the new default stands in the target now. */
  readonly taken: boolean
}

export interface Comparison {
  readonly removed: readonly Removed[]
  /** The target still has the old default: the new one can be taken over. */
  readonly offers: readonly Change[]
  /** The target has a value of its own. */
  readonly conflicts: readonly Change[]
  /** Name → what the template would have there now, for the offers. */
  readonly defaults: ReadonlyMap<string, string>
}

export interface MergeSource {
  readonly template: EnvDocument
  readonly existing: EnvDocument | undefined
  readonly memory: TemplateMemory | undefined
  readonly decisions: readonly Decision[]
  /** What would be written for a variable that is not generated or given: kept, derived, by a profile. */
  readonly defaultOf: (decision: Decision) => string | undefined
}

const nothing: Comparison = { removed: [], offers: [], conflicts: [], defaults: new Map() }

/**
 * The three sides of a merge: the template at the last init (as fingerprints), the template now, the target. Variables that
 * are generated or asked for are nobody's default, so only kept and derived ones can have changed.
 */
export function compareTemplates({
  template,
  existing,
  memory,
  decisions,
  defaultOf,
}: MergeSource): Comparison {
  if (existing === undefined || memory === undefined) return nothing
  const removed: Removed[] = []
  for (const name of memory.variables.keys()) {
    const node = existing.find(name)
    if (node !== undefined && template.find(name) === undefined) removed.push({ name, line: node.line })
  }
  const offers: Change[] = []
  const conflicts: Change[] = []
  const defaults = new Map<string, string>()
  for (const decision of decisions) {
    const { name } = decision
    const [fact, node, original] = [memory.variables.get(name), existing.find(name), template.find(name)]
    if (fact === undefined || node === undefined || original === undefined) continue
    if (decision.decision !== 'keep' && decision.decision !== 'derive') continue
    if (isSame(template.value(original), fact.template)) continue
    const [mine, theirs] = [existing.value(node), defaultOf(decision)]
    // An empty value is filled like that of a new variable.
    if (theirs === undefined || mine === theirs || mine === '') continue
    const change = { name, line: node.line, templateLine: original.line, taken: false }
    if (!isSame(mine, fact.written ?? fact.template)) conflicts.push(change)
    else {
      offers.push(change)
      defaults.set(name, theirs)
    }
  }
  return { removed, offers, conflicts, defaults }
}

export interface MemorySource {
  readonly template: EnvDocument
  /** The target as it will stand. */
  readonly document: EnvDocument
  readonly memory: TemplateMemory | undefined
  readonly path: string
  readonly decisions: readonly Decision[]
  readonly defaultOf: (decision: Decision) => string | undefined
  /** Names of changed defaults that nobody has decided about: they are remembered as before, and offered again. */
  readonly undecided: ReadonlySet<string>
  /** `count` random bytes. */
  readonly random: (count: number) => Uint8Array
}

/** What to remember of a template that has filled its target. Facts that still hold are kept as they are. */
export function rememberTemplate(source: MemorySource): TemplateMemory {
  const { template, document, memory, path, decisions, undecided } = source
  const print = (text: string): string => fingerprint(new Secret(text), source.random(saltBytes))
  const variables = new Map<string, TemplateFact>()
  for (const decision of decisions) {
    const { name } = decision
    const [original, node] = [template.find(name), document.find(name)]
    if (original === undefined) continue
    const known = memory?.variables.get(name)
    const value = template.value(original)
    if (known !== undefined && (undecided.has(name) || isSame(value, known.template))) {
      variables.set(name, known)
      continue
    }
    // What somebody else put there is not ours to change later.
    const written = source.defaultOf(decision)
    const isOurs = written !== undefined && node !== undefined && document.value(node) === written
    variables.set(name, {
      template: print(value),
      ...(isOurs && written !== value ? { written: print(written) } : {}),
    })
  }
  return { path, variables }
}

function isSame(value: string, print: string): boolean {
  return matchesFingerprint(new Secret(value), print)
}
