/**
 * Every way in which a command can fail, with its exit code: 1 = understood, but the answer is no; 2 = could not
 * answer; of `run`, as shells have it, 127 = no such program and 126 = it cannot be started. `retryable` tells a script that the same call may succeed later without a change by a person.
 */
export const errorCodes = {
  'usage.invalid_argument': { exit: 2 },
  'usage.unknown_command': { exit: 2 },
  'usage.unknown_option': { exit: 2 },
  'usage.unknown_kind': { exit: 2 },
  'usage.unknown_rule': { exit: 2 },
  'usage.unknown_environment': { exit: 2 },
  'usage.unknown_template': { exit: 2 },
  'usage.missing_name': { exit: 2 },
  'usage.bad_name': { exit: 2 },
  'usage.ambiguous': { exit: 2 },
  'usage.too_weak': { exit: 2 },
  'usage.needs_input': { exit: 2 },
  'usage.needs_confirmation': { exit: 2 },
  'usage.interrupted': { exit: 2 },
  'manifest.missing': { exit: 2 },
  'manifest.unreadable': { exit: 2 },
  'manifest.invalid': { exit: 2 },
  'trust.required': { exit: 2 },
  'trust.damaged': { exit: 2 },
  'schema.missing': { exit: 2 },
  'schema.failed': { exit: 2 },
  'schema.timed_out': { exit: 2 },
  'schema.no_compiler': { exit: 2 },
  'baseline.missing': { exit: 2 },
  'baseline.invalid': { exit: 2 },
  'git.unknown_base': { exit: 2 },
  'compose.invalid': { exit: 2 },
  'template.missing': { exit: 2 },
  'template.empty': { exit: 2 },
  'env_file.missing': { exit: 2 },
  'env_file.unreadable': { exit: 2 },
  'env_file.not_a_file': { exit: 2 },
  'env_file.symlink': { exit: 2 },
  'env_file.not_text': { exit: 2 },
  'env_file.too_large': { exit: 2 },
  'env_file.invalid_directive': { exit: 2 },
  'env_file.duplicate_name': { exit: 2 },
  'env_file.same_path': { exit: 2 },
  'env_file.unsupported_value': { exit: 2 },
  'env_file.changed': { exit: 2, retryable: true },
  'env_file.tracked': { exit: 1 },
  'file.missing': { exit: 2 },
  'file.unreadable': { exit: 2 },
  'file.unwritable': { exit: 2 },
  'file.no_space': { exit: 2 },
  'store.damaged': { exit: 2 },
  'store.locked': { exit: 2, retryable: true },
  'store.identity_missing': { exit: 2 },
  'store.wrong_identity': { exit: 2 },
  'store.wrong_passphrase': { exit: 2 },
  'store.passphrase_exposed': { exit: 2 },
  'provider.unknown': { exit: 2 },
  'provider.bad_adapter': { exit: 2 },
  'provider.auth': { exit: 2 },
  'provider.denied': { exit: 2 },
  'provider.conflict': { exit: 2, retryable: true },
  'provider.limited': { exit: 2, retryable: true },
  'provider.unavailable': { exit: 2, retryable: true },
  'provider.invalid_reply': { exit: 2 },
  'provider.too_large': { exit: 2 },
  'provider.bad_name': { exit: 2 },
  'secret.absent': { exit: 1 },
  'rotation.grace_open': { exit: 1 },
  'rotation.too_early': { exit: 1 },
  'rotation.too_late': { exit: 1 },
  'rotation.announced': { exit: 1 },
  'rotation.kind_required': { exit: 1 },
  'rotation.kind_unsupported': { exit: 1 },
  'rotation.name_taken': { exit: 1 },
  'rotation.in_progress': { exit: 1 },
  'rotation.nothing_staged': { exit: 1 },
  'rotation.nothing_to_retire': { exit: 1 },
  'rotation.nothing_to_roll_back': { exit: 1 },
  'rotation.clock_skew': { exit: 1 },
  'rotation.foreign': { exit: 1 },
  'rotation.diverged': { exit: 1 },
  'rotation.split': { exit: 1 },
  'rotation.busy': { exit: 1, retryable: true },
  'rotation.verify_failed': { exit: 1 },
  'rotation.compromised': { exit: 1 },
  'rotation.hook_failed': { exit: 1 },
  'rotation.rollback_failed': { exit: 1 },
  'rotation.plan_stale': { exit: 1 },
  'audit.unwritable': { exit: 2 },
  'audit.wrong_key': { exit: 2 },
  'audit.not_lasting': { exit: 2 },
  'run.not_found': { exit: 127 },
  'run.not_executable': { exit: 126 },
  'run.loader_variable': { exit: 2 },
  'run.unsupported_value': { exit: 2 },
  'internal.unexpected': { exit: 2 },
} as const

type ErrorExit = (typeof errorCodes)[ErrorCode]['exit']

export type ErrorCode = keyof typeof errorCodes

/** A place in a file: line and column count from 1, the column in UTF-16 units. */
export interface Place {
  readonly path: string
  readonly line?: number
  readonly column?: number
}

/** `path:line:column`, as far as it is known. */
export function placeText({ path, line, column }: Place): string {
  return [path, line, column].filter(part => part !== undefined).join(':')
}

export interface ErrorDetails {
  readonly hints?: readonly string[]
  readonly at?: Place
  readonly cause?: unknown
  /** Milliseconds after which the store asks to be asked again, as it said so; whoever waits checks the number. */
  readonly retryAfter?: number
  /** The store certainly did nothing: the request never reached it, or was refused before it was acted on. */
  readonly unsent?: boolean
}

/**
 * The one error class. The message is lower case, quotes names only and never a value, and has no final stop;
 * hints say what to do. `cause` is kept for debugging and is never printed: foreign messages quote their input.
 */
export class SecretsError extends Error {
  readonly code: ErrorCode
  readonly hints: readonly string[]
  readonly at: Place | undefined
  readonly retryAfter: number | undefined
  readonly isUnsent: boolean

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'SecretsError'
    this.code = code
    this.hints = details.hints ?? []
    this.at = details.at
    this.retryAfter = details.retryAfter
    this.isUnsent = details.unsent === true
  }

  get exitCode(): ErrorExit {
    return errorCodes[this.code].exit
  }

  get isRetryable(): boolean {
    return 'retryable' in errorCodes[this.code]
  }
}

export function isSecretsError(error: unknown, code?: ErrorCode): error is SecretsError {
  return error instanceof SecretsError && (code === undefined || error.code === code)
}
