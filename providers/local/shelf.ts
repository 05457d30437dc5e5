import { SecretsError } from '../../src/core/errors.ts'
import type { Instant } from '../../src/core/instant.ts'
import { namePattern } from '../../src/core/names.ts'
import type { ProviderLimits, SecretName } from '../../src/core/provider.ts'
import type { Secret } from '../../src/core/secret.ts'
import { live, type Outcome } from './changes.ts'
import type { StoredSecret } from './document.ts'
import type { Generations } from './generations.ts'

export const limits: ProviderLimits = {
  valueBytes: 65_536,
  refuses: value =>
    /\p{Surrogate}/u.test(value.reveal())
      ? 'half of a character outside the basic plane (a lone surrogate)'
      : undefined,
}

/** The secrets of one environment that are there, in one generation. */
export interface View {
  get(name: SecretName): StoredSecret | undefined
  /** Sorted. */
  names(): readonly SecretName[]
}

/** One environment within a store that may hold several. */
export interface Shelf {
  read(signal: AbortSignal): Promise<View>
  /** Changes one secret; `decide` may be asked several times, and is given a removed secret too. */
  change(
    name: SecretName,
    decide: (secret: StoredSecret | undefined, view: View) => Outcome,
    at: Instant | undefined,
    signal: AbortSignal,
  ): Promise<void>
  /** Throws when the store cannot hold the value under that name; nothing of either is quoted. */
  requireStorable(name: SecretName, value: Secret): void
}

export function createShelf(generations: Generations, environment: string): Shelf {
  const prefix = `${environment}/`
  return {
    async read(signal) {
      const document = await generations.read(signal)
      return viewOf(prefix, document?.secrets ?? new Map())
    },
    async change(name, decide, at, signal) {
      const key = prefix + requireName(name)
      await generations.change(
        secrets => {
          const outcome = decide(secrets.get(key), viewOf(prefix, secrets))
          if (outcome === 'unchanged') return outcome
          const next = new Map(secrets)
          if (outcome.secret === undefined) next.delete(key)
          else next.set(key, outcome.secret)
          return { secrets: next, erases: outcome.erases === true }
        },
        at,
        signal,
      )
    },
    requireStorable(name, value) {
      requireName(name)
      if (Buffer.byteLength(value.reveal(), 'utf8') > limits.valueBytes) throw tooLarge(name)
      const refused = limits.refuses?.(value)
      if (refused !== undefined) throw unsupported(name, refused)
    },
  }
}

function viewOf(prefix: string, secrets: ReadonlyMap<string, StoredSecret>): View {
  const get = (name: SecretName): StoredSecret | undefined => live(secrets.get(prefix + requireName(name)))
  return {
    get,
    names: () =>
      Array.from(secrets.keys())
        // Names have no `/`: what has another one belongs to an environment whose name begins like ours.
        .filter(key => key.startsWith(prefix) && !key.includes('/', prefix.length))
        .map(key => key.slice(prefix.length))
        .filter(name => get(name) !== undefined)
        .sort(),
  }
}

function requireName(name: SecretName): SecretName {
  if (namePattern.test(name)) return name
  throw new SecretsError('provider.bad_name', 'that cannot be the name of a secret', {
    hints: ['a name has letters, digits and "_", and does not begin with a digit'],
  })
}

function tooLarge(name: SecretName): SecretsError {
  return new SecretsError(
    'provider.too_large',
    `the value of "${name}" has more than ${String(limits.valueBytes)} bytes`,
    {
      hints: ['keep large files outside and store only the key that opens them'],
    },
  )
}

function unsupported(name: SecretName, what: string): SecretsError {
  return new SecretsError('env_file.unsupported_value', `the value of "${name}" holds ${what}`, {
    hints: ['encode the value first, for example as base64'],
  })
}
