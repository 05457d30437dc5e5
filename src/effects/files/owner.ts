import { readFile } from 'node:fs/promises'
import { isErrno } from './failure.ts'

/** A process, told apart from a later one with the same number by when it began. */
export interface Owner {
  readonly pid: number
  /** Start time in the system's own unit (Linux: clock ticks since boot); `0` where the system does not say. */
  readonly start: string
}

const unknownStart = '0'

let self: Promise<Owner> | undefined
let boot: Promise<string> | undefined

export function thisProcess(): Promise<Owner> {
  self ??= readStat(process.pid).then(stat => ({ pid: process.pid, start: stat?.start ?? unknownStart }))
  return self
}

/** Changes with every start of the machine; empty where the system does not say. */
export function bootId(): Promise<string> {
  boot ??= readFile('/proc/sys/kernel/random/boot_id', 'latin1').then(
    text => text.trim(),
    () => '',
  )
  return boot
}

/**
 * Whether exactly that process still runs, asked of the kernel and never of a clock. Where its start time cannot be
 * learned (no /proc, or hidden from us) a process of the same number counts: the safe side. A zombie does not run.
 * Known limit: a process in another container's number space looks like one that has ended.
 */
export async function isRunning(owner: Owner): Promise<boolean> {
  if (!Number.isSafeInteger(owner.pid) || owner.pid <= 0 || !exists(owner.pid)) return false
  const stat = await readStat(owner.pid)
  if (stat === undefined) return true
  if (stat.state === 'Z' || stat.state === 'X') return false
  return owner.start === unknownStart || stat.start === owner.start
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrno(error, 'EPERM')
  }
}

/** proc(5): the program's name stands in parentheses and may hold anything; state is field 3, start time field 22. */
async function readStat(
  pid: number,
): Promise<{ readonly state: string; readonly start: string } | undefined> {
  try {
    const text = await readFile(`/proc/${String(pid)}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state, start] = [fields[0], fields[19]]
    return state === undefined || start === undefined ? undefined : { state, start }
  } catch {
    return undefined
  }
}
