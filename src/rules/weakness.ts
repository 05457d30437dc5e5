import { parseForm, type FormKind } from '../core/form.ts'
import { findPlaceholder } from '../core/placeholder.ts'
import { isPublished } from '../core/published.ts'
import { classifySecret, isPasswordName, type SchemaEntry } from '../core/schema/index.ts'

/** Below it a secret of free form can be guessed or searched; also the length of the hash that most of them feed. */
const shortestSecret = 32
const shortestPassword = 8
const fewestBits = 128

/** Forms whose length the consumer fixes: they have a floor of their own where they are made. */
const fixedForms: ReadonlySet<FormKind> = new Set(['uuid', 'chars', 'pin'])

/**
 * Why a secret is weak, as the end of a sentence ("it is …"), or `undefined`. Values that others issued are judged
 * only by whether they are published defaults; placeholders belong to another rule. Never quotes the value.
 */
export function findWeakness(
  name: string,
  value: string,
  entry: SchemaEntry | undefined,
): string | undefined {
  const text = value.trim()
  if (isOpaque(text)) return undefined
  const known = findPlaceholder(text)
  if (known !== undefined)
    return known.kind === 'default' ? `a published default: ${known.reason}` : undefined
  if (isPublished(text)) return 'a published value: it stands in documentation or in a template'
  const secretClass = classifySecret(name, entry?.form)
  const kind = formKind(entry?.form)
  if (kind !== undefined) return fixedForms.has(kind) ? undefined : (findPattern(text) ?? findFewBits(text))
  if (isPasswordName(name)) return findPattern(text) ?? findShort(text, shortestPassword)
  if (secretClass === 'api-key' || secretClass === 'oauth' || secretClass === 'database') return undefined
  return findPattern(text) ?? findShort(text, shortestSecret)
}

/** A key of the application in hex digits with less than 256 bits, whose length nobody declared: enough, but not by much. */
export function isShortHex(name: string, value: string, entry: SchemaEntry | undefined): boolean {
  const text = value.trim()
  if (text.length >= 64 || text.length < shortestSecret || entry?.form !== undefined) return false
  const secretClass = classifySecret(name)
  const isOwn = secretClass === 'application-key' || secretClass === 'jwt'
  return isOwn && !isPasswordName(name) && /^[0-9a-f]+$/i.test(text)
}

/** Nothing can be said of these by their characters: keys in files or PEM, addresses, references. */
function isOpaque(text: string): boolean {
  const isPath = /^(?:\.{0,2}\/|[A-Za-z]:\\)[^\s]*\.[a-z0-9]{2,5}$/.test(text)
  return isPath || text.startsWith('-----BEGIN') || text.includes('://') || /\$\{|^\$[A-Z_]/.test(text)
}

function formKind(form: string | undefined): FormKind | undefined {
  if (form === undefined) return undefined
  try {
    return parseForm(form).kind
  } catch {
    // A form that cannot be read says nothing of the value; who wrote it is told elsewhere.
    return undefined
  }
}

function findShort(text: string, least: number): string | undefined {
  return text.length < least ? `shorter than ${String(least)} characters` : undefined
}

/** Repetition and order, which no random value of some length has. */
function findPattern(text: string): string | undefined {
  if (text.length < 4) return undefined
  if (`${text}${text}`.indexOf(text, 1) < text.length) return 'the same piece over and over'
  const distinct = new Set(text).size
  if (distinct <= 3 || (text.length >= 32 && distinct < 8)) return 'made of very few different characters'
  return isSequence(text) ? 'a row of neighbouring characters' : undefined
}

function isSequence(text: string): boolean {
  let steps = 0
  for (let at = 1; at < text.length; at += 1) {
    if (Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) === 1) steps += 1
  }
  return steps >= (text.length - 1) * 0.7
}

const alphabets: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^A-Za-z0-9]/, 16],
]

/** An upper bound: as if every character were drawn from all the kinds of characters that occur. */
function findFewBits(text: string): string | undefined {
  const isHex = /^[0-9a-f]+$/i.test(text)
  const size = isHex
    ? 16
    : alphabets.reduce((sum, [pattern, count]) => sum + (pattern.test(text) ? count : 0), 0)
  const bits = text.length * Math.log2(Math.max(size, 2))
  return bits < fewestBits ? `a generated value of less than ${String(fewestBits)} bits` : undefined
}
