import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import type { FileContent, FileVersion } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { changedError, isErrno, notAFileError, readFailure, symlinkError } from './failure.ts'

const defaultMaxBytes = 10 * 1024 * 1024

// O_NONBLOCK: a pipe put in the file's place between lstat and open must not hang us. Windows has neither flag.
const {
  O_RDONLY,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
} = constants as Partial<typeof constants> & { O_RDONLY: number }
const readFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK

/** What has that name, if it is a regular file; `undefined` when nothing has. Never follows a link. */
export async function statRegular(path: string): Promise<BigIntStats | undefined> {
  let stats: BigIntStats
  try {
    stats = await lstat(path, { bigint: true })
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
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
export async function readRegular(
  path: string,
  maxBytes = defaultMaxBytes,
): Promise<FileContent | undefined> {
  try {
    const first = await readOnce(path, maxBytes)
    const content = first === 'changed' ? await readOnce(path, maxBytes) : first
    if (content === 'changed') throw changedError(path)
    return content
  } catch (error) {
    throw readFailure(error, path)
  }
}

async function readOnce(path: string, maxBytes: number): Promise<FileContent | undefined | 'changed'> {
  if ((await statRegular(path)) === undefined) return undefined
  let handle: FileHandle
  try {
    handle = await open(path, readFlags)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
  try {
    return await readHandle(handle, path, maxBytes)
  } finally {
    await handle.close()
  }
}

async function readHandle(
  handle: FileHandle,
  path: string,
  maxBytes: number,
): Promise<FileContent | 'changed'> {
  const before = await handle.stat({ bigint: true })
  if (!before.isFile()) throw notAFileError(path)
  if (before.size > maxBytes) throw tooLarge(path, maxBytes)
  const bytes = await readUpTo(handle, Number(before.size) + 1)
  const after = await handle.stat({ bigint: true })
  const version = versionOf(after)
  if (!isSameVersion(versionOf(before), version) || bytes.length !== version.size) return 'changed'
  return { bytes, version, mode: Number(after.mode & 0o7777n), links: Number(after.nlink) }
}

/** All there is, but never more than `limit` bytes: a file that grows while it is read must not fill the memory. */
async function readUpTo(handle: FileHandle, limit: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(limit)
  let length = 0
  while (length < limit) {
    const { bytesRead } = await handle.read(buffer, length, limit - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

function tooLarge(path: string, maxBytes: number): SecretsError {
  return new SecretsError('env_file.too_large', `the file is larger than ${String(maxBytes)} bytes`, {
    hints: ['that is more than a file of secrets needs; check that it is the right one'],
    at: { path },
  })
}
