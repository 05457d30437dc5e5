import type { Place } from '../errors.ts'
import { orderedTypes } from '../schema/relations.ts'
import { suggest } from '../suggest.ts'
import { namedOthers, type Manifest, type VariableFacts } from './manifest.ts'
import { quoteKey } from './problem.ts'
import type { YamlNode } from './yaml-source.ts'

type Report = (at: Place, text: string) => void

/**
 * What one variable says of others. They stand under `variables` too, with `{}` where there is nothing to say: a
 * relation to a misspelt name would never hold, nor ever be reported.
 */
export function checkRelations(
  manifest: Manifest,
  name: string,
  facts: VariableFacts,
  node: YamlNode | undefined,
  report: Report,
): void {
  for (const key of namedOthers) {
    const written = node?.children.get(key)
    const other = facts[key]
    if (written === undefined || other === undefined) continue
    checkName(manifest, name, other, written.at, report)
    if (key === 'lessThan') checkOrder(manifest, facts, other, written.at, report)
  }
  const listed = [...(node?.children.get('requiredWith')?.children.values() ?? [])]
  listed.forEach((one, index) => {
    checkName(manifest, name, facts.requiredWith?.[index] ?? '', one.at, report)
  })
  for (const [other, written] of node?.children.get('requiredWhen')?.children ?? []) {
    checkName(manifest, name, other, written.keyAt, report)
    // The manifest is committed.
    if (manifest.variables.get(other)?.secret === true)
      report(written.keyAt, 'the value of a secret does not stand in the manifest: use requiredWith')
  }
}

/** The groups, whose names are checked alike. */
export function checkGroups({ variables, groups }: Manifest, root: YamlNode, report: Report): void {
  const nodes = [...(root.children.get('groups')?.children.values() ?? [])]
  for (const [index, { kind, names }] of groups.entries()) {
    const written = nodes[index]?.children.get(kind)
    names.forEach((name, at) => {
      const place = written?.children.get(String(at))?.at
      if (place === undefined) return
      if (!variables.has(name)) report(place, undeclared(name, variables.keys()))
      else if (names.indexOf(name) !== at) report(place, 'this variable stands here twice')
    })
  }
}

function checkName({ variables }: Manifest, name: string, other: string, at: Place, report: Report): void {
  if (other === name) report(at, 'a variable cannot be compared with itself')
  else if (!variables.has(other)) report(at, undeclared(other, variables.keys()))
}

function undeclared(name: string, known: Iterable<string>): string {
  const meant = suggest(name, [...known])
  const quoted = meant === undefined ? undefined : quoteKey(meant)
  const hint =
    quoted === undefined ? 'add it there, with {} where there is nothing to say' : `did you mean ${quoted}?`
  return `this variable does not stand under variables: ${hint}`
}

function checkOrder(
  { variables }: Manifest,
  { type }: VariableFacts,
  other: string,
  at: Place,
  report: Report,
): void {
  const theirs = variables.get(other)?.type
  const orders = [type, theirs].map(one => (one === undefined ? undefined : (orderedTypes[one] ?? 'none')))
  if (orders.includes('none')) report(at, '"lessThan" needs numbers, durations or bytes')
  else if (!orders.includes(undefined) && orders[0] !== orders[1])
    report(at, '"lessThan" needs two variables of one kind')
}
