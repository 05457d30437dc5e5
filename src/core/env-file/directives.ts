import { SecretsError } from '../errors.ts'
import { hasLoneSurrogate } from './decode.ts'
import type { Directive } from './document.ts'

/** The verbs of `# secrets: <verb> …`. */
export const directiveVerbs = ['generate', 'ask', 'keep', 'allow', 'rotation', 'pending'] as const
export type DirectiveVerb = (typeof directiveVerbs)[number]

const keyPattern = /^[A-Za-z_][A-Za-z0-9_.-]*$/
// Half a surrogate pair, by its numbers: to look up a property of Unicode by name takes 1 ms at every start.
const argumentPattern = /^[^\s"=\ud800-\udfff]+$/u

/** What `formatDirective` writes bare: ASCII without quotes and `#`, so that no reader can mistake it. */
const plainArgument = /^[A-Za-z0-9_.:/+,@%~^*-]+$/
const plainToken = /^[A-Za-z0-9_.:/+,@%~^*=-]+$/

/** An argument, or a key with its `=`. */
const startPattern = /[ \t]*(?:([^\s"=]+)=|([^\s"=]+)(?=[ \t]|$))/y
const tokenPattern = /[^\s"]+(?=[ \t]|$)/y

/**
 * Reads a comment as a directive: `undefined` when it is none, a problem when it is one that cannot be read. The
 * problem quotes nothing of the line, because a `pending` directive holds a value. `comment` is the text of the
 * comment, with or without its one `#`.
 */
export function parseDirective(comment: string): Directive | { readonly problem: string } | undefined {
  const start = /^[ \t]*(?:#[ \t]*)?secrets:(?=[ \t]|$)/.exec(comment)
  if (start === null) return undefined
  const tokens = splitTokens(comment.slice(start[0].length).trimEnd())
  if (typeof tokens === 'string') return { problem: tokens }
  const { args, keys } = tokens
  const verb = args.shift()
  if (verb === undefined) return { problem: 'the directive has no verb' }
  if (!isVerb(verb)) return { problem: `the verb is none of ${directiveVerbs.join(', ')}` }
  if (verb === 'allow' && (keys['reason'] ?? '').trim() === '') {
    return { problem: 'allow needs reason="…"' }
  }
  return { verb, args, keys }
}

const malformed = 'an argument is not NAME, key=token or key="JSON string"'

interface Tokens {
  readonly args: string[]
  readonly keys: Record<string, string>
}

/** A text is the problem. */
function splitTokens(text: string): Tokens | string {
  const args: string[] = []
  const pairs = new Map<string, string>()
  for (let at = 0; at < text.length;) {
    const start = matchAt(startPattern, text, at)
    if (start === undefined) return malformed
    at += start[0].length
    const [, key, argument] = start
    if (argument !== undefined) {
      if (pairs.size > 0) return 'an argument stands behind a key=value'
      args.push(argument)
      continue
    }
    const token = text[at] === '"' ? matchQuoted(text, at) : matchAt(tokenPattern, text, at)?.[0]
    if (token === undefined) return malformed
    at += token.length
    const problem = addPair(pairs, key ?? '', token)
    if (problem !== undefined) return problem
  }
  // fromEntries defines properties: a key `__proto__` stays a key.
  return { args, keys: Object.fromEntries(pairs) }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

/** By hand, because a pattern with alternatives overflows its stack on a long value. A blank or the end follows. */
function matchQuoted(text: string, at: number): string | undefined {
  let end = at + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  const next = text.charAt(end + 1)
  return end < text.length && (next === '' || next === ' ' || next === '\t')
    ? text.slice(at, end + 1)
    : undefined
}

function addPair(pairs: Map<string, string>, key: string, token: string): string | undefined {
  if (!keyPattern.test(key)) return 'a key is not a name'
  if (pairs.has(key)) return 'a key stands there twice'
  const value = token.startsWith('"') ? readJsonString(token) : token
  if (value === undefined) return 'a quoted text is not a JSON string'
  pairs.set(key, value)
  return undefined
}

/** JSON.parse quotes its input in errors, so they are dropped. */
function readJsonString(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' && !hasLoneSurrogate(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The comment line of a directive, without a line end: printable ASCII whatever the values hold, and read back
 * equal by `parseDirective`. Throws `env_file.invalid_directive` for what the grammar cannot carry: an unknown verb,
 * an argument with blanks or quotes, a key that is no name, half a surrogate pair.
 */
export function formatDirective(directive: Directive): string {
  const { verb, args, keys } = directive
  if (!isVerb(verb)) throw unwritable('the verb is not known')
  if (verb === 'allow' && (keys['reason'] ?? '').trim() === '') throw unwritable('allow needs a reason')
  const parts = ['# secrets:', verb]
  for (const argument of args) {
    if (!argumentPattern.test(argument) || !plainArgument.test(argument)) {
      throw unwritable('an argument holds more than letters, digits and _ . : / + , @ % ~ ^ * -')
    }
    parts.push(argument)
  }
  for (const [key, value] of Object.entries(keys)) {
    if (!keyPattern.test(key)) throw unwritable('a key is not a name')
    parts.push(`${key}=${formatValue(value)}`)
  }
  return parts.join(' ')
}

function formatValue(value: string): string {
  if (plainToken.test(value)) return value
  if (hasLoneSurrogate(value)) throw unwritable('a value holds half of a surrogate pair')
  // `#` too: behind a quote it would start a comment for a quoted value left open on a line above.
  return JSON.stringify(value).replace(
    /[^ !"$-~]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isVerb(text: string): text is DirectiveVerb {
  return (directiveVerbs as readonly string[]).includes(text)
}

function unwritable(message: string): SecretsError {
  return new SecretsError('env_file.invalid_directive', `the directive cannot be written: ${message}`)
}
