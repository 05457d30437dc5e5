import { isAlias, isMap, isScalar, isSeq, LineCounter, type Document, type Node, type Pair } from 'yaml'
import { parseDirective, type Directive } from '../env-file/index.ts'
import { composeBounded, type YamlExcess } from '../bounded-yaml.ts'
import { SecretsError, type Place } from '../errors.ts'

/** A text of the file as it is written, before anything is put in; `undefined` for a name without a value. */
export interface WrittenText {
  readonly text: string | undefined
  readonly at: Place
}

export interface WrittenVariable extends WrittenText {
  readonly name: string
  /** `- NAME=text`: the name is interpolated too. */
  readonly isListed: boolean
  /** `!reset`: it is not there, whatever the files before say. */
  readonly isReset: boolean
}

export interface WrittenEnvFile {
  readonly path: WrittenText
  readonly isRequired: boolean
  /** `format: raw`: nothing is put in, and quotes stay. */
  readonly isRaw: boolean
}

/** A service as one file has it. */
export interface WrittenService {
  readonly name: string
  readonly at: Place
  /** In the order of the file. */
  readonly environment: readonly WrittenVariable[]
  readonly envFiles: readonly WrittenEnvFile[]
  readonly extends?: { readonly service: string; readonly file?: WrittenText; readonly at: Place }
  /** The directory of its build. */
  readonly build?: WrittenText
  /** `!reset` and `!override`: what the files before say of it does not count. */
  readonly replaces: ReadonlySet<'environment' | 'env_file'>
}

export interface ComposeFile {
  readonly path: string
  readonly services: ReadonlyMap<string, WrittenService>
  /** Where it includes other files, which are not followed. */
  readonly include?: Place
  /** `# secrets: …` comments by the number of the line below them. */
  readonly directives: ReadonlyMap<number, readonly Directive[]>
}

/** Far above any real file; an anchor that multiplies itself ends here. */
const maxNodes = 100_000
const maxDepth = 30

const excess: Readonly<Record<YamlExcess, string>> = {
  bytes: 'is larger than 1 MiB',
  parts: 'has too many parts to be one',
  depth: 'is nested too deeply',
  documents: 'has more than one document',
  directive: 'has a YAML directive',
}

/** Throws `compose.invalid` for what is too much; what cannot be read is in its `errors`. */
export function parseCompose(
  text: string,
  lines: LineCounter,
  place: (offset: number) => Place,
): Document.Parsed {
  const options = { merge: false, resolveKnownTags: true }
  const found = composeBounded(text, lines, options, (offset, what) => invalid(place(offset), excess[what]))
  if (found === undefined) throw invalid(place(0), 'cannot be read as YAML')
  return found
}

function placeAt(lines: LineCounter, path: string, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { path, line: Math.max(line, 1), column: Math.max(col, 1) }
}

/**
 * Reads what a compose file says of the variables of its services: both forms of `environment` and `env_file`, anchors,
 * merge keys. Throws `compose.invalid`, never with the parser's words, which quote the file. Pure.
 * Facts: https://docs.docker.com/reference/compose-file/services/ and …/merge/.
 */
export function readCompose(text: string, path: string): ComposeFile {
  const lines = new LineCounter()
  const document = parseCompose(text, lines, offset => placeAt(lines, path, offset))
  const reader = new Reader(document, path, lines)
  const [problem] = document.errors
  if (problem !== undefined) throw invalid(reader.place(problem.pos[0]), 'cannot be read as YAML')
  const root = reader.mapping(document.contents, 'the file')
  const services = new Map<string, WrittenService>()
  for (const [name, { key, value }] of reader.mapping(root.get('services')?.value, 'services'))
    services.set(name, readService(reader, name, key, value))
  const include = root.get('include')
  return {
    path,
    services,
    directives: directivesIn(text),
    ...(include && { include: reader.at(include.key) }),
  }
}

function directivesIn(text: string): ReadonlyMap<number, readonly Directive[]> {
  const found = new Map<number, readonly Directive[]>()
  if (!text.includes('# secrets:')) return found
  let above: Directive[] = []
  for (const [at, line] of text.split('\n').entries()) {
    const comment = line.trim()
    const directive = comment.startsWith('#') ? parseDirective(comment) : undefined
    if (directive !== undefined && !('problem' in directive)) above.push(directive)
    else if (above.length > 0) {
      found.set(at + 1, above)
      above = []
    }
  }
  return found
}

interface Entry {
  readonly key: Node
  readonly value: Node | undefined
}

/** Walks the nodes, follows aliases and merge keys, and counts what it does. */
class Reader {
  readonly #document: Document
  readonly #path: string
  readonly #lines: LineCounter
  #seen = 0

  constructor(document: Document, path: string, lines: LineCounter) {
    this.#document = document
    this.#path = path
    this.#lines = lines
  }

