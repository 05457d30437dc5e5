import { Patterns } from './redact/patterns.ts'
import { StreamRedactor } from './redact/stream.ts'
import type { Secret } from './secret.ts'

/** Replaces every value that stands in a text, in any spelling that `spellingsOf` lists, by `[redacted]`. */
export function createRedactor(secrets: readonly Secret[]): (text: string) => string {
  const patterns = new Patterns(secrets)
  return text => {
    const redactor = new StreamRedactor(patterns)
    const shown = redactor.push(Buffer.from(text, 'utf8'))
    return Buffer.concat([shown, redactor.end()]).toString('utf8')
  }
}
