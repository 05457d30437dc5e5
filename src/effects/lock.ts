import { open, readdir, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SecretsError } from '../core/errors.ts'
import { withPlace } from './files/directory.ts'
import { writeFailure } from './files/failure.ts'
import { bootId, isRunning, type Owner, thisProcess } from './files/owner.ts'
import { discard, type RandomBytes } from './files/temp.ts'

export interface LockDeps {
  readonly randomBytes: RandomBytes
  /** Milliseconds to wait for the others. */
  readonly wait: number
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** One lock file: everything it says stands in its name, so it is never half-written. */
interface LockFile extends Owner {
  readonly name: string
  /** Beginning of the boot id; `unknownBoot` where the system has none. */
  readonly boot: string
}

const unknownBoot = '00000000'

/**
 * Runs `work` while this process alone holds the lock of `path`. Every holder and candidate has a file with a name of
 * its own beside `path`: `.env.<file>.<pid>-<start>-<boot>-<random>.lock` (ignored by git through `.env.*`).
 *
 * Who has made his file and then sees no other living one holds the lock: of two, the one whose file came later sees
 * the other. Files of processes that have ended (asked of the kernel: number, start time, boot; never a clock) do not
 * count and are removed by whoever sees them; as no name is ever used again, that can hit nobody else's lock. One
 * name with a content to be judged and cleared away, as is usual, let several holders in when a dead one was cleared.
 *
 * The lock only keeps our processes from working in vain: what protects the values is the comparison just before
 * the replace. Between machines that share a directory, and between containers, processes cannot see each other, and
 * it excludes nobody.
 */
export async function holdLock<T>(
  path: string,
  signal: AbortSignal,
  deps: LockDeps,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const mine = await acquire(path, signal, deps).catch((error: unknown) => {
    throw writeFailure(error, path)
  })
  try {
    return await work()
  } finally {
    // Never fails: the work is done, and a lock that cannot be removed ends with this process.
    await unlink(mine).catch(() => released.add(mine))
  }
}

/** Locks of this process that are over, though their files could not be removed. */
const released = new Set<string>()

function acquire(path: string, signal: AbortSignal, deps: LockDeps): Promise<string> {
  return withPlace(path, async ({ directory, target }) => {
    const prefix = lockPrefix(target)
    const name = `${prefix}${await ownerText()}-${Buffer.from(deps.randomBytes(16)).toString('hex')}.lock`
    const mine = join(directory, name)
    try {
      await queueUp(directory, prefix, name, signal, deps)
      return mine
    } catch (error) {
      await discard(mine)
      throw error
    }
  })
}

async function queueUp(
  directory: string,
  prefix: string,
  name: string,
  signal: AbortSignal,
  deps: LockDeps,
): Promise<void> {
  const began = deps.now()
  const mine = join(directory, name)
  for (let isStanding = false; ;) {
    signal.throwIfAborted()
    const others = (await livingLocks(directory, prefix)).filter(lock => lock.name !== name)
    const [first] = others
    if (first === undefined) {
      if (isStanding) return
      await (await open(mine, 'wx', 0o600)).close()
      isStanding = true
      continue
    }
    // Several that came at once see each other: all but the first by name step back, and that one stays.
    if (isStanding && first.name < name) {
      await discard(mine)
      isStanding = false
    }
    const waited = deps.now() - began
    if (waited >= deps.wait) throw lockedError(directory, first)
    await deps.sleep(pause(waited / deps.wait, deps.randomBytes))
  }
}

/** 5 to 60 ms, shorter the longer one has waited: with many waiters nobody is passed over for ever. */
function pause(share: number, randomBytes: RandomBytes): number {
  const jitter = (randomBytes(1)[0] ?? 0) / 255
  return 5 + jitter * 55 * (1 - Math.min(share, 1))
}

function lockPrefix(target: string): string {
  const safe = basename(target)
    .replace(/^\.+/, '')
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 100)
  return `.env.${safe}.`
}

async function ownerText(): Promise<string> {
  const { pid, start } = await thisProcess()
  return `${String(pid)}-${start}-${await bootText()}`
}

async function bootText(): Promise<string> {
  const text = (await bootId()).slice(0, unknownBoot.length)
  return /^[0-9a-f]{8}$/.test(text) ? text : unknownBoot
}

/** Sorted by name; those of processes that have ended are removed on the way. */
async function livingLocks(directory: string, prefix: string): Promise<readonly LockFile[]> {
  const locks = (await readdir(directory)).sort().flatMap(name => parseLock(name, prefix) ?? [])
  const living: LockFile[] = []
  for (const lock of locks) {
    const path = join(directory, lock.name)
    if (!released.has(path) && (await isLiving(lock))) living.push(lock)
    else await discard(path)
  }
  return living
}

function parseLock(name: string, prefix: string): LockFile | undefined {
  if (!name.startsWith(prefix)) return undefined
  const match = /^(\d+)-(\d+)-([0-9a-f]{8})-[0-9a-f]{32}\.lock$/.exec(name.slice(prefix.length))
  if (match === null) return undefined
  const [, pid = '', start = '', boot = ''] = match
  return { name, pid: Number(pid), start, boot }
}

async function isLiving(lock: LockFile): Promise<boolean> {
  const boot = await bootText()
  const isThisBoot = lock.boot === boot || lock.boot === unknownBoot || boot === unknownBoot
  return isThisBoot && (await isRunning(lock))
}

function lockedError(directory: string, lock: LockFile): SecretsError {
  const who = `process ${String(lock.pid)}`
  return new SecretsError('store.locked', `${who} is working on the same file`, {
    hints: [`wait until ${who} has ended, or stop it, and run again`],
    at: { path: join(directory, lock.name) },
  })
}
