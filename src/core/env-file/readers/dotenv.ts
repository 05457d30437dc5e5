import { scanAssignment } from '../assignment.ts'
import { readDotenvValue } from '../value.ts'
import { refused, valueOf, type ReaderModel, type Reading } from './model.ts'

/** The npm package `dotenv`, default mode. Source of the facts: its parser, which the tests run. */
export const dotenvReader: ReaderModel = { id: 'dotenv', head: /[=:]$/, read: readDotenv }

function readDotenv(text: string): Reading {
  const line = `A=${text}`
  const scanned = scanAssignment(line, 0)
  if (scanned?.end !== line.length) return refused
  const source = line.slice(scanned.value.start, scanned.value.end)
  return /^['"`]/.test(source) && !isClosedAlone(source) ? refused : valueOf(readDotenvValue(source))
}

/**
 * Whether the quotes close whatever stands on the lines below: a quote left open looks for its partner there, and
 * so does one that a backslash precedes.
 */
function isClosedAlone(source: string): boolean {
  const quote = source.charAt(0)
  return source.indexOf(quote, 1) === source.length - 1 && source.length > 1 && source.at(-2) !== '\\'
}
