import { join, relative, sep } from 'node:path'
import type { Context, DirectoryEntry } from '../context.ts'
import { isOwnDirectory } from '../core/directories.ts'
import { expandBraces, parsePattern, type Segment, workspaceReaders } from '../core/workspaces.ts'
import { readText } from './text-file.ts'

const maxBytes = 1_048_576
/** Bounds of a walk: more than any monorepo has, and little enough to come back from a wrong pattern. */
const mostDirectories = 20_000
const deepest = 8

/**
 * Directories of the packages that npm, yarn, pnpm, Composer, Cargo or Go know in this one, whose entries are given;
 * sorted, absolute.
 */
export async function workspaceDirectories(
  context: Context,
  entries: readonly DirectoryEntry[],
): Promise<readonly string[]> {
  const patterns: string[] = []
  for (const { name, kind } of entries) {
    const read = workspaceReaders.get(name)
    if (kind !== 'file' || read === undefined) continue
    const file = await readText(context, join(context.cwd, name), maxBytes).catch(() => undefined)
    patterns.push(...(await read(file?.text ?? '')))
  }
  if (patterns.length === 0) return []
  const wanted = patterns.filter(pattern => !pattern.startsWith('!')).flatMap(expandBraces)
  const walk = new Walk(context)
  for (const pattern of wanted) {
    const segments = parsePattern(pattern)
    if (segments !== undefined && segments.length > 0) await walk.follow(context.cwd, segments, 0)
  }
  const excluded = patterns
    .filter(pattern => pattern.startsWith('!'))
    .flatMap(each => expandBraces(each.slice(1)))
  return [...walk.found].filter(path => !excluded.some(pattern => matches(context.cwd, path, pattern))).sort()
}

/** Follows patterns through the directories that are there. */
class Walk {
  readonly found = new Set<string>()
  readonly #context: Context
  readonly #children = new Map<string, readonly string[]>()

  constructor(context: Context) {
    this.#context = context
  }

  async follow(directory: string, [segment, ...rest]: readonly Segment[], depth: number): Promise<void> {
    if (segment === undefined) {
      this.found.add(directory)
      return
    }
    if (depth > deepest) return
    const names = await this.#childrenOf(directory)
    if (segment === 'any-depth') {
      await this.follow(directory, rest, depth)
      for (const name of names) await this.follow(join(directory, name), [segment, ...rest], depth + 1)
      return
    }
    const chosen = names.filter(name => ('name' in segment ? segment.name === name : segment.test.test(name)))
    for (const name of chosen) await this.follow(join(directory, name), rest, depth + 1)
  }

  async #childrenOf(directory: string): Promise<readonly string[]> {
    const known = this.#children.get(directory)
    if (known !== undefined) return known
    if (this.#children.size >= mostDirectories) return []
    const entries = (await this.#context.files.list(directory)) ?? []
    const names = entries
      .filter(({ kind, name }) => kind === 'directory' && isOwnDirectory(name))
      .map(({ name }) => name)
    this.#children.set(directory, names)
    return names
  }
}

// `!packages/old`, or a pattern with `test` at any depth: the directory itself or one above it is named.
function matches(root: string, path: string, pattern: string): boolean {
  const segments = parsePattern(pattern)
  if (segments === undefined) return false
  const source = segments.map(segment => {
    if (segment === 'any-depth') return '.*'
    return 'name' in segment
      ? segment.name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      : segment.test.source.slice(1, -1)
  })
  const text = source.join('/').replaceAll('.*/', '(?:.*/)?').replaceAll('/.*', '(?:/.*)?')
  return new RegExp(`^${text}(?:/|$)`).test(relative(root, path).split(sep).join('/'))
}
