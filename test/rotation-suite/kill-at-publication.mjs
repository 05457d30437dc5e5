import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Loaded into a run of the command line before anything else: ends the process with SIGKILL just before or just after
 * the n-th file gets its name (SUITE_KILL_AT, SUITE_KILL_WHEN). Temporary files and locks are files like others.
 */
const at = Number(process.env['SUITE_KILL_AT'])
const isBefore = process.env['SUITE_KILL_WHEN'] === 'before'
let count = 0

for (const name of ['rename', 'link']) {
  const original = fs[name]
  fs[name] = async (...words) => {
    count += 1
    if (count !== at) return await original(...words)
    if (!isBefore) await original(...words)
    process.kill(process.pid, 'SIGKILL')
    return await new Promise(() => undefined)
  }
}
syncBuiltinESMExports()
