import * as z from 'zod/mini'
import { suggest } from '../suggest.ts'
import { checkConsistency } from './consistency.ts'
import { explainIssue } from './issue.ts'
import type { Manifest, ProviderFields } from './manifest.ts'
import { problemAt, sortProblems, type ManifestProblem } from './problem.ts'
import { readManifest } from './read.ts'
import { foreignTargetShape, manifestShape, targetListShape, targetShape, type TargetPlace } from './shape.ts'
import { readYaml, type YamlNode } from './yaml-source.ts'

export interface ParsedManifest {
  /** Present exactly when there is no problem. */
  readonly manifest?: Manifest
  /** Every problem at once, in the order of the file. */
  readonly problems: readonly ManifestProblem[]
}

/**
 * Reads `secrets.yaml`. Pure; never throws for what the text contains, and no problem repeats a value of it. `path` is
 * shown in places. Providers that are not in `providers` are accepted as a path or package name, with any settings.
 */
export function parseManifest(text: string, path: string, providers: ProviderFields): ParsedManifest {
  const { root, problems } = readYaml(text, path)
  if (root === undefined) {
    const empty = problemAt({ path }, 'the manifest is empty: begin with version: 1')
    return { problems: problems.length > 0 ? sortProblems(problems) : [empty] }
  }
  const shape = checkShape(root, providers)
  const sound = withoutEntries(root, shape.broken)
  const manifest = readManifest(sound, path)
  const declared = [...(root.children.get('environments')?.children.keys() ?? [])]
  const further = [...shape.problems, ...checkConsistency(manifest, sound, declared)]
  const all = sortProblems([...problems, ...withoutPlacesOf(problems, further)])
  return all.length === 0 ? { manifest, problems: [] } : { problems: all }
}

interface ShapeResult {
  readonly problems: ManifestProblem[]
  /** Paths (`variables`, or `variables` and a name, joined by a blank) that cannot be read any further. */
  readonly broken: Set<string>
}

function checkShape(root: YamlNode, providers: ProviderFields): ShapeResult {
  const result: ShapeResult = { problems: [], broken: new Set() }
  validate(manifestShape(z.unknown()), root, [], result)
  for (const [name, environment] of root.children.get('environments')?.children ?? []) {
    checkEnvironment(environment, ['environments', name], providers, result)
  }
  return result
}

function checkEnvironment(
  node: YamlNode,
  base: readonly string[],
  providers: ProviderFields,
  result: ShapeResult,
): void {
  const targets = node.children.get('targets')
  if (targets === undefined) {
    checkTarget(node, base, providers, 'environment', result)
    return
  }
  validate(targetListShape(z.unknown()), node, base, result)
  for (const target of targets.children.values()) checkTarget(target, base, providers, 'target', result)
}

function checkTarget(
  node: YamlNode,
  base: readonly string[],
  providers: ProviderFields,
  place: TargetPlace,
  result: ShapeResult,
): void {
  const id = node.children.get('provider')?.value
  const named = typeof id === 'string' ? id : undefined
  const isOurs = named !== undefined && Object.hasOwn(providers, named)
  // With the provider that was meant, its settings are checked in the same pass.
  const known = named === undefined || isOurs ? named : suggest(named, Object.keys(providers))
  const shape =
    known === undefined ? foreignTargetShape(providers, place) : targetShape(known, providers, place)
  validate(shape, node, base, result)
}

function validate(shape: z.ZodMiniType, node: YamlNode, base: readonly string[], result: ShapeResult): void {
  // Without generated code: one manifest is read once.
  const parsed = z.safeParse(shape, node.value, { jitless: true })
  for (const issue of parsed.error?.issues ?? []) {
    result.problems.push(...explainIssue(issue, node, shape, base))
    result.broken.add([...base, ...issue.path.map(String)].slice(0, 2).join(' '))
  }
}

/** The document without the entries that are broken, so that the others can be checked further. */
function withoutEntries(root: YamlNode, broken: ReadonlySet<string>): YamlNode {
  const keep = (node: YamlNode, prefix: string): YamlNode => ({
    ...node,
    children: new Map([...node.children].filter(([key]) => !broken.has(`${prefix}${key}`))),
  })
  const kept = keep(root, '')
  const sections = [...kept.children].map(([key, node]): [string, YamlNode] => {
    return [key, key === 'environments' || key === 'variables' ? keep(node, `${key} `) : node]
  })
  return { ...kept, children: new Map(sections) }
}

/** What could not be read (an alias, a tag) has no value, and would be complained of a second time. */
function withoutPlacesOf(
  first: readonly ManifestProblem[],
  further: readonly ManifestProblem[],
): ManifestProblem[] {
  const places = new Set(first.map(({ line, column }) => `${String(line)}:${String(column)}`))
  return further.filter(({ line, column }) => !places.has(`${String(line)}:${String(column)}`))
}
