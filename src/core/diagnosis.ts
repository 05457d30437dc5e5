import { isSecretsError, type SecretsError } from './errors.ts'
import type { Instant } from './instant.ts'
import type { SecretName } from './provider.ts'
import { toleratedSkew } from './rotation/plan.ts'

/** What a finding is about. Stable: scripts choose by it. */
export type DiagnosisCheck =
  | 'trust'
  /** The store answers. */
  | 'reachable'
  /** It knows us; the message says as whom, never by which key. */
  | 'credentials'
  /** One for each of `diagnosedSteps`, which is the finding's subject. */
  | 'permission'
  | 'clock'
  | 'tls'
  /** What the store can hold, deletes by itself, or is about to refuse. */
  | 'limits'
  /** Somebody else who rotates: `ok` where none was found, `error` with the secret's name as its subject. */
  | 'rotator'
  /** The file, directory, mount or vault that holds the secrets. */
  | 'place'
  | 'mode'
  | 'git'
  | 'identity'

export interface Finding {
  readonly check: DiagnosisCheck
  /** `ok`: looked at and good · `info`: worth knowing, or could not be looked at without a change · `error`: a command will fail. */
  readonly severity: 'ok' | 'info' | 'warning' | 'error'
  /** What of it: a step, a name, a path. With `check` it is unique within one target. */
  readonly subject?: string
  /** Lower case, no final stop; names only, never a value, a token or a foreign text. */
  readonly message: string
  /** What to do, most likely first: a whole command where there is one. Never empty for a warning or an error. */
  readonly repair?: readonly string[]
}

/** What `doctor` wants to know of a store. */
export interface DiagnosisQuestion {
  /** Variables that are expected there; where the store grants rights by secret, it is asked about these. */
  readonly names: readonly SecretName[]
  /** The caller's clock, to be compared with the store's. */
  readonly now: () => Instant
}

/** What a runner does to a store, in the order of a secret's life. */
export const diagnosedSteps = [
  'list',
  'read',
  'set',
  'stage',
  'commit',
  'retire',
  'rollback',
  'abort',
  'erase',
  'delete',
] as const
export type DiagnosedStep = (typeof diagnosedSteps)[number]

/** HTTP dates have whole seconds, and an answer takes a while. */
const noticedSkew = 30_000
const day = 86_400_000
const noticedExpiry = 21 * day

/** `store`: the time that the store gave, for example in its `Date` header; undefined where it gave none. */
export function clockFinding(store: Instant | undefined, now: Instant): Finding {
  if (store === undefined || Number.isNaN(store)) {
    return { check: 'clock', severity: 'info', message: 'the store does not tell its time' }
  }
  const skew = Math.abs(now - store)
  const seconds = `${String(Math.round(skew / 1000))} s`
  if (skew <= noticedSkew) {
    return {
      check: 'clock',
      severity: 'ok',
      message: 'the clock of this machine agrees with that of the store',
    }
  }
  return {
    check: 'clock',
    severity: skew > toleratedSkew ? 'error' : 'warning',
    message: `the clock of this machine is ${seconds} ${now > store ? 'ahead of' : 'behind'} that of the store`,
    repair: ['deadlines written here are wrong for all others: set the clock, timedatectl set-ntp true'],
  }
}

export interface CertificateFacts {
  /** `TLSv1.3`. */
  readonly protocol?: string
  readonly validTo: Instant
}

/** `undefined`: the connection has no TLS. That a certificate is accepted shows in the connection itself. */
export function tlsFinding(certificate: CertificateFacts | undefined, now: Instant): Finding {
  if (certificate === undefined) {
    return { check: 'tls', severity: 'info', message: 'no TLS: only programs of this machine can listen' }
  }
  const { protocol = 'TLS', validTo } = certificate
  const days = Math.floor((validTo - now) / day)
  if (validTo - now > noticedExpiry) {
    return { check: 'tls', severity: 'ok', message: `${protocol}, the certificate is checked` }
  }
  return {
    check: 'tls',
    severity: 'warning',
    message: `the certificate of the store ends in ${String(days)} days; every command fails from then on`,
    repair: ['ask who runs the store to renew it'],
  }
}

/** `missing`: what the store would have to grant for that step; empty when it does. */
export function permissionFinding(
  step: DiagnosedStep,
  missing: readonly string[],
  repair: readonly string[],
): Finding {
  if (missing.length === 0) {
    return { check: 'permission', severity: 'ok', subject: step, message: `may ${step}` }
  }
  return {
    check: 'permission',
    // Without these values are used and not changed; everything else is a rotation that fails half-way.
    severity: step === 'erase' || step === 'delete' ? 'warning' : 'error',
    subject: step,
    message: `may not ${step}: ${missing.join(', ')}`,
    repair,
  }
}

/** Of a store that is a file: what it may be used for follows from who may read the file and write its directory. */
export function filePermissions(isReadable: boolean, isWritable: boolean, where: string): readonly Finding[] {
  return diagnosedSteps.map(step => {
    const mustWrite = step !== 'list' && step !== 'read'
    const missing = [
      ...(isReadable ? [] : [`reading ${where}`]),
      ...(isWritable || !mustWrite ? [] : [`writing in the directory of ${where}`]),
    ]
    return permissionFinding(step, missing, [`look at its owner and mode: ls -la ${where}`])
  })
}

/**
 * Looks, and gives a failure back as a finding; what the policy around a store repeats, and an abort, is thrown and
 * stops all the rest.
 */
export async function attempt<T>(
  signal: AbortSignal,
  look: () => T | Promise<T>,
): Promise<{ readonly found: T } | { readonly finding: Finding }> {
  try {
    return { found: await look() }
  } catch (error) {
    if (signal.aborted || !isSecretsError(error) || error.isRetryable) throw error
    return { finding: failureFinding(checkOf(error), error) }
  }
}

/** What stopped a look, as a finding: the error's hints are its repair. */
export function failureFinding(check: DiagnosisCheck, error: SecretsError, subject?: string): Finding {
  const { code, message, hints } = error
  return {
    check,
    severity: 'error',
    ...(subject === undefined ? {} : { subject }),
    message: `${message} [${code}]`,
    repair: hints.length === 0 ? ['see what the message says, then run doctor again'] : hints,
  }
}

/** Which check an error of a store belongs to. */
export function checkOf({ code }: SecretsError): DiagnosisCheck {
  switch (code) {
    case 'trust.required':
    case 'trust.damaged':
      return 'trust'
    case 'provider.auth':
      return 'credentials'
    case 'provider.unavailable':
    case 'provider.limited':
    case 'provider.invalid_reply':
      return 'reachable'
    case 'rotation.foreign':
      return 'rotator'
    case 'store.identity_missing':
    case 'store.wrong_identity':
    case 'store.wrong_passphrase':
    // The one thing that a store asks for.
    case 'usage.needs_input':
    case 'store.passphrase_exposed':
      return 'identity'
    default:
      return 'place'
  }
}

/** Names a finding within its target. */
export function keyOfFinding({ check, subject }: Finding): string {
  return JSON.stringify([check, subject ?? null])
}