  place(offset: number): Place {
    return placeAt(this.#lines, this.#path, offset)
  }

  at(node: Node | undefined): Place {
    return node?.range ? this.place(node.range[0]) : { path: this.#path }
  }

  /** What an alias stands for. */
  node(value: unknown, depth = 0): Node | undefined {
    this.#seen += 1
    if (this.#seen > maxNodes || depth > maxDepth)
      throw invalid({ path: this.#path }, 'refers to itself too often')
    if (!isAlias(value)) return (value ?? undefined) as Node | undefined
    const target = value.resolve(this.#document)
    if (target === undefined) throw invalid(this.at(value), 'has an alias without its anchor')
    return this.node(target, depth + 1)
  }

  /** Own keys win over merged ones (`<<`), earlier merged ones over later. Empty where there is nothing. */
  mapping(value: unknown, what: string, depth = 0): ReadonlyMap<string, Entry> {
    const node = this.node(value, depth)
    const entries = new Map<string, Entry>()
    if (node === undefined || (isScalar(node) && node.value === null)) return entries
    if (!isMap(node)) throw invalid(this.at(node), `must have a mapping for ${what}`)
    const merged: Node[] = []
    for (const { key, value: own } of node.items as Pair<Node, Node | null>[]) {
      this.#seen += 1
      if (!isScalar(key)) throw invalid(this.at(node), 'has a key that is no text')
      if (key.value === '<<') merged.push(...this.#listed(own, depth + 1))
      else if (entries.has(keyText(key))) throw invalid(this.at(key), 'has a key twice')
      else entries.set(keyText(key), { key, value: own ?? undefined })
    }
    for (const one of merged)
      for (const [key, entry] of this.mapping(one, what, depth + 1))
        if (!entries.has(key)) entries.set(key, entry)
    return entries
  }

  /** The items of a list, a single thing as one of one. */
  #listed(value: unknown, depth: number): readonly Node[] {
    const node = this.node(value, depth)
    if (node === undefined) return []
    return isSeq(node) ? (node.items as Node[]) : [node]
  }

  list(value: unknown): readonly Node[] {
    return this.#listed(value, 0).flatMap(one => this.node(one) ?? [])
  }

  /** A scalar as it is written; `undefined` for nothing. */
  text(value: unknown, fallback?: Node): WrittenText {
    const node = this.node(value)
    const at = this.at(node ?? fallback)
    if (node === undefined || (isScalar(node) && node.value === null)) return { text: undefined, at }
    if (!isScalar(node)) throw invalid(at, 'must have a text, a number, true or false here')
    const isPlain = typeof node.value !== 'string' && node.source !== undefined
    return { text: isPlain ? node.source : String(node.value), at }
  }
}

function keyText(key: { readonly value: unknown; readonly source?: string }): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

function readService(reader: Reader, name: string, key: Node, value: Node | undefined): WrittenService {
  const facts = reader.mapping(value, 'a service')
  const replaces = new Set<'environment' | 'env_file'>()
  for (const one of ['environment', 'env_file'] as const) {
    const tag = reader.node(facts.get(one)?.value)?.tag
    if (tag === '!reset' || tag === '!override') replaces.add(one)
  }
  const isReset = (one: string): boolean => reader.node(facts.get(one)?.value)?.tag === '!reset'
  const extending = readExtends(reader, facts.get('extends'))
  const build = readBuild(reader, facts.get('build')?.value)
  return {
    name,
    at: reader.at(key),
    environment: isReset('environment') ? [] : readEnvironment(reader, facts.get('environment')?.value),
    envFiles: isReset('env_file') ? [] : readEnvFiles(reader, facts.get('env_file')?.value),
    replaces,
    ...(extending && { extends: extending }),
    ...(build && { build }),
  }
}

function readEnvironment(reader: Reader, value: unknown): WrittenService['environment'] {
  const node = reader.node(value)
  if (!isSeq(node)) {
    return [...reader.mapping(node, 'environment')].map(([name, entry]) => {
      const { text } = reader.text(entry.value, entry.key)
      const isReset = reader.node(entry.value)?.tag === '!reset'
      return { name, text, at: reader.at(entry.key), isListed: false, isReset }
    })
  }
  return reader.list(node).map(item => {
    const { text = '', at } = reader.text(item)
    const sign = text.indexOf('=')
    const name = sign === -1 ? text : text.slice(0, sign)
    return { name, text: sign === -1 ? undefined : text.slice(sign + 1), at, isListed: true, isReset: false }
  })
}

function readEnvFiles(reader: Reader, value: unknown): readonly WrittenEnvFile[] {
  return reader.list(value).flatMap((item): readonly WrittenEnvFile[] => {
    if (!isMap(item)) {
      const path = reader.text(item)
      return path.text === undefined ? [] : [{ path, isRequired: true, isRaw: false }]
    }
    const facts = reader.mapping(item, 'env_file')
    const path = reader.text(facts.get('path')?.value, item)
    const isRequired = reader.text(facts.get('required')?.value).text !== 'false'
    return [{ path, isRequired, isRaw: reader.text(facts.get('format')?.value).text === 'raw' }]
  })
}

function readExtends(reader: Reader, entry: Entry | undefined): WrittenService['extends'] {
  if (entry === undefined) return undefined
  const at = reader.at(entry.key)
  const node = reader.node(entry.value)
  if (!isMap(node)) return { service: reader.text(node, entry.key).text ?? '', at }
  const facts = reader.mapping(node, 'extends')
  const service = reader.text(facts.get('service')?.value, entry.key).text ?? ''
  const file = facts.get('file')
  return { service, at, ...(file && { file: reader.text(file.value, file.key) }) }
}

function readBuild(reader: Reader, value: unknown): WrittenText | undefined {
  const node = reader.node(value)
  if (node === undefined) return undefined
  if (!isMap(node)) return reader.text(node)
  const context = reader.mapping(node, 'build').get('context')
  return context === undefined ? { text: '.', at: reader.at(node) } : reader.text(context.value, context.key)
}

/** The end of a sentence about the compose file. */
export function invalid(at: Place, problem: string): SecretsError {
  return new SecretsError('compose.invalid', `the compose file ${problem}`, {
    at,
    hints: ['see what Compose itself says: docker compose config --quiet'],
  })
}
