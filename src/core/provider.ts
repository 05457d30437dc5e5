import type { DiagnosisQuestion, Finding } from './diagnosis.ts'
import type { Instant } from './instant.ts'
import type { RotationStore } from './rotation/port.ts'
import type { Secret } from './secret.ts'

/** A variable's name, `[A-Za-z_][A-Za-z0-9_]*`; adapters map it to what the store allows. */
export type SecretName = string

/** Opaque, stable for one value of one secret, safe to print. Never a digest of the value. */
export type VersionId = string

export interface Identity {
  /** As whom the store knows us: an account, a role, a recipient. Never a key. */
  readonly who: string
  /** Which store: a path or an address. */
  readonly where: string
}

export interface SecretInfo {
  readonly name: SecretName
  readonly version?: VersionId
  readonly since?: Instant
}

export interface VersionInfo {
  readonly version: VersionId
  /** When the store says that the version was made; absent where the store does not know. */
  readonly created?: Instant
}

/** Value and version come together, so that a later write can say which version it replaces. */
export interface SecretVersion extends VersionInfo {
  readonly value: Secret
}

/** A secret as its readers have it now. */
export interface HeldSecret extends SecretVersion {
  readonly name: SecretName
  /** As long as readers accept it, whether or not its deadline has passed. */
  readonly previous?: { readonly value: Secret; readonly deadline?: Instant }
  /** A value that is staged, of a secret that a fleet signs with: accepted, and not signed with yet. */
  readonly next?: Secret
}

export type VersionSelector = 'current' | 'previous' | { readonly version: VersionId }

export interface WriteOptions {
  /** The caller's clock, recorded by stores that have none of their own. */
  readonly at: Instant
}

/** One connected backend. Holds no policy: no retry, no logging, no caching, no clock. */
export interface Provider {
  /** Proves that the credentials work and may do what the plan needs, without reading a value. */
  check(signal: AbortSignal): Promise<Identity>
  /** Metadata of every secret whose name starts with `prefix`, every page of it, sorted by name. Never values. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<SecretInfo>
  /** `undefined` only when the backend said the secret (or that version) is not there. Anything else that stops the read throws. */
  read(name: SecretName, version: VersionSelector, signal: AbortSignal): Promise<SecretVersion | undefined>
  /**
   * Every secret with its values, all of one moment: no writer gets in between. Present only where the store gives them
   * together, and then a great deal faster than one by one.
   */
  readonly readAll?: (signal: AbortSignal) => Promise<readonly HeldSecret[]>
  /** Makes `value` current, whatever was there. Durable when it returns. */
  write(name: SecretName, value: Secret, options: WriteOptions, signal: AbortSignal): Promise<VersionInfo>
  /** Present only where the store has a compare-and-set: `provider.conflict`, and nothing written, when the base has moved. */
  readonly writeIf?: (
    name: SecretName,
    value: Secret,
    base: VersionId | 'absent',
    options: WriteOptions,
    signal: AbortSignal,
  ) => Promise<VersionInfo>
  /** Idempotent, recoverable where the backend can; never purges. Removes the secret's previous and pending values with it. */
  remove(name: SecretName, signal: AbortSignal): Promise<void>
  /** Newest first, no values. Empty when the secret is not there. */
  readonly versions?: (name: SecretName, signal: AbortSignal) => AsyncIterable<VersionInfo>
  /** Erases the secret for good, also one that was removed before. Idempotent. */
  readonly purge?: (name: SecretName, signal: AbortSignal) => Promise<void>
  /**
   * Looks at everything that a rotation here will need, for `secrets doctor`: changes nothing and gives out no value.
   * Gives a finding for each thing that it looked at, the good ones too, and one of check `permission` for each of
   * `diagnosedSteps` (`info` where the store cannot tell without a change). Goes on after what is wrong as far as it
   * can; throws only what stops it altogether, which the caller turns into a finding.
   */
  readonly diagnose?: (question: DiagnosisQuestion, signal: AbortSignal) => AsyncIterable<Finding>
  /** Present when the backend can run the dual-key rotation. */
  readonly rotation?: RotationStore
  /** What the backend can hold. Checked before anything is written. */
  readonly limits: ProviderLimits
  close(): Promise<void>
}

export interface ProviderLimits {
  /** UTF-8 bytes of one value. */
  readonly valueBytes: number
  /** Absent when every value of that size can be held; else says which texts cannot, without quoting them. */
  readonly refuses?: (value: Secret) => string | undefined
}
