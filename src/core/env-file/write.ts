import { hasLoneSurrogate } from './decode.ts'
import type { Quote } from './document.ts'
import { defaultReaders, readValue, type ReaderId } from './readers.ts'

/** Letters, digits, `-` and `_`: what every reader, shell and connection string takes as it stands. */
export const safeValuePattern = /^[A-Za-z0-9_-]+$/

/** What every known reader reads unquoted as it stands. */
export const plainValuePattern = /^[A-Za-z0-9_+/=:.,@%-]*$/

export type EncodedValue =
  | { readonly text: string; readonly quote: Quote }
  | { readonly refusedBy: readonly ReaderId[]; readonly reason: string }

const quoteOrder = ['none', 'single', 'double', 'backtick'] as const satisfies readonly Quote[]

/**
 * The text to put behind `NAME=` so that every reader reads exactly `value`: unquoted where that is plain, then in
 * single quotes, double quotes, backticks, and unquoted as the last resort; `preferred` (the quotes that stand
 * there now) is tried first. Otherwise which readers stand in the way; the reason quotes nothing of the value.
 */
export function encodeValue(
  value: string,
  readers: readonly ReaderId[] = defaultReaders,
  preferred?: Quote,
): EncodedValue {
  if (isPlainForAll(value) && (preferred ?? 'none') === 'none') return { text: value, quote: 'none' }
  if (value.includes('\0')) return { refusedBy: readers, reason: 'the value holds a NUL character' }
  if (hasLoneSurrogate(value))
    return { refusedBy: readers, reason: 'the value holds half of a surrogate pair' }
  let refusedBy = readers
  for (const { text, quote } of proposeTexts(value, preferred)) {
    const failing = readers.filter(reader => !readsExactly(reader, text, value))
    if (failing.length === 0) return { text, quote }
    if (failing.length < refusedBy.length) refusedBy = failing
  }
  return { refusedBy, reason: nameObstacle(value) }
}

/** Needs no model. The length keeps far below docker's limit. */
function isPlainForAll(value: string): boolean {
  return value.length < 32_768 && plainValuePattern.test(value)
}

function readsExactly(reader: ReaderId, text: string, value: string): boolean {
  const reading = readValue(reader, text)
  return reading.kind === 'value' && reading.value === value
}

interface Proposal {
  readonly text: string
  readonly quote: Quote
}

function* proposeTexts(value: string, preferred: Quote | undefined): Iterable<Proposal> {
  const isPlain = plainValuePattern.test(value)
  const order = quoteOrder.filter(quote => quote !== preferred && (quote !== 'none' || isPlain))
  if (preferred !== undefined) order.unshift(preferred)
  if (!order.includes('none')) order.push('none')
  for (const quote of order) {
    for (const text of proposeForms(value, quote)) yield { text, quote }
  }
}

/** More than one form where readers know escapes: the models decide which of them says the value. */
function proposeForms(value: string, quote: Quote): readonly string[] {
  const oneLine = value.replaceAll('\n', '\\n')
  switch (quote) {
    case 'none':
      return distinct([value, oneLine, value.replace(/[\s'"\\$`&|;()<>~#]/g, '\\$&')])
    case 'single':
      return [`'${value}'`]
    case 'double': {
      const escaped = value.replace(/["\\$`]/g, '\\$&')
      return distinct([oneLine.replaceAll('\r', '\\r'), value, escaped, escaped.replaceAll('\n', '\\n')]).map(
        text => `"${text}"`,
      )
    }
    case 'backtick':
      return [`\`${value}\``]
  }
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}

/** The kind of character that makes readers differ; the first that applies. */
function nameObstacle(value: string): string {
  if (/[\n\r]/.test(value)) return 'these readers differ on line ends'
  if (value.includes('$')) return 'these readers differ on dollar signs'
  if (/['"`]/.test(value)) return 'these readers differ on quotes'
  if (value.includes('\\')) return 'these readers differ on backslashes'
  if (value.includes('#')) return 'these readers differ on number signs'
  if (/\s/.test(value)) return 'these readers differ on blanks'
  return 'these readers differ on a character of the value'
}
