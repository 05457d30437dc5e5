import { dirname } from 'node:path'
import type { DirectoryEntry, FileContent, Files } from '../context.ts'
import { writeFailure } from './files/failure.ts'
import { listDirectory, readRegular } from './files/read.ts'
import type { RandomBytes } from './files/temp.ts'
import type { LockDeps } from './lock.ts'
import { systemRandom } from './random.ts'

export interface FilesDeps {
  readonly randomBytes: RandomBytes
  /** Milliseconds that `withLock` waits for another holder. */
  readonly lockWait: number
  /** Milliseconds on a clock that never goes back; only differences count. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** The file system behind the `Files` port. Every error that leaves it is one of ours, with the path it is about. */
export function createFiles(deps: Partial<FilesDeps> = {}): Files {
  const randomBytes = deps.randomBytes ?? systemRandom.bytes
  const lock: LockDeps = {
    randomBytes,
    wait: deps.lockWait ?? 10_000,
    now: deps.now ?? (() => performance.now()),
    // Not to be interrupted: a pause is shorter than a person notices, and the signal is looked at after it.
    sleep: deps.sleep ?? (milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))),
  }
  return {
    read: (path, options) => readAlone(path, options?.maxBytes),
    async access(path) {
      return (await import('./files/access.ts')).accessTo(path)
    },
    list: listAlone,
    // What writes is loaded at the first write: most commands only read.
    async replace(path, bytes, options) {
      const { replaceFile } = await import('./files/replace.ts')
      return await changing(path, () => replaceFile(path, bytes, options, randomBytes))
    },
    async publish(path, bytes, mode) {
      const { publishFile } = await import('./files/replace.ts')
      return await changing(path, () => publishFile(path, bytes, mode, randomBytes))
    },
    async remove(path) {
      const { removeFile } = await import('./files/directory.ts')
      await changing(path, () => removeFile(path))
    },
    async makeDirectory(path, mode) {
      const { makeDirectories } = await import('./files/directory.ts')
      await changing(path, () => makeDirectories(path, mode))
    },
    async withLock(path, signal, work) {
      const { holdLock } = await import('./lock.ts')
      return await holdLock(path, signal, lock, work)
    },
  }
}

/**
 * A file with two names may be one whose writer was killed between giving it its name and removing the temporary one:
 * the same values would stand in both, and nobody might ever write in that directory again.
 */
async function readAlone(path: string, maxBytes?: number): Promise<FileContent | undefined> {
  const content = readRegular(path, maxBytes)
  if (content === undefined || content.links < 2) return content
  const { removeOrphans } = await import('./files/temp.ts')
  await removeOrphans(dirname(path))
  return readRegular(path, maxBytes)
}

/** What killed processes left there (temporary files, locks) goes, and is not shown. */
async function listAlone(directory: string): Promise<readonly DirectoryEntry[] | undefined> {
  const entries = listDirectory(directory)
  if (entries?.some(({ name }) => /^\.env\..*\.(?:tmp|lock)$/.test(name)) !== true) return entries
  const { removeOrphans } = await import('./files/temp.ts')
  await removeOrphans(directory)
  return listDirectory(directory)
}

async function changing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw writeFailure(error, path)
  }
}
