/** Words that mark a file as a template; `rename_me` is two of them. */
const markers = [
  ['example'],
  ['sample'],
  ['template'],
  ['dist'],
  ['default'],
  ['defaults'],
  ['rename', 'me'],
] as const

interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * The file that a template fills, by its name alone: `.env.example` → `.env`, `env-example-relational` →
 * `.env.relational`. `undefined` for a name that is no template: it needs the word `env` and a marker, split at `.`,
 * `-` and `_`.
 */
export function targetOfTemplate(fileName: string): string | undefined {
  const marker = findMarker(words(fileName))
  if (marker === undefined) return undefined
  const rest = cut(fileName, marker)
  const env = words(rest).find(word => word.text === 'env')
  if (env === undefined) return undefined
  const suffix = cut(rest, env).replace(/^[._-]+|[._-]+$/g, '')
  return suffix === '' ? '.env' : `.env.${suffix}`
}

function words(text: string): Word[] {
  return [...text.matchAll(/[^._-]+/g)].map(match => ({
    text: match[0].toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }))
}

function findMarker(found: readonly Word[]): Word | undefined {
  for (const marker of markers) {
    for (let at = 0; at + marker.length <= found.length; at += 1) {
      const run = found.slice(at, at + marker.length)
      const [first, last] = [run[0], run.at(-1)]
      if (first === undefined || last === undefined) continue
      if (marker.every((text, index) => run[index]?.text === text)) return { ...first, end: last.end }
    }
  }
  return undefined
}

/** Removes a word with the separator before it, or, at the start, the one after it. */
function cut(text: string, word: Word): string {
  const start = word.start > 0 ? word.start - 1 : 0
  const end = word.start > 0 ? word.end : Math.min(word.end + 1, text.length)
  return text.slice(0, start) + text.slice(end)
}
