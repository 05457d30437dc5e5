import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { EnvDocument } from './core/env-file/parse.ts'
import { readInstant } from './core/instant.ts'

/**
 * For applications: what is accepted for a secret right now. Source: the file that `SECRETS_ENV_FILE` names, else the
 * process environment where it holds the name, else `./.env`. A file is read again whenever it has changed.
 */
interface Values {
  readonly current: string
  readonly previous: string | undefined
  /** Announced: accepted, and not signed with yet. */
  readonly next: string | undefined
  /** Milliseconds since 1970; undefined where nothing says until when: then it is accepted as long as it is there. */
  readonly until: number | undefined
}

/**
 * Whether `presented` is the current value of `name`, an announced one or, until its deadline, the previous one. Takes
 * the same time whichever it is. Throws for a name that the source does not hold.
 */
export function accepts(name: string, presented: string): boolean {
  const offered = digest(presented)
  let isAccepted = false
  for (const value of keyring(name)) {
    // No early exit: the time must not tell which of them it was.
    if (timingSafeEqual(digest(value), offered)) isAccepted = true
  }
  return isAccepted
}

/** The values to work with, current first: sign with the first, verify with all. Throws for an unknown name. */
export function keyring(name: string): string[] {
  const values = lookUp(name)
  // An empty value would accept whoever presents nothing.
  if (values === undefined || values.current === '') throw new Error(`no value for "${name}"`)
  const { current, previous, until, next } = values
  // The application's own clock: the deadline holds without anybody to pass the time in.
  const isOver = until !== undefined && Date.now() >= until
  const others = [isOver ? '' : (previous ?? ''), next ?? ''].filter(one => one !== '')
  return [...new Set([current, ...others])]
}

function lookUp(name: string): Values | undefined {
  const { env } = process
  const file = env['SECRETS_ENV_FILE']
  if (file === undefined || file === '') {
    const current = env[name]
    if (current !== undefined) {
      const until = readInstant(env[`${name}_OLD_UNTIL`] ?? '')
      return { current, previous: env[`${name}_OLD`], until, next: env[`${name}_NEXT`] }
    }
  }
  return valuesIn(load(resolve(file === undefined || file === '' ? '.env' : file)), name)
}

function valuesIn(document: EnvDocument, name: string): Values | undefined {
  const node = document.find(name)
  if (node === undefined) return undefined
  const [old, next] = [document.find(`${name}_OLD`), document.find(`${name}_NEXT`)]
  const record = document
    .directivesFor(node)
    .find(({ verb, args }) => verb === 'rotation' && args[0] === name)
  return {
    current: document.value(node),
    previous: old === undefined ? undefined : document.value(old),
    until: readInstant(record?.keys['until'] ?? ''),
    next: next === undefined ? undefined : document.value(next),
  }
}

const loaded = new Map<string, { readonly stamp: string; readonly document: EnvDocument }>()

/** The tool replaces the file as a whole, so a new inode, size or time tells every change. */
function load(path: string): EnvDocument {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true })
  const stamp = `${String(ino)}:${String(size)}:${String(mtimeNs)}`
  const known = loaded.get(path)
  if (known?.stamp === stamp) return known.document
  const document = EnvDocument.parse(readFileSync(path), path)
  loaded.set(path, { stamp, document })
  return document
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value, 'utf8').digest()
}
