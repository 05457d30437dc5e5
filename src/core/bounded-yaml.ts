import { Composer, type CST, type Document, Lexer, type LineCounter, Parser } from 'yaml'

/** Bounds of a YAML file: far above any real one, low enough that a hostile one ends within a second. */
const maxBytes = 1_048_576
const maxLexemes = 200_000
const maxDepth = 32

export type YamlExcess = 'bytes' | 'parts' | 'depth' | 'documents' | 'directive'

/** Throws what it gives; `offset` is where reading stops. */
export type Refuse = (offset: number, excess: YamlExcess) => Error

/**
 * The one document of a YAML 1.2 text, `undefined` for none. What the lexer gives is counted and the parser's stack
 * watched, so that nothing deep or endless reaches the composer. Duplicate keys are the caller's: the library compares
 * every key with every other one. Its messages quote the document: only codes and places of `errors` are to be used.
 */
export function composeBounded(
  text: string,
  counter: LineCounter,
  options: { readonly merge: boolean; readonly resolveKnownTags: boolean },
  refuse: Refuse,
): Document.Parsed | undefined {
  if (Buffer.byteLength(text, 'utf8') > maxBytes) throw refuse(0, 'bytes')
  const composer = new Composer({
    ...{ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' },
    ...options,
  })
  let found: Document.Parsed | undefined
  for (const document of composer.compose(tokens(text, counter, refuse), true, text.length)) {
    if (found !== undefined) throw refuse(document.range[0], 'documents')
    found = document
  }
  return found
}

function* tokens(text: string, counter: LineCounter, refuse: Refuse): Generator<CST.Token> {
  counter.addNewLine(0)
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) counter.addNewLine(at + 1)
  const parser = new Parser()
  let count = 0
  for (const lexeme of new Lexer().lex(text)) {
    count += 1
    if (count > maxLexemes) throw refuse(parser.offset, 'parts')
    for (const token of parser.next(lexeme)) {
      // `%YAML 1.1` would turn on other spellings of true and false, and merge keys.
      if (token.type === 'directive') throw refuse(token.offset, 'directive')
      yield token
    }
    // One level of nesting is two entries of the stack at most: the collection and the value in it.
    if (parser.stack.length > maxDepth * 2) throw refuse(parser.offset, 'depth')
  }
  yield* parser.end()
}
