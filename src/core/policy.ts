import { canonicalName } from './environment.ts'
import type { EnvironmentConfig, RotateConfig, RotationKind, VariableConfig } from './manifest/manifest.ts'
import {
  classifySecret,
  isAddressName,
  isDatabaseName,
  isEncryptionSecret,
  isIdentifierName,
  isIssuedElsewhere,
  isPasswordName,
  isSigningSecret,
  type SecretClass,
} from './schema/secret-names.ts'

const hour = 3_600_000
const day = 24 * hour

/** Longest age of a value by environment; an environment that is none of these is treated like production. */
const byEnvironment: Readonly<Record<string, number | 'never'>> = {
  development: 90 * day,
  test: 'never',
  staging: 30 * day,
  production: 30 * day,
}

/** Longest age of a value by what it is for. */
const byClass: Readonly<Record<SecretClass, number>> = {
  'application-key': 180 * day,
  jwt: 180 * day,
  'api-key': 90 * day,
  database: 90 * day,
  oauth: 90 * day,
  encryption: 365 * day,
}

const defaultGrace = day

export interface PolicyFacts {
  readonly name: string
  readonly environment: string
  /** The form of its values, where known. */
  readonly form?: string
  readonly manifestVariable?: VariableConfig
  readonly manifestEnvironment?: EnvironmentConfig
}

/** Durations in milliseconds. */
export interface ResolvedPolicy {
  readonly class: SecretClass
  readonly every: number | 'never'
  readonly grace: number
  /**
   * Less grace than this locks somebody out: twice `refreshTtl`; and `refreshTtl` + `tokenTtl`, because a reader signs
   * with the old value until it reads again, and what it signed last lives that long. 0 where neither is declared.
   */
  readonly minimumGrace: number
  readonly refreshTtl?: number
  readonly tokenTtl?: number
  /** Where each comes from, for people: `manifest: X in production`, `default for staging`. */
  readonly sources: { readonly every: string; readonly grace: string }
}

/**
 * When a secret is due and how long its old value stays accepted. What the manifest says of the variable in this
 * environment counts most, then of the variable, then of the environment, then the built-in table: the shorter of
 * environment and class, except that an encryption key keeps its own interval and `test` has none. Pure.
 */
export function resolveRotationPolicy(facts: PolicyFacts): ResolvedPolicy {
  const secretClass = classifySecret(facts.name, facts.form)
  const layers = layersOf(facts)
  const refreshTtl = firstOf(layers, 'refreshTtl')?.value
  const tokenTtl = firstOf(layers, 'tokenTtl')?.value
  const minimumGrace = shortestGrace(refreshTtl, tokenTtl)
  const every = firstOf(layers, 'every') ?? defaultInterval(facts.environment, secretClass)
  const grace = firstOf(layers, 'grace') ?? graceFor(minimumGrace)
  return {
    class: secretClass,
    every: every.value,
    grace: grace.value,
    minimumGrace,
    ...(refreshTtl === undefined ? {} : { refreshTtl }),
    ...(tokenTtl === undefined ? {} : { tokenTtl }),
    sources: { every: every.source, grace: grace.source },
  }
}

export function shortestGrace(refreshTtl = 0, tokenTtl = 0): number {
  return refreshTtl + Math.max(refreshTtl, tokenTtl)
}

interface Layer {
  readonly rotate: RotateConfig | undefined
  readonly source: string
}

interface Sourced<T> {
  readonly value: T
  readonly source: string
}

function layersOf({
  name,
  environment,
  manifestVariable,
  manifestEnvironment,
}: PolicyFacts): readonly Layer[] {
  const override = manifestVariable?.environments.get(environment)
  return [
    { rotate: override?.rotate, source: `manifest: ${name} in ${environment}` },
    { rotate: manifestVariable?.rotate, source: `manifest: ${name}` },
    { rotate: manifestEnvironment?.rotate, source: `manifest: environment ${environment}` },
  ]
}

function firstOf<K extends 'every' | 'grace' | 'refreshTtl' | 'tokenTtl'>(
  layers: readonly Layer[],
  key: K,
): Sourced<NonNullable<RotateConfig[K]>> | undefined {
  for (const { rotate, source } of layers) {
    const value = rotate?.[key]
    if (value !== undefined) return { value, source }
  }
  return undefined
}

function defaultInterval(environment: string, secretClass: SecretClass): Sourced<number | 'never'> {
  const known = canonicalName(environment)
  const ofEnvironment = Object.hasOwn(byEnvironment, known)
    ? byEnvironment[known]
    : byEnvironment['production']
  const ofClass = byClass[secretClass]
  if (ofEnvironment === undefined || ofEnvironment === 'never') {
    return { value: 'never', source: `default for ${environment}` }
  }
  if (secretClass === 'encryption' || ofClass < ofEnvironment) {
    return { value: ofClass, source: `default for ${secretClass}` }
  }
  return { value: ofEnvironment, source: `default for ${environment}` }
}

/** Readers that keep a value for long, and tokens that live long, get the time that they need. */
function graceFor(minimumGrace: number): Sourced<number> {
  return minimumGrace > defaultGrace
    ? { value: minimumGrace, source: 'from refreshTtl and tokenTtl' }
    : { value: defaultGrace, source: 'default' }
}

export interface KindFacts {
  readonly name: string
  readonly form?: string
  /** `rotate.kind` of the manifest. */
  readonly manifestKind?: RotationKind
}

/** Exactly one of the two: the kind, or why a person has to name it. */
export interface InferredKind {
  readonly kind?: RotationKind
  readonly required?: { readonly proposed: RotationKind; readonly reason: string }
}

/**
 * How a secret that we issue is rotated. What the manifest says counts; a name or form that tells that more than our
 * own server depends on the value needs a person's word, with the kind proposed; every other one is `verifier`.
 */
export function inferKind({ name, form, manifestKind }: KindFacts): InferredKind {
  if (manifestKind !== undefined) return { kind: manifestKind }
  if (isEncryptionSecret(name, form)) {
    return propose(
      'encryption',
      'what is encrypted or hashed with the old value could not be read with the new one',
    )
  }
  if (isPasswordName(name)) {
    return propose('external', 'the service that checks this password has to change it in the same step')
  }
  if (isAddressName(name)) {
    return isDatabaseName(name)
      ? propose('composite', 'it is an address that contains another secret')
      : propose('external', 'it is an address that somebody else gave out')
  }
  if (isIssuedElsewhere(name))
    return propose('external', 'only the service that issued it can issue the next one')
  if (isSigningSecret(name, form)) {
    return propose(
      'signing',
      'other instances have to accept the new value before the first one signs with it',
    )
  }
  if (isIdentifierName(name))
    return propose('manual', 'it looks like an identifier, which others keep, and not like a secret')
  return { kind: 'verifier' }
}

function propose(proposed: RotationKind, reason: string): InferredKind {
  return { required: { proposed, reason } }
}
