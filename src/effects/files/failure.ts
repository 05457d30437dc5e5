import { type ErrorCode, SecretsError } from '../../core/errors.ts'

/** The system's word for what went wrong (`ENOENT` …); undefined for errors of another origin. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

export function isErrno(error: unknown, ...names: readonly string[]): boolean {
  const name = errnoOf(error)
  return name !== undefined && names.includes(name)
}

interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly hints: readonly string[]
}

/** Turns what a reading call threw into one of our errors. System errors name paths and calls only, never content. */
export function readFailure(error: unknown, path: string): unknown {
  return translate(error, path, errno => {
    if (errno === 'ELOOP') return symlink
    if (errno === 'EISDIR' || errno === 'ENXIO' || errno === 'ENODEV') return notAFile
    const why = denied.has(errno) ? 'the file may not be read' : `the file could not be read (${errno})`
    return {
      code: 'env_file.unreadable',
      message: why,
      hints: ['check its owner and mode, and those of its directory'],
    }
  })
}

/** The same for directories. */
export function listFailure(error: unknown, path: string): unknown {
  return translate(error, path, errno => ({
    code: 'file.unreadable',
    message: errno === 'ENOTDIR' ? 'this is not a directory' : `the directory could not be read (${errno})`,
    hints: ['check its owner and mode'],
  }))
}

/** The same for calls that change something: the old content is intact unless the message says otherwise. */
export function writeFailure(error: unknown, path: string): unknown {
  return translate(error, path, errno => {
    if (errno === 'ELOOP') return symlink
    if (errno === 'EISDIR') return notAFile
    if (errno === 'ENOENT' || errno === 'ENOTDIR') {
      return {
        code: 'file.missing',
        message: 'its directory is not there',
        hints: ['make the directory first'],
      }
    }
    if (full.has(errno)) {
      return {
        code: 'file.no_space',
        message: 'there is no space left to write the file',
        hints: ['free some space (or raise the quota) and run again; what was there before is unchanged'],
      }
    }
    const why = denied.has(errno) ? 'the file may not be written' : `the file could not be written (${errno})`
    return { code: 'file.unwritable', message: why, hints: ['check the owner and mode of its directory'] }
  })
}

const denied = new Set(['EACCES', 'EPERM', 'EROFS'])
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

const symlink: Failure = {
  code: 'env_file.symlink',
  message: 'the file is a symbolic link',
  hints: ['name the file that it points to, or replace the link by a file'],
}

const notAFile: Failure = {
  code: 'env_file.not_a_file',
  message: 'this is not a regular file',
  hints: ['directories, pipes, sockets and devices are neither read nor replaced'],
}

export const symlinkError = (path: string): SecretsError => errorOf(symlink, path)
export const notAFileError = (path: string): SecretsError => errorOf(notAFile, path)

export function changedError(path: string): SecretsError {
  return new SecretsError('env_file.changed', 'another program changed the file meanwhile', {
    hints: ['nothing was written; run again'],
    at: { path },
  })
}

function translate(error: unknown, path: string, decide: (errno: string) => Failure): unknown {
  const errno = errnoOf(error)
  if (error instanceof SecretsError || errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) return error
  return errorOf(decide(errno), path, error)
}

function errorOf(failure: Failure, path: string, cause?: unknown): SecretsError {
  return new SecretsError(failure.code, failure.message, {
    hints: failure.hints,
    at: { path },
    ...(cause === undefined ? {} : { cause }),
  })
}
