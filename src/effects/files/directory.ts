import { type FileHandle, lstat, mkdir, open, realpath, stat, chmod, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SecretsError } from '../../core/errors.ts'
import { changedError, isErrno, notAFileError, symlinkError } from './failure.ts'

/** The real directory of a path, held open: so that it can be synced, and seen to be still the same one. */
export interface Place {
  readonly directory: string
  readonly target: string
  /** Absent where directories cannot be opened (Windows). */
  readonly handle: FileHandle | undefined
}

export async function withPlace<T>(path: string, work: (place: Place) => Promise<T>): Promise<T> {
  const directory = await realpath(dirname(path))
  const handle = process.platform === 'win32' ? undefined : await open(directory, 'r')
  try {
    return await work({ directory, target: join(directory, basename(path)), handle })
  } finally {
    await handle?.close()
  }
}

/** Throws `env_file.changed` when another directory, or a link to one, now stands where ours was. */
export async function requireSameDirectory(place: Place): Promise<void> {
  if (place.handle === undefined) return
  const [held, named] = await Promise.all([
    place.handle.stat({ bigint: true }),
    lstat(place.directory, { bigint: true }).catch(() => undefined),
  ])
  if (held.dev !== named?.dev || held.ino !== named.ino) throw changedError(place.target)
}

/** Makes renames and links in the directory survive a power cut, where the file system can. */
export async function syncDirectory(handle: FileHandle | undefined): Promise<void> {
  try {
    await handle?.sync()
  } catch (error) {
    if (!isErrno(error, 'EINVAL', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error
  }
}

/** Every missing directory on the way gets exactly that mode, whatever the umask. Those already there are left alone. */
export async function makeDirectories(path: string, mode: number): Promise<void> {
  const missing: string[] = []
  for (let at = path; !(await isDirectory(at)); at = dirname(at)) missing.unshift(at)
  for (const directory of missing) {
    await makeOne(directory, mode)
    await withPlace(directory, place => syncDirectory(place.handle))
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
  throw new SecretsError('file.unwritable', 'something that is not a directory has that name', {
    hints: ['move it away, or choose another directory'],
    at: { path },
  })
}

async function makeOne(directory: string, mode: number): Promise<void> {
  try {
    await mkdir(directory, { mode })
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return
    throw error
  }
  if (process.platform === 'win32') return
  const { mode: made } = await stat(directory)
  if ((made & 0o777) !== mode) await chmod(directory, mode)
}

export async function removeFile(path: string): Promise<void> {
  try {
    await withPlace(path, async place => {
      const stats = await lstat(place.target)
      if (stats.isSymbolicLink()) throw symlinkError(path)
      if (!stats.isFile()) throw notAFileError(path)
      await unlink(place.target)
      await syncDirectory(place.handle)
    })
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error
  }
}
