import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs'
import type { DirectoryEntry, FileContent, FileVersion } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { changedError, isErrno, listFailure, notAFileError, readFailure, symlinkError } from './failure.ts'

// Reading is synchronous: a command has nothing else to do meanwhile, and each asynchronous call costs a trip through
// Node's thread pool; together they are a sixth of the time of `validate`.

const defaultMaxBytes = 10 * 1024 * 1024

// O_NONBLOCK: a pipe put in the file's place between lstat and open must not hang us. Windows has neither flag.
const {
  O_RDONLY,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
} = constants as Partial<typeof constants> & { O_RDONLY: number }
const readFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK

/** What has that name, if it is a regular file; `undefined` when nothing has. Never follows a link. */
export function statRegular(path: string): BigIntStats | undefined {
  let stats: BigIntStats | undefined
  try {
    // Nothing there is the usual answer, and an exception for it costs more than the call.
    stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined
    throw error
  }
  if (stats === undefined) return undefined
  if (stats.isSymbolicLink()) throw symlinkError(path)
  if (!stats.isFile()) throw notAFileError(path)
  return stats
}

export function versionOf(stats: BigIntStats): FileVersion {
  return {
    device: Number(stats.dev),
    inode: Number(stats.ino),
    size: Number(stats.size),
    modified: Number(stats.mtimeNs),
  }
}

export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  return a.device === b.device && a.inode === b.inode && a.size === b.size && a.modified === b.modified
}

/** Reads one consistent state of a regular file: read again once when it changed meanwhile, then `env_file.changed`. */
export function readRegular(path: string, maxBytes = defaultMaxBytes): FileContent | undefined {
  try {
    const first = readOnce(path, maxBytes)
    const content = first === 'changed' ? readOnce(path, maxBytes) : first
    if (content === 'changed') throw changedError(path)
    return content
  } catch (error) {
    throw readFailure(error, path)
  }
}

function readOnce(path: string, maxBytes: number): FileContent | undefined | 'changed' {
  if (statRegular(path) === undefined) return undefined
  let descriptor: number
  try {
    descriptor = openSync(path, readFlags)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
  try {
    return readDescriptor(descriptor, path, maxBytes)
  } finally {
    closeSync(descriptor)
  }
}

function readDescriptor(descriptor: number, path: string, maxBytes: number): FileContent | 'changed' {
  const before = fstatSync(descriptor, { bigint: true })
  if (!before.isFile()) throw notAFileError(path)
  if (before.size > maxBytes) throw tooLarge(path, maxBytes)
  const bytes = readUpTo(descriptor, Number(before.size) + 1)
  const after = fstatSync(descriptor, { bigint: true })
  const version = versionOf(after)
  if (!isSameVersion(versionOf(before), version) || bytes.length !== version.size) return 'changed'
  return { bytes, version, mode: Number(after.mode & 0o7777n), links: Number(after.nlink) }
}

/** All there is, but never more than `limit` bytes: a file that grows while it is read must not fill the memory. */
function readUpTo(descriptor: number, limit: number): Uint8Array {
  const buffer = Buffer.alloc(limit)
  let length = 0
  while (length < limit) {
    const count = readSync(descriptor, buffer, length, limit - length, length)
    if (count === 0) break
    length += count
  }
  return buffer.subarray(0, length)
}

/** Sorted by name; `undefined` when the directory is not there. */
export function listDirectory(directory: string): readonly DirectoryEntry[] | undefined {
  try {
    const entries = readdirSync(directory, { withFileTypes: true })
    return entries.map(entryOf).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw listFailure(error, directory)
  }
}

function entryOf(entry: Dirent): DirectoryEntry {
  if (entry.isFile()) return { name: entry.name, kind: 'file' }
  if (entry.isDirectory()) return { name: entry.name, kind: 'directory' }
  return { name: entry.name, kind: entry.isSymbolicLink() ? 'symlink' : 'other' }
}

function tooLarge(path: string, maxBytes: number): SecretsError {
  return new SecretsError('env_file.too_large', `the file is larger than ${String(maxBytes)} bytes`, {
    hints: ['that is more than a file of secrets needs; check that it is the right one'],
    at: { path },
  })
}
