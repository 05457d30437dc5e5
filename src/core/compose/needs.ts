import { type Document, LineCounter, visit } from 'yaml'
import { isSecretsError } from '../errors.ts'
import { parseCompose, readCompose } from './read.ts'

/** What a compose file has to do with variables. */
export interface ComposeFacts {
  /** Names that compose takes from the `.env` beside the file and that it gives no default; each once, in the order of the file. */
  readonly references: readonly { readonly name: string; readonly line: number }[]
  /** Values that a service gets as they stand there. */
  readonly literals: readonly { readonly name: string; readonly value: string; readonly line: number }[]
}

const nothing: ComposeFacts = { references: [], literals: [] }

/** `${NAME}`, `$NAME`, `${NAME:?message}`; `${NAME:-default}` and `${NAME:+other}` work without. `$$` is the sign itself. */
const reference = /(?<!\$)(?:\$\$)*\$(?:\{([A-Za-z_]\w*)(:?[-+?])?|([A-Za-z_]\w*))/g

/** What a shell or compose itself gives. */
const given = /^(?:PWD|HOME|USER|UID|GID|HOSTNAME|PATH|SHELL|LANG|TERM|TMPDIR|(?:COMPOSE|DOCKER)_\w+)$/

/** Never throws: a file that cannot be read has nothing to say, and compose itself reports it. Comments do not count. */
export function readNeeds(text: string): ComposeFacts {
  try {
    const lines = new LineCounter()
    const document = parseCompose(text, lines, () => ({ path: '' }))
    if (document.errors.length > 0) return nothing
    return { references: referencesIn(document, lines), literals: literalsIn(text) }
  } catch (error) {
    if (isSecretsError(error, 'compose.invalid')) return nothing
    throw error
  }
}

function referencesIn(document: Document.Parsed, lines: LineCounter): ComposeFacts['references'] {
  const references = new Map<string, number>()
  const optional = new Set<string>()
  visit(document, {
    Scalar(_key, { value, range }) {
      if (typeof value !== 'string' || !value.includes('$')) return
      for (const [, braced, operator = '', bare] of value.matchAll(reference)) {
        const name = braced ?? bare ?? ''
        if (/[-+]$/.test(operator)) optional.add(name)
        else if (!references.has(name) && !given.test(name))
          references.set(name, lines.linePos(range?.[0] ?? 0).line)
      }
    },
  })
  return [...references].map(([name, line]) => ({ name, line })).filter(({ name }) => !optional.has(name))
}

function literalsIn(text: string): ComposeFacts['literals'] {
  return [...readCompose(text, '').services.values()].flatMap(({ environment }) =>
    environment.flatMap(({ name, text: value, at }) =>
      value === undefined || value.includes('$') ? [] : [{ name, value, line: at.line ?? 1 }],
    ),
  )
}
