import type * as Yaml from 'yaml'

/** Names under which docker compose looks for its file, the first that is there. */
export const composeNames = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yaml',
  'docker-compose.yml',
] as const

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
export async function readCompose(text: string): Promise<ComposeFacts> {
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, logLevel: 'silent' })
  if (document.errors.length > 0) return nothing
  const references = new Map<string, number>()
  const optional = new Set<string>()
  yaml.visit(document, {
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
  return {
    references: [...references]
      .map(([name, line]) => ({ name, line }))
      .filter(({ name }) => !optional.has(name)),
    literals: literalsOf(yaml, document.get('services'), lines),
  }
}

function literalsOf(
  { isMap, isPair, isScalar, isSeq }: typeof Yaml,
  services: unknown,
  lines: Yaml.LineCounter,
): ComposeFacts['literals'] {
  const found: { name: string; value: string; line: number }[] = []
  const add = (name: unknown, value: unknown, offset = 0): void => {
    if (typeof name !== 'string' || typeof value !== 'string' || value.includes('$')) return
    found.push({ name, value, line: lines.linePos(offset).line })
  }
  for (const { value: service } of isMap(services) ? services.items : []) {
    const environment = isMap(service) ? service.get('environment', true) : undefined
    for (const item of isMap(environment) || isSeq(environment) ? environment.items : []) {
      if (isPair(item)) {
        const { key, value } = item
        if (isScalar(key) && isScalar(value)) add(key.value, value.value, key.range?.[0])
      } else if (isScalar(item) && typeof item.value === 'string') {
        const [name, ...rest] = item.value.split('=')
        if (rest.length > 0) add(name, rest.join('='), item.range?.[0])
      }
    }
  }
  return found
}
