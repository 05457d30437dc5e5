import { Secret } from './secret.ts'

/** Why a text cannot be edited field by field: it is no JSON, no object, or has a key twice, of which readers take one. */
export type JsonFlaw = 'no_json' | 'no_object' | 'repeated_key'

/** `null` removes the key. All other keys stay as they are. */
export type JsonChanges = Readonly<Record<string, Secret | null>>

/** A JSON text whose top is an object. The text is behind functions, so that printing it shows nothing of it. */
export interface JsonObject {
  /** In the order of the text. */
  keys(): readonly string[]
  /** `undefined` where the key is not there, `not_text` where its value is JSON of another kind. */
  text(key: string): Secret | 'not_text' | undefined
  /**
   * The texts of these keys set, added at the end, or removed. Every other byte stays as it is, white space and the
   * spelling of numbers included; a key that has that text already is not touched. To remove what was added gives the
   * first text again.
   */
  with(changes: JsonChanges): JsonObject
  /** The whole text. */
  toSecret(): Secret
}

/** Where one member stands in the text: `[keyStart, keyEnd) … [valueStart, valueEnd)`. */
interface Member {
  readonly key: string
  readonly keyStart: number
  readonly keyEnd: number
  readonly valueStart: number
  readonly valueEnd: number
}

export const emptyJsonObject: JsonObject = objectOf('{}', [])

/** `flaw`: what is wrong with the text; nothing of it is quoted. */
export function readJsonObject(source: Secret): JsonObject | { readonly flaw: JsonFlaw } {
  const text = source.reveal()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { flaw: 'no_object' }
  } catch {
    // The message quotes what it read.
    return { flaw: 'no_json' }
  }
  const members = membersOf(text)
  const isRepeated = new Set(members.map(({ key }) => key)).size < members.length
  return isRepeated ? { flaw: 'repeated_key' } : objectOf(text, members)
}

function objectOf(text: string, members: readonly Member[]): JsonObject {
  const valueOf = ({ valueStart, valueEnd }: Member): unknown => JSON.parse(text.slice(valueStart, valueEnd))
  return {
    keys: () => members.map(({ key }) => key),
    text(key) {
      const member = members.find(one => one.key === key)
      if (member === undefined) return undefined
      const value = valueOf(member)
      return typeof value === 'string' ? new Secret(value) : 'not_text'
    },
    with(changes) {
      let changed = text
      for (const [key, value] of Object.entries(changes)) {
        // Each edit moves what stands behind it.
        const found = membersOf(changed)
        const member = found.find(one => one.key === key)
        if (value === null) changed = without(changed, found, key)
        else if (member === undefined) changed = withAdded(changed, found, key, value.reveal())
        else changed = withSet(changed, member, value.reveal())
      }
      return objectOf(changed, membersOf(changed))
    },
    toSecret: () => new Secret(text),
  }
}

function withSet(text: string, { valueStart, valueEnd }: Member, value: string): string {
  // The same text may be written in many ways: the one that stands there is kept.
  if (JSON.parse(text.slice(valueStart, valueEnd)) === value) return text
  return text.slice(0, valueStart) + JSON.stringify(value) + text.slice(valueEnd)
}

/** Behind the last member, with the white space that it has. */
function withAdded(text: string, members: readonly Member[], key: string, value: string): string {
  const last = members.at(-1)
  if (last === undefined) {
    const inside = text.indexOf('{') + 1
    return `${text.slice(0, inside)}${JSON.stringify(key)}:${JSON.stringify(value)}${text.slice(inside)}`
  }
  const before = members.at(-2)?.valueEnd
  const start = before === undefined ? text.indexOf('{') + 1 : text.indexOf(',', before) + 1
  const lead = text.slice(start, last.keyStart)
  const colon = text.slice(last.keyEnd, last.valueStart)
  const added = `,${lead}${JSON.stringify(key)}${colon}${JSON.stringify(value)}`
  return text.slice(0, last.valueEnd) + added + text.slice(last.valueEnd)
}

/** With the one comma that it needs no more. */
function without(text: string, members: readonly Member[], key: string): string {
  const index = members.findIndex(one => one.key === key)
  const member = members[index]
  if (member === undefined) return text
  const [before, after] = [members[index - 1], members[index + 1]]
  if (before !== undefined) return text.slice(0, before.valueEnd) + text.slice(member.valueEnd)
  return text.slice(0, member.keyStart) + text.slice(after?.keyStart ?? member.valueEnd)
}

const [quote, backslash] = ['"', '\\']

/** The members of the outermost object of a text that is known to be JSON. */
function membersOf(text: string): readonly Member[] {
  const members: Member[] = []
  let at = skipSpace(text, text.indexOf('{') + 1)
  while (text[at] === quote) {
    const keyStart = at
    const keyEnd = endOfString(text, at)
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1)
    const valueEnd = endOfValue(text, valueStart)
    const key = JSON.parse(text.slice(keyStart, keyEnd)) as string
    members.push({ key, keyStart, keyEnd, valueStart, valueEnd })
    // Behind the comma, or behind the brace that ends the object.
    at = skipSpace(text, skipSpace(text, valueEnd) + 1)
  }
  return members
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1
  return at
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== quote) at += text[at] === backslash ? 2 : 1
  return at + 1
}

function endOfValue(text: string, start: number): number {
  if (text[start] === quote) return endOfString(text, start)
  let at = start
  let depth = 0
  while (at < text.length) {
    const sign = text.charAt(at)
    // The end of a number or a word: what follows belongs to the object around it.
    if (depth === 0 && ',}] \t\n\r'.includes(sign)) return at
    if (sign === quote) at = endOfString(text, at)
    else {
      if (sign === '{' || sign === '[') depth += 1
      if (sign === '}' || sign === ']') depth -= 1
      at += 1
      if (depth === 0 && (sign === '}' || sign === ']')) return at
    }
  }
  return at
}
