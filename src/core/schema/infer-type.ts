import { splitName } from './secret-names.ts'
import type { ValueSpec } from './value-type.ts'
import { urlType } from './types/url.ts'

const addressEndings = new Set(['URL', 'URI', 'ENDPOINT', 'DSN'])

/**
 * What the example in a template says of a variable's type, or `undefined`. Cautious, because a template's author did
 * not mean to declare anything: only where name and example agree, or the example is `true` or `false`.
 */
export function inferType(name: string, example: string): ValueSpec['type'] {
  const last = splitName(name).at(-1) ?? ''
  if (['true', 'false'].includes(example.toLowerCase())) return 'boolean'
  if (last === 'PORT' && /^\d{1,5}$/.test(example) && Number(example) <= 65_535) return 'port'
  const isAddress = addressEndings.has(last) && /^[a-z][a-z0-9+.-]*:\/\/[^\s,<>{}*]+$/i.test(example)
  return isAddress && urlType.check(example, {}) === undefined ? 'url' : undefined
}
