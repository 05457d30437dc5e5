import { placeOf, readAssignment, type AssignmentNode, type EnvDocument } from '../env-file/index.ts'
import type { ServiceVariable } from './effective.ts'
import { interpolate, type Lookup } from './interpolate.ts'

/** What `.env` says to Compose itself; the shell's values count more, also inside. */
export function composeValues(document: EnvDocument, shell: Lookup): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  const lookup: Lookup = name => shell(name) ?? values.get(name)
  for (const node of document.assignments) values.set(node.name, valueIn(document, node, lookup))
  return values
}

interface Reading {
  /** `format: raw`. */
  readonly isRaw: boolean
  /** For references. */
  readonly lookup: Lookup
  /** For names alone. */
  readonly passedOn: Lookup
}

/** What an env file sets, in its order. */
export function* variablesIn(
  document: EnvDocument,
  { isRaw, lookup, passedOn }: Reading,
): Iterable<Omit<ServiceVariable, 'over'>> {
  for (const node of document.nodes) {
    const facts = { from: 'env_file', references: [], isPassedOn: false } as const
    if (node.kind === 'assignment') {
      const value = isRaw ? rawValue(document, node) : valueIn(document, node, lookup)
      const directives = document.directivesFor(node)
      yield { ...facts, name: node.name, value, at: placeOf(document.path, node), directives }
    } else if (node.kind === 'unreadable') {
      // A name alone is handed on.
      const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*$/.exec(document.slice(node.span))?.[1]
      const value = name === undefined ? undefined : passedOn(name)
      if (name === undefined || value === undefined) continue
      yield { ...facts, name, value, at: placeOf(document.path, node), directives: [], isPassedOn: true }
    }
  }
}

function valueIn(document: EnvDocument, node: AssignmentNode, lookup: Lookup): string {
  const reading = readAssignment(document, node, 'compose')
  if (reading.kind === 'value') return reading.value
  const text = document.value(node)
  return reading.kind === 'expands' ? interpolate(text, lookup, true).value : text
}

/** As Docker's own `--env-file` has it: all that stands behind the sign. */
function rawValue(document: EnvDocument, node: AssignmentNode): string {
  return document.slice({ start: node.operatorEnd, end: node.span.end }).replace(/\r?\n$/, '')
}
