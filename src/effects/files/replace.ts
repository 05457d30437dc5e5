import { link, open, rename } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { FileVersion, ReplaceOptions } from '../../context.ts'
import { type Place, requireSameDirectory, syncDirectory, withPlace } from './directory.ts'
import { changedError, isErrno } from './failure.ts'
import { isSameVersion, statRegular, versionOf } from './read.ts'
import { discard, type Ownership, type RandomBytes, removeOrphans, writeTemp } from './temp.ts'

/**
 * The recipe: a complete synced temp file in the same real directory, one look whether the target is still what the
 * caller read, rename, directory sync. A kill anywhere leaves the old file or the new one, and at most a temp file
 * that the next run removes. POSIX has no conditional rename: an editor that saves between the last look and the
 * rename (microseconds) loses its change; two of our own processes never do, because they hold the lock.
 */
export function replaceFile(
  path: string,
  bytes: Uint8Array,
  options: ReplaceOptions,
  randomBytes: RandomBytes,
): Promise<FileVersion> {
  return withPlace(path, async place => {
    const owner = requireBase(place.target, options.base)
    await removeOrphans(place.directory)
    const temp = await writeTemp(place.directory, bytes, { mode: options.mode, owner, randomBytes })
    try {
      requireBase(place.target, options.base)
      await requireSameDirectory(place)
      await (options.base === 'absent'
        ? moveToNew(temp.path, place.target)
        : moveOver(temp.path, place.target))
    } catch (error) {
      await discard(temp.path)
      throw error
    }
    await syncDirectory(place.handle)
    if (options.base === 'absent') await discard(temp.path)
    return temp.version
  })
}

/** `false`, and nothing changed, when something has the name already; decided by the kernel, so only one caller wins. */
export function publishFile(
  path: string,
  bytes: Uint8Array,
  mode: number,
  randomBytes: RandomBytes,
): Promise<boolean> {
  return withPlace(path, async place => {
    await removeOrphans(place.directory)
    const temp = await writeTemp(place.directory, bytes, { mode, randomBytes })
    try {
      await requireSameDirectory(place)
      return await publishTemp(temp.path, place)
    } finally {
      await discard(temp.path)
    }
  })
}

async function publishTemp(temp: string, place: Place): Promise<boolean> {
  const linked = await linkNew(temp, place.target)
  const isMine = linked === 'unsupported' ? await reserve(temp, place.target) : linked
  if (isMine) await syncDirectory(place.handle)
  return isMine
}

/** Gives the file a second name, if that is free. Some file systems (FAT, a few network shares) have no hard links. */
async function linkNew(from: string, to: string): Promise<boolean | 'unsupported'> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    if (isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) return 'unsupported'
    throw error
  }
}

/** Where there are no hard links: an exclusive empty file takes the name, and the complete one is moved over it. */
async function reserve(temp: string, target: string): Promise<boolean> {
  try {
    await (await open(target, 'wx', 0o600)).close()
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
  await moveOver(temp, target)
  return true
}

/** Throws unless the target still is what the caller read; returns who owns it. */
function requireBase(target: string, base: FileVersion | 'absent'): Ownership | undefined {
  const stats = statRegular(target)
  const isUnmoved =
    base === 'absent' ? stats === undefined : stats !== undefined && isSameVersion(versionOf(stats), base)
  if (!isUnmoved) throw changedError(target)
  return stats === undefined ? undefined : { uid: Number(stats.uid), gid: Number(stats.gid) }
}

/** A new file never overwrites one that appeared meanwhile: here the kernel does have a compare-and-set. */
async function moveToNew(temp: string, target: string): Promise<void> {
  const linked = await linkNew(temp, target)
  if (linked === false) throw changedError(target)
  if (linked === 'unsupported') await moveOver(temp, target)
}

const windowsTries = 10

/** Windows refuses to replace a file that another program (a virus scanner, an editor) has open: briefly, as a rule. */
async function moveOver(temp: string, target: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await rename(temp, target)
      return
    } catch (error) {
      if (isErrno(error, 'ENOENT')) throw changedError(target)
      const isPassing = process.platform === 'win32' && isErrno(error, 'EPERM', 'EACCES', 'EBUSY')
      if (!isPassing || tries === windowsTries) throw error
      await delay(tries * 20)
    }
  }
}
