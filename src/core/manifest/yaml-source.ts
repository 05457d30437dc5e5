import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Document,
  type ErrorCode,
  type ParsedNode,
} from 'yaml'
import { composeBounded, type YamlExcess } from '../bounded-yaml.ts'
import type { Place } from '../errors.ts'
import { problemAt, quoteKey, type ManifestProblem } from './problem.ts'

/** A value of the document with the places of its key and of itself; `source` is a scalar's text as written. */
export interface YamlNode {
  readonly value: unknown
  readonly at: Place
  readonly keyAt: Place
  readonly source?: string
  readonly children: ReadonlyMap<string, YamlNode>
}

/** Reading stops by itself here: what follows would only repeat or misread the first problem. */
class Unreadable extends Error {
  readonly offset: number
  readonly text: string
  constructor(offset: number, text: string) {
    super(text)
    this.offset = offset
    this.text = text
  }
}

interface Reading {
  readonly problems: ManifestProblem[]
  place(offset: number): Place
}

/**
 * Reads one YAML 1.2 document (core schema) as plain data with places. Refused, because they make a reader expand,
 * retype or run something: aliases, anchors, tags, merge keys, several documents, keys that are not text, duplicate keys.
 * Keys that begin with `x-` are left out at every level. The parser's own messages quote the document and are not used.
 */
export function readYaml(text: string, path: string): { root?: YamlNode; problems: ManifestProblem[] } {
  const counter = new LineCounter()
  const problems: ManifestProblem[] = []
  const place = (offset: number): Place => {
    const { line, col } = counter.linePos(Math.min(Math.max(offset, 0), text.length))
    return { path, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  try {
    const document = compose(text, counter)
    for (const { pos, code } of [...document.errors, ...document.warnings]) {
      problems.push(problemAt(place(pos[0]), syntaxTexts[code] ?? 'this cannot be read as YAML'))
    }
    if (problems.length > 0 || document.contents === null) return { problems: withoutRepeats(problems) }
    const at = place(document.contents.range[0])
    const root = readNode(document.contents, at, { problems, place })
    return { root, problems }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { problems: [...problems, problemAt(place(error.offset), error.text)] }
  }
}

const excess: Readonly<Record<YamlExcess, string>> = {
  bytes: 'a manifest has at most 1 MiB',
  parts: 'the manifest has too many parts to be one',
  depth: 'this is nested too deeply',
  documents: 'a manifest is one YAML document',
  directive: 'YAML directives are not allowed',
}

function compose(text: string, counter: LineCounter): Document.Parsed {
  const options = { merge: false, resolveKnownTags: false }
  const document = composeBounded(
    text,
    counter,
    options,
    (offset, what) => new Unreadable(offset, excess[what]),
  )
  if (document === undefined) throw new Unreadable(0, 'this cannot be read as YAML')
  return document
}

function readNode(node: ParsedNode | null, keyAt: Place, reading: Reading): YamlNode {
  const at = node === null ? keyAt : reading.place(node.range[0])
  const refuse = (text: string): YamlNode => {
    reading.problems.push(problemAt(at, text))
    return { value: undefined, at, keyAt, children: new Map() }
  }
  if (node === null) return { value: null, at, keyAt, children: new Map() }
  if (isAlias(node)) return refuse('aliases are not allowed: write the value out')
  if (node.anchor !== undefined)
    return refuse('anchors are not allowed: write the value out where it is needed')
  if (node.tag !== undefined) return refuse('tags are not allowed')
  if (isMap(node)) return readMap(node.items, at, keyAt, reading)
  if (isSeq(node)) return readSequence(node.items, at, keyAt, reading)
  if (!isScalar(node)) return refuse('this cannot be read as YAML')
  return { value: node.value, at, keyAt, source: node.source, children: new Map() }
}

function readMap(
  items: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[],
  at: Place,
  keyAt: Place,
  reading: Reading,
): YamlNode {
  const children = new Map<string, YamlNode>()
  for (const { key, value } of items) {
    const place = reading.place(key.range[0])
    const name = isScalar(key) && key.anchor === undefined ? key.source : undefined
    const complaint = name === undefined ? 'a key is a plain word' : complainOfKey(name, children)
    if (complaint !== undefined) reading.problems.push(problemAt(place, complaint))
    const child = readNode(value, place, reading)
    if (name !== undefined && complaint === undefined && !name.startsWith('x-')) children.set(name, child)
  }
  return {
    value: Object.fromEntries([...children].map(([name, { value }]) => [name, value])),
    at,
    keyAt,
    children,
  }
}

function complainOfKey(name: string, seen: ReadonlyMap<string, YamlNode>): string | undefined {
  if (name === '<<') return 'merge keys are not allowed: write the keys out'
  if (name === '__proto__' || name === '') return 'this key is not allowed'
  return seen.has(name) ? `the key ${quoteKey(name) ?? ''} stands here twice`.replace('  ', ' ') : undefined
}

function readSequence(items: readonly unknown[], at: Place, keyAt: Place, reading: Reading): YamlNode {
  // Only tags make an item of a list anything but a node, and those are refused.
  const nodes = items.filter((item): item is ParsedNode => isNode(item))
  const read = nodes.map(node => readNode(node, reading.place(node.range[0]), reading))
  const children = new Map(read.map((node, index) => [String(index), node]))
  return { value: [...children.values()].map(({ value }) => value), at, keyAt, children }
}

function withoutRepeats(problems: readonly ManifestProblem[]): ManifestProblem[] {
  const seen = new Set<string>()
  return problems.filter(({ line, text }) => {
    const key = `${String(line)} ${text}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

const syntaxTexts: Partial<Record<ErrorCode, string>> = {
  BAD_INDENT: 'the indentation does not fit the lines above',
  TAB_AS_INDENT: 'YAML is indented with blanks, not with tabs',
  MISSING_CHAR: 'a closing quote, bracket, comma or colon is missing here',
  UNEXPECTED_TOKEN: 'this is not expected here; a text with special characters stands in quotes',
  BAD_SCALAR_START: 'a text that begins with this character stands in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping inside a line stands in braces; a text with ": " stands in quotes',
  MULTILINE_IMPLICIT_KEY: 'a key stands on one line, and a colon follows it',
  BLOCK_IN_FLOW: 'inside braces or brackets everything is written with braces and brackets',
  BAD_DQ_ESCAPE: 'this backslash sequence is unknown; single quotes take a backslash as it is',
  TAG_RESOLVE_FAILED: 'tags are not allowed',
  MULTIPLE_TAGS: 'tags are not allowed',
  BAD_ALIAS: 'aliases are not allowed: write the value out',
  ALIAS_PROPS: 'aliases are not allowed: write the value out',
  MULTIPLE_ANCHORS: 'anchors are not allowed: write the value out where it is needed',
  BAD_DIRECTIVE: 'YAML directives are not allowed',
  MULTIPLE_DOCS: 'a manifest is one YAML document',
  KEY_OVER_1024_CHARS: 'this key is too long',
}
