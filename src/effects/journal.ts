import type * as fileSystem from 'node:fs'
import type { Journal } from '../core/audit/journal.ts'
import { writeOutput } from './streams.ts'
import { symlinkError, writeFailure } from './files/failure.ts'

const {
  O_APPEND = 0,
  O_CREAT = 0,
  O_NOFOLLOW = 0,
  O_RDONLY = 0,
  O_WRONLY = 0,
} = process.getBuiltinModule('node:fs').constants as Partial<Record<string, number>>

/** The files behind the audit log. Synchronous: each call is short, and the command waits for it anyway. */
export function createJournal(env: Readonly<Record<string, string | undefined>>): Journal {
  return {
    print: writeOutput,
    who: () => whoIsHere(env),
    append(path, bytes, isDurable) {
      withDescriptor(path, O_WRONLY | O_APPEND | O_CREAT, (fs, descriptor) => {
        const isNew = isDurable && fs.fstatSync(descriptor).size === 0
        writeAll(fs, descriptor, bytes)
        if (!isDurable) return
        fs.fsyncSync(descriptor)
        if (isNew) syncParent(fs, path)
      })
    },
    tail(path, maxBytes) {
      const fs = process.getBuiltinModule('node:fs')
      if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined
      return withDescriptor(path, O_RDONLY, (_, descriptor) => {
        const { size } = fs.fstatSync(descriptor)
        const start = Math.max(0, size - maxBytes)
        const bytes = Buffer.alloc(size - start)
        const read = fs.readSync(descriptor, bytes, 0, bytes.length, start)
        return { bytes: bytes.subarray(0, read), size }
      })
    },
    mark(path, bytes) {
      withDescriptor(path, O_WRONLY | O_CREAT, (fs, descriptor) => {
        fs.writeSync(descriptor, bytes, 0, bytes.length, 0)
      })
    },
    rename(from, to) {
      try {
        const fs = process.getBuiltinModule('node:fs')
        fs.renameSync(from, to)
        syncParent(fs, to)
      } catch (error) {
        throw writeFailure(error, from)
      }
    },
  }
}

type Fs = typeof fileSystem

function withDescriptor<T>(path: string, flags: number, work: (fs: Fs, descriptor: number) => T): T {
  const fs = process.getBuiltinModule('node:fs')
  try {
    // Windows has no O_NOFOLLOW.
    if (fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) throw symlinkError(path)
    const descriptor = fs.openSync(path, flags | O_NOFOLLOW, 0o600)
    try {
      return work(fs, descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
  } catch (error) {
    throw writeFailure(error, path)
  }
}

/** All of it, also where the disk is full after a part: the rest then throws, and the next writer sees a torn line. */
function writeAll(fs: Fs, descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += fs.writeSync(descriptor, bytes, written, bytes.length - written)
  }
}

function syncParent(fs: Fs, path: string): void {
  if (process.platform === 'win32') return
  const descriptor = fs.openSync(process.getBuiltinModule('node:path').dirname(path), O_RDONLY)
  try {
    fs.fsyncSync(descriptor)
  } catch {
    // Some file systems cannot sync a directory.
  } finally {
    fs.closeSync(descriptor)
  }
}

function whoIsHere(env: Readonly<Record<string, string | undefined>>): ReturnType<Journal['who']> {
  const os = process.getBuiltinModule('node:os')
  const [ip] = (env['SSH_CONNECTION'] ?? '').split(' ')
  return {
    user: userName() ?? env['USER'] ?? 'unknown',
    host: os.hostname(),
    ...(ip !== undefined && /^[0-9a-fA-F.:]{2,45}$/.test(ip) ? { ip } : {}),
  }
}

/** A user without an entry in the system's list, as in many containers, has no name. */
function userName(): string | undefined {
  try {
    return process.getBuiltinModule('node:os').userInfo().username
  } catch {
    return undefined
  }
}
