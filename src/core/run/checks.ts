import { SecretsError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { isLoaderVariable } from './loader-variables.ts'

/** Of Linux: the longest `NAME=value` that a program can be started with, its final zero byte included. */
const longestBytes = 131_072

/** What a source would set, with the name of the source for messages. */
export interface Offered {
  readonly where: string
  readonly names: readonly string[]
}

/**
 * Refuses variables that choose programs, load code or turn connections elsewhere, unless each is allowed by name.
 * Also where the child's own environment would win: what a project holds must not depend on who runs it.
 */
export function refuseLoaderVariables(
  offered: readonly Offered[],
  allowed: ReadonlySet<string>,
  ignoresCase: boolean,
): void {
  const found = offered
    .map(({ where, names }) => ({
      where,
      names: names.filter(name => isLoaderVariable(name, ignoresCase) && !allowed.has(name)),
    }))
    .filter(({ names }) => names.length > 0)
  const [first] = found.flatMap(({ names }) => names)
  if (first === undefined) return
  const all = [...new Set(found.flatMap(({ names }) => names))]
  const others = all.length > 1 ? ` and ${String(all.length - 1)} more` : ''
  throw new SecretsError(
    'run.loader_variable',
    `"${first}"${others} would decide which code the program runs or whom it trusts`,
    {
      hints: [
        ...found.map(({ where, names }) => `${where} sets: ${names.join(', ')}`),
        `where that is meant: --allow-env-override ${all.join(',')}`,
      ],
    },
  )
}

/** Refuses what no environment can carry, before the system does so in words that quote it. */
export function refuseUnfit(variables: ReadonlyMap<string, Secret>): void {
  for (const [name, value] of variables) {
    if (!/^[\w.-]{1,255}$/.test(name)) {
      throw new SecretsError('run.unsupported_value', 'a source holds a name that no environment can carry', {
        hints: ['a name has letters, digits, "_", "." and "-"', '--only NAME,… passes others'],
      })
    }
    const text = value.reveal()
    if (text.includes('\0')) throw unfit(name, 'holds a zero byte')
    if (Buffer.byteLength(text, 'utf8') + name.length + 2 > longestBytes)
      throw unfit(name, 'has more than 128 KiB')
  }
}

function unfit(name: string, what: string): SecretsError {
  return new SecretsError(
    'run.unsupported_value',
    `the value of "${name}" ${what}: no environment can carry it`,
    {
      hints: ['--only NAME,… passes the others', 'give a large value to the program as a file'],
    },
  )
}
