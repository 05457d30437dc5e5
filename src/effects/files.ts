import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { FileContent, Files } from '../context.ts'
import { listDirectory, makeDirectories, removeFile } from './files/directory.ts'
import { writeFailure } from './files/failure.ts'
import { readRegular } from './files/read.ts'
import { publishFile, replaceFile } from './files/replace.ts'
import { type RandomBytes, removeOrphans } from './files/temp.ts'
import { holdLock, type LockDeps } from './lock.ts'
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
    sleep: deps.sleep ?? (milliseconds => delay(milliseconds)),
  }
  return {
    read: (path, options) => readAlone(path, options?.maxBytes),
    list: listDirectory,
    replace: (path, bytes, options) => changing(path, () => replaceFile(path, bytes, options, randomBytes)),
    publish: (path, bytes, mode) => changing(path, () => publishFile(path, bytes, mode, randomBytes)),
    remove: path => changing(path, () => removeFile(path)),
    makeDirectory: (path, mode) => changing(path, () => makeDirectories(path, mode)),
    withLock: (path, signal, work) => holdLock(path, signal, lock, work),
  }
}

/**
 * A file with two names may be one whose writer was killed between giving it its name and removing the temporary one:
 * the same values would stand in both, and nobody might ever write in that directory again.
 */
async function readAlone(path: string, maxBytes?: number): Promise<FileContent | undefined> {
  const content = await readRegular(path, maxBytes)
  if (content === undefined || content.links < 2) return content
  await removeOrphans(dirname(path))
  return await readRegular(path, maxBytes)
}

async function changing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw writeFailure(error, path)
  }
}
