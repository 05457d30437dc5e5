import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileVersion } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { isRunning, type Owner, thisProcess } from './owner.ts'
import { versionOf } from './read.ts'

export type RandomBytes = (count: number) => Uint8Array

/** Who should own the file where we may decide it; only the superuser may. */
export interface Ownership {
  readonly uid: number
  readonly gid: number
}

export interface Temp {
  readonly path: string
  readonly version: FileVersion
}

const tempPattern = /^\.env\.(\d+)-(\d+)-[0-9a-f]{32}\.tmp$/
const lockPattern = /^\.env\..+\.(\d+)-(\d+)-[0-9a-f]{8}-[0-9a-f]{32}\.lock$/

/**
 * `.env.<pid>-<start>-<128 random bits>.tmp`: not to be guessed, ignored by git through `.env.*`, and it names the
 * process it belongs to, so that a later run can tell what was left behind from what is in use.
 */
async function tempPath(directory: string, randomBytes: RandomBytes): Promise<string> {
  const { pid, start } = await thisProcess()
  return join(directory, `.env.${String(pid)}-${start}-${Buffer.from(randomBytes(16)).toString('hex')}.tmp`)
}

function ownerIn(name: string): Owner | undefined {
  const match = tempPattern.exec(name) ?? lockPattern.exec(name)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  return { pid: Number(match[1]), start: match[2] }
}

/** Removes what killed processes left in the directory: temp files, and locks of any file there. Best effort: what cannot be removed now is found again later. */
export async function removeOrphans(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names) {
    const owner = ownerIn(name)
    if (owner === undefined || (await isRunning(owner))) continue
    const path = join(directory, name)
    const stats = await lstat(path).catch(() => undefined)
    if (stats?.isFile() === true) await discard(path)
  }
}

/** Removes a file of our own that is no longer needed; never fails, because it runs where something already has. */
export async function discard(path: string): Promise<void> {
  await unlink(path).catch(() => undefined)
}

export interface TempOptions {
  readonly mode: number
  readonly owner?: Ownership | undefined
  readonly randomBytes: RandomBytes
}

/** A complete, synced file under a temporary name with exactly that mode; nothing is left of it on failure. */
export async function writeTemp(directory: string, bytes: Uint8Array, options: TempOptions): Promise<Temp> {
  const path = await tempPath(directory, options.randomBytes)
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, options.mode)
  try {
    const version = await fill(handle, path, bytes, options)
    return { path, version }
  } catch (error) {
    await discard(path)
    throw error
  }
}

async function fill(
  handle: FileHandle,
  path: string,
  bytes: Uint8Array,
  options: TempOptions,
): Promise<FileVersion> {
  try {
    // FileHandle.writeFile goes on after a short write; write() would not.
    await handle.writeFile(bytes)
    const stats = await handle.stat({ bigint: true })
    if (stats.size !== BigInt(bytes.length)) throw incomplete(path)
    await settle(handle, stats, options)
    await handle.sync()
    return versionOf(stats)
  } finally {
    await handle.close()
  }
}

/** The umask can only have narrowed the mode given at creation, so the file was never wider than asked. */
async function settle(handle: FileHandle, stats: BigIntStats, { owner, mode }: TempOptions): Promise<void> {
  const isOther = owner !== undefined && (Number(stats.uid) !== owner.uid || Number(stats.gid) !== owner.gid)
  if (isOther && process.geteuid?.() === 0) await handle.chown(owner.uid, owner.gid)
  if (process.platform !== 'win32' && Number(stats.mode & 0o7777n) !== mode) await handle.chmod(mode)
}

function incomplete(path: string): SecretsError {
  return new SecretsError('file.no_space', 'the file was not written completely', {
    hints: ['free some space and run again; what was there before is unchanged'],
    at: { path },
  })
}
