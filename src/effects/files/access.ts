import { accessSync, constants, lstatSync } from 'node:fs'
import type { Access } from '../../context.ts'
import { isErrno, readFailure } from './failure.ts'

const { W_OK, X_OK } = constants

/** Asks the system, which knows of lists and mounts too; nothing is tried out. */
export function accessTo(path: string): Access | undefined {
  try {
    const stats = lstatSync(path)
    return {
      mode: stats.mode & 0o777,
      isWritable: mayUse(path, stats.isDirectory() ? W_OK | X_OK : W_OK),
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw readFailure(error, path)
  }
}

function mayUse(path: string, wanted: number): boolean {
  try {
    accessSync(path, wanted)
    return true
  } catch {
    return false
  }
}
