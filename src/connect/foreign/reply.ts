import { SecretsError } from '../../core/errors.ts'
import type { Instant } from '../../core/instant.ts'
import { namePattern } from '../../core/names.ts'
import type { SecretName, SecretVersion, VersionId, VersionInfo } from '../../core/provider.ts'
import { Secret } from '../../core/secret.ts'

type Fields = Readonly<Record<string, unknown>>

/** Reads what one verb of an adapter gave back, field by field; what the contract does not know is left out. */
export class Reply {
  readonly #verb: string
  readonly who: string

  constructor(who: string, verb: string) {
    this.who = who
    this.#verb = verb
  }

  /** Names the field, never what stands in it. */
  malformed(what: string): SecretsError {
    return new SecretsError(
      'provider.invalid_reply',
      `the adapter "${this.who}" broke its contract: ${this.#verb} gave ${what}`,
      {
        hints: [
          'the suite of @dualkey/secrets/provider finds this before its users do',
          'docs/third-party-adapters.md',
        ],
      },
    )
  }

  fields(value: unknown, what: string): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
    throw this.malformed(`no object as ${what}`)
  }

  text(value: unknown, what: string): string {
    if (typeof value === 'string' && value !== '') return value
    throw this.malformed(`no text as ${what}`)
  }

  /** Milliseconds since 1970. */
  instant(value: unknown, what: string): Instant {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw this.malformed(`no number of milliseconds as ${what}`)
  }

  oneOf<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
    const found = allowed.find(one => one === value)
    if (found !== undefined) return found
    throw this.malformed(`none of ${allowed.join(', ')} as ${what}`)
  }

  flag(value: unknown, what: string): boolean {
    if (typeof value === 'boolean') return value
    throw this.malformed(`neither true nor false as ${what}`)
  }

  /** `{ key: read(value) }`, or nothing where there is no value. */
  optional<K extends string, T>(
    key: K,
    value: unknown,
    read: (value: unknown, what: string) => T,
  ): { readonly [key in K]?: T } {
    return value === undefined ? {} : ({ [key]: read.call(this, value, key) } as { [key in K]: T })
  }

  name(value: unknown): SecretName {
    const name = this.text(value, 'name')
    if (namePattern.test(name)) return name
    throw this.malformed('a name that no variable can have')
  }

  /** A value that is no `Secret` would be printed by whoever meets it. Also one of another copy of this package is one. */
  secret(value: unknown): Secret {
    if (value instanceof Secret) return value
    const reveal = typeof value === 'object' && value !== null ? (value as Fields)['reveal'] : undefined
    const text: unknown = typeof reveal === 'function' ? reveal.call(value) : undefined
    if (typeof text === 'string') return new Secret(text)
    throw this.malformed('a value that is no Secret')
  }

  /** Ids are printed and written down: a value must not stand in for one. */
  version(value: unknown, secret?: Secret): VersionId {
    const version = this.text(value, 'version')
    if (secret !== undefined && version === secret.reveal())
      throw this.malformed('the value itself as its version')
    return version
  }

  /** `secret`: the value that was written, which must not come back as its id. */
  versionInfo(value: unknown, secret?: Secret): VersionInfo {
    const { version, created } = this.fields(value, 'its answer')
    return { version: this.version(version, secret), ...this.optional('created', created, this.instant) }
  }

  secretVersion(value: unknown): SecretVersion {
    const { version, created, value: held } = this.fields(value, 'its answer')
    const secret = this.secret(held)
    return {
      version: this.version(version, secret),
      value: secret,
      ...this.optional('created', created, this.instant),
    }
  }
}
