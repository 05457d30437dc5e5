import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'vitest'

/** Values that must not be seen; made of parts, so that no scanner takes them for keys of somebody. */
export const canary = ['Zq7', 'kX2v', 'Rm9', 'Tb4w', 'Yc8', 'Hd3n', 'Lf6', 'Pj5s'].join('')
/** With what breaks naive quoting: blanks, quotes, `$`, `#`, `%`. */
export const oddCanary = ['Wg2 "q\'', 'uV$x#', 'Ne7%Za', 'Kt5\\pB', '3dM r'].join('')

const window = 12

/** Every shape in which a value could slip through: raw and in windows, and encoded. */
function shapes(value: string): ReadonlyMap<string, string> {
  const bytes = Buffer.from(value, 'utf8')
  const found = new Map<string, string>()
  for (let at = 0; at + window <= value.length; at += 1)
    found.set(`raw at ${String(at)}`, value.slice(at, at + window))
  for (const offset of [0, 1, 2]) {
    // The encoding depends on where the value begins in what was encoded; the ends depend on the neighbours.
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset + 2, -4)
    found.set(`base64 at ${String(offset)}`, encoded)
    found.set(`base64url at ${String(offset)}`, encoded.replaceAll('+', '-').replaceAll('/', '_'))
  }
  found.set('hex', bytes.toString('hex'))
  found.set('HEX', bytes.toString('hex').toUpperCase())
  found.set('URL', encodeURIComponent(value))
  found.set('JSON', JSON.stringify(value).slice(1, -1))
  found.set('reversed', Array.from(value).reverse().join(''))
  found.set('UTF-16', bytes.toString('latin1').split('').join('\0'))
  return found
}

/** Says where and in which shape, never what. */
export function expectNoCanary(
  text: string,
  where: string,
  values: readonly string[] = [canary, oddCanary],
): void {
  for (const [index, value] of values.entries()) {
    for (const [shape, encoded] of shapes(value)) {
      expect(text.includes(encoded), `canary ${String(index)} (${shape}) in ${where}`).toBe(false)
    }
  }
}

/** Every file below a directory, with its bytes as text. */
export function readAllFiles(directory: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found.set(relative(directory, path).replaceAll('\\', '/'), readFileSync(path, 'latin1'))
  }
  return found
}
