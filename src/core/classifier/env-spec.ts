import { ask, isEmpty, keep } from './outcome.ts'
import type { Decided } from './relations.ts'
import type { Variable } from './variable.ts'

/**
 * Decorators in comments and functions as values of the `@env-spec` language, as far as they mean what our own directives
 * mean: `@sensitive=false` and `@public` (nothing to generate), `randomHex(64)` (generate), `varlock(prompt)` (ask).
 * `@required`, `@optional` and `minLength=` are read like any other words of a comment.
 */
export function readEnvSpec(variable: Variable): Decided | undefined {
  const said = { confidence: 1, rule: 'env-spec' } as const
  const evidence = { line: variable.node.valueLine, column: variable.node.valueColumn }
  const form = formOfFunction(variable.text)
  if (form !== undefined) {
    return { decision: 'generate', form, reason: 'its value is a function that makes one', evidence, ...said }
  }
  if (/^(?:varlock|keychain)\(\s*prompt\b/.test(variable.text)) {
    return { decision: 'ask', reason: 'its value is a function that asks for one', evidence, ...said }
  }
  if (!isSaidPublic(variable)) return undefined
  const reason = 'a decorator says that it is public'
  const isOpen = isEmpty(variable) || variable.value.placeholder !== undefined
  return { ...(isOpen ? ask(variable, reason, 1) : keep(reason, 1)), ...said }
}

/** Fewest bytes and characters that we make, whatever the function asks for. */
const fewest = { bytes: 16, characters: 11 }

function formOfFunction(text: string): string | undefined {
  const call =
    /^(?:cache\(\s*)?(randomHex|randomString|randomUuid)\(\s*(\d{0,4})\s*(?:,\s*bytes=(true))?[^()]*\)/.exec(
      text,
    )
  if (call === null) return undefined
  const [, name, count = '', inBytes] = call
  if (name === 'randomUuid') return 'uuid'
  const size = count === '' ? undefined : Number(count)
  if (name === 'randomHex') {
    const bytes = inBytes === undefined ? Math.ceil((size ?? 32) / 2) : (size ?? 32)
    return `hex:${String(Math.min(Math.max(bytes, fewest.bytes), 1024))}`
  }
  const characters = Math.min(Math.max(size ?? 16, fewest.characters), 4096)
  return characters >= 22 ? `alnum:${String(characters)}` : `chars:${String(characters)}`
}

/** On a decorator line directly above, or behind the value; the last word counts. */
function isSaidPublic({ comments, node }: Variable): boolean {
  const lines = comments
    .slice(0, 2)
    .flatMap(({ text }) => text.split('\n'))
    .filter(line => line.startsWith('@'))
  if (node.inlineComment?.text.startsWith('@') === true) lines.push(node.inlineComment.text)
  return lines.some(line =>
    /(?:^|\s)@(?:public(?!=false)|sensitive=(?:false|\{\s*enabled=false))(?![\w-])/.test(line),
  )
}
