/** Programs that read `.env` files, each in a dialect of its own. */
export const readerIds = [
  'dotenv',
  'node',
  'python-dotenv',
  'compose',
  'bash',
  'docker',
  'systemd',
  'sops',
] as const
export type ReaderId = (typeof readerIds)[number]

export function isReaderId(text: string): text is ReaderId {
  return (readerIds as readonly string[]).includes(text)
}

/**
 * What a reader makes of one assignment. `expands`: the result depends on other variables, or a command would run.
 * `refused`: an error, no assignment, or a result that depends on the lines below or on the reader's version.
 */
export type Reading =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'expands' }
  | { readonly kind: 'refused' }

/** One reader, modelled for a single assignment that stands alone in its lines. */
export interface ReaderModel {
  readonly id: ReaderId
  /** What may stand before the value, from the first character of the line that is no blank to the operator. */
  readonly head: RegExp
  /** `text` is everything behind the operator up to the line end; line ends inside it are `\n`. */
  read(text: string): Reading
}

export const refused: Reading = { kind: 'refused' }
export const expands: Reading = { kind: 'expands' }

export function valueOf(value: string): Reading {
  return { kind: 'value', value }
}

/** Linear, which `/…+$/` is not on a long run of blanks inside a text. `trimmed` matches single characters. */
export function trimEndOf(text: string, trimmed: RegExp): string {
  let end = text.length
  while (end > 0 && trimmed.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** Whether nothing but blanks or a comment follows a quoted value. */
export function isLineRest(text: string): boolean {
  return /^[ \t]*(?:#[^\n]*)?$/.test(text)
}
