import type * as z from 'zod/mini'
import type { Place } from '../errors.ts'
import { suggest } from '../suggest.ts'
import { problemAt, quoteKey, type ManifestProblem } from './problem.ts'
import type { YamlNode } from './yaml-source.ts'

type Issue = z.core.$ZodIssue

/**
 * One issue of the shape as problems at their places, in words that repeat no value. `base` is the path from the
 * document to `root`, for which `shape` stands.
 */
export function explainIssue(
  issue: Issue,
  root: YamlNode,
  shape: z.ZodMiniType,
  base: readonly string[],
): ManifestProblem[] {
  const path = issue.path.map(String)
  const found = findNode(root, path)
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(shape, path)
    return issue.keys.map(key => unknownKey(key, found.node.children.get(key)?.keyAt ?? found.node.at, known))
  }
  const subject = subjectOf([...base, ...path])
  if (issue.code === 'invalid_key') {
    return [problemAt(found.node.keyAt, `${subject} ${issue.issues[0]?.message ?? 'is not allowed'}`)]
  }
  // The place of what is not there is the mapping that lacks it.
  if (found.missing) return [problemAt(found.node.keyAt, `${subject} is missing`)]
  return [problemAt(found.node.at, `${subject} ${issue.message}${meantOf(issue, found.node.value)}`)]
}

function unknownKey(key: string, at: Place, known: readonly string[]): ManifestProblem {
  const meant = suggest(key, known)
  const quoted = quoteKey(key)
  const what = quoted === undefined ? 'unknown key' : `unknown key ${quoted}`
  if (meant !== undefined) return problemAt(at, `${what}: did you mean "${meant}"?`)
  return problemAt(at, known.length === 0 ? what : `${what}: known here are ${known.join(', ')}`)
}

function meantOf(issue: Issue, value: unknown): string {
  if (issue.code !== 'invalid_value' || typeof value !== 'string' || issue.values.length < 2) return ''
  const meant = suggest(value, issue.values.map(String))
  return meant === undefined ? '' : `: did you mean "${meant}"?`
}

/** The nearest key that may be printed, so that the sentence has a subject. */
function subjectOf(path: readonly string[]): string {
  const key = path.findLast(part => !/^\d+$/.test(part))
  return (key === undefined ? undefined : quoteKey(key)) ?? (path.length === 0 ? 'the manifest' : 'this')
}

function findNode(root: YamlNode, path: readonly string[]): { node: YamlNode; missing: boolean } {
  let node = root
  for (const part of path) {
    const child = node.children.get(part)
    if (child === undefined) return { node, missing: true }
    node = child
  }
  return { node, missing: false }
}

/** The keys that the shape knows at `path`: read from the schema itself, so that suggestions cannot fall behind. */
function knownKeys(shape: z.ZodMiniType, path: readonly string[]): string[] {
  let schema = unwrap(shape)
  for (const part of path) {
    const { def } = schema._zod
    if (def.type === 'object') {
      const next = (def as z.core.$ZodObjectDef).shape[part]
      if (next === undefined) return []
      schema = unwrap(next)
    } else if (def.type === 'record') schema = unwrap((def as z.core.$ZodRecordDef).valueType)
    else if (def.type === 'array') schema = unwrap((def as z.core.$ZodArrayDef).element)
    else return []
  }
  const { def } = schema._zod
  return def.type === 'object' ? Object.keys((def as z.core.$ZodObjectDef).shape) : []
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod
  return def.type === 'optional' ? unwrap((def as z.core.$ZodOptionalDef).innerType) : schema
}
