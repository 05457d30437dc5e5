import type { WorkspaceFile } from './directories.ts'

/** Patterns of directories, relative to the file that names them, as their package managers write them. */
export type WorkspaceReader = (text: string) => readonly string[] | Promise<readonly string[]>

/** File name → how to read the packages that it names. A file that cannot be read names none: others report that. */
export const workspaceReaders: ReadonlyMap<string, WorkspaceReader> = new Map(
  Object.entries({
    'package.json': readPackageJson,
    'pnpm-workspace.yaml': readPnpm,
    'composer.json': readComposer,
    'Cargo.toml': readCargo,
    'go.work': readGoWork,
  } satisfies Record<WorkspaceFile, WorkspaceReader>),
)

/** npm and yarn: `workspaces`, a list or an object with one. */
function readPackageJson(text: string): readonly string[] {
  const { workspaces } = objectOf(parseJson(text))
  return texts(Array.isArray(workspaces) ? workspaces : objectOf(workspaces)['packages'])
}

async function readPnpm(text: string): Promise<readonly string[]> {
  const { parse } = await import('yaml')
  try {
    return texts(objectOf(parse(text))['packages'])
  } catch {
    return []
  }
}

/** Composer has no workspaces; its repositories of type `path` are the packages of a project. */
function readComposer(text: string): readonly string[] {
  const { repositories } = objectOf(parseJson(text))
  const all = Array.isArray(repositories) ? repositories : Object.values(objectOf(repositories))
  return all.flatMap(each => {
    const { type, url } = objectOf(each)
    return type === 'path' && typeof url === 'string' ? [url] : []
  })
}

/** The strings of `members` in `[workspace]`, without those of `exclude`. */
function readCargo(text: string): readonly string[] {
  const table = /^\s*\[workspace\]\s*$([\s\S]*?)(?=^\s*\[(?!\s*["'])|(?![\s\S]))/m.exec(text)?.[1] ?? ''
  const listOf = (key: string): readonly string[] => {
    const list = new RegExp(String.raw`^\s*${key}\s*=\s*\[([^\]]*)\]`, 'm').exec(table)?.[1] ?? ''
    return [...list.replace(/#.*/g, '').matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)].map(([, a, b]) => a ?? b ?? '')
  }
  return [...listOf('members'), ...listOf('exclude').map(each => `!${each}`)]
}

/** `use ./a`, and `use ( … )` with one directory a line. */
function readGoWork(text: string): readonly string[] {
  const plain = text.replace(/\/\/.*/g, '')
  const blocks = [...plain.matchAll(/^\s*use\s*\(([^)]*)\)/gm)].flatMap(([, block = '']) => block.split('\n'))
  const lines = [...plain.matchAll(/^\s*use\s+([^\s(].*)$/gm)].map(([, one = '']) => one)
  return [...blocks, ...lines]
    .map(each => each.trim().replace(/^["`]|["`]$/g, ''))
    .filter(each => each !== '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
}

/** One part of a pattern's path: a name, or a test of names; `**` is any number of directories. */
export type Segment = { readonly name: string } | { readonly test: RegExp } | 'any-depth'

/** A pattern taken apart, or `undefined` for one that leads out of the project. Braces are written out first. */
export function parsePattern(pattern: string): readonly Segment[] | undefined {
  const parts = pattern
    .replaceAll('\\', '/')
    .split('/')
    .filter(part => part !== '' && part !== '.')
  if (pattern.startsWith('/') || parts.includes('..') || /^[A-Za-z]:/.test(pattern)) return undefined
  return parts.map(part => {
    if (part === '**') return 'any-depth'
    if (!/[*?[]/.test(part)) return { name: part }
    const source = part
      .replace(/[.+^${}()|\\[\]]/g, String.raw`\$&`)
      .replace(/\*+/g, '[^/]*')
      .replaceAll('?', '[^/]')
    return { test: new RegExp(`^${source}$`) }
  })
}

/** `a/{b,c}/*` → `a/b/*` and `a/c/*`; one level of braces after the other, no more than a hundred in all. */
export function expandBraces(pattern: string): readonly string[] {
  let found: readonly string[] = [pattern]
  for (let round = 0; round < 5; round += 1) {
    found = found.flatMap(each => {
      const match = /\{([^{}]*,[^{}]*)\}/.exec(each)
      if (match?.[1] === undefined) return [each]
      return match[1]
        .split(',')
        .map(part => each.slice(0, match.index) + part + each.slice(match.index + match[0].length))
    })
    if (found.length > 100) return []
  }
  return found
}
