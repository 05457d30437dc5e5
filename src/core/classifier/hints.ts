import type { AssignmentNode, EnvDocument } from '../env-file/index.ts'

export interface Comments {
  /** Lines directly above and the one behind the value, in one text. */
  readonly text: string
  readonly line: number
}

/** The comment that belongs to a variable: the lines directly above it and the one behind its value. */
export function commentsOf(document: EnvDocument, node: AssignmentNode): Comments {
  const lines: string[] = []
  let first = node.line
  for (let at = document.indexOf(node) - 1; ; at -= 1) {
    const above = document.nodes[at]
    if (above?.kind !== 'comment') break
    lines.unshift(above.text)
    first = above.line
  }
  if (node.inlineComment !== undefined) lines.push(node.inlineComment.text)
  return { text: lines.join('\n'), line: first }
}

interface HintRule {
  readonly pattern: RegExp
  readonly form: (size: number) => string
  readonly examples: readonly [comment: string, form: string]
}

/** Commands and words that tell how a value is made. First match wins; sizes outside 16…128 are not believed. */
export const hintRules: readonly HintRule[] = [
  {
    pattern: /openssl\s+rand\s+-hex\s+(\d{1,3})/i,
    form: size => `hex:${String(size)}`,
    examples: ['openssl rand -hex 32', 'hex:32'],
  },
  {
    pattern: /openssl\s+rand\s+(-base64)\s+(\d{1,3})/i,
    form: size => `base64:${String(size)}`,
    examples: ['run: openssl rand -base64 32', 'base64:32'],
  },
  {
    pattern: /token_hex\((\d{1,3})?\)/,
    form: size => `hex:${String(size)}`,
    examples: ['secrets.token_hex(32)', 'hex:32'],
  },
  {
    pattern: /token_urlsafe\((\d{1,3})?\)/,
    form: size => `base64url:${String(size)}`,
    examples: ['secrets.token_urlsafe(64)', 'base64url:64'],
  },
  {
    pattern: /randomBytes\((\d{1,3})\)[^\n]{0,20}['"]hex['"]/,
    form: size => `hex:${String(size)}`,
    examples: ["crypto.randomBytes(48).toString('hex')", 'hex:48'],
  },
  {
    pattern: /randomBytes\((\d{1,3})\)[^\n]{0,20}['"]base64['"]/,
    form: size => `base64:${String(size)}`,
    examples: ["randomBytes(32).toString('base64')", 'base64:32'],
  },
  {
    pattern: /artisan\s+key:generate/,
    form: () => 'laravel-key',
    examples: ['php artisan key:generate', 'laravel-key'],
  },
  {
    pattern: /Fernet\.generate_key|fernet key/i,
    form: () => 'fernet',
    examples: ['Fernet.generate_key()', 'fernet'],
  },
  {
    pattern: /(\d{1,3})[- ]?(?:char\w*|hex digits)?\s*(?:in )?hex/i,
    form: size => `hex:${String(size / 2)}`,
    examples: ['64 characters in hex', 'hex:32'],
  },
  {
    pattern:
      /(?:exactly|must be)\s+(\d{1,3})\s+(?:char|letters|long)|(\d{1,3})[- ]char\w*\s+(?:long\s+)?(?:exactly|string|key|secret|random)/i,
    form: size => `chars:${String(size)}`,
    examples: ['must be 32 characters', 'chars:32'],
  },
]

/** The form that a comment asks for; `undefined` when it names none. */
export function formInComment(text: string): string | undefined {
  for (const { pattern, form } of hintRules) {
    const match = pattern.exec(text)
    if (match === null) continue
    const size = Number(match.slice(1).find(group => /^\d+$/.test(group)) ?? 32)
    const made = form(size)
    if (size >= 16 && size <= 128 && !made.includes('.')) return made
  }
  return undefined
}

/** Words that ask for a value of one's own making. */
export function asksToGenerate(text: string): boolean {
  return /\b(?:generate|random|unpredictable|secure|strong)\b/i.test(text)
}
