import { dirname } from 'node:path'
import type { Files, ProviderDeps } from '../../src/context.ts'
import { attempt, filePermissions, type Finding } from '../../src/core/diagnosis.ts'
import type { EnvFile } from './file.ts'

/** Whether the file is there, can be understood, is for this user alone, and can be replaced. */
export async function* diagnose(
  file: EnvFile,
  { files, env }: Pick<ProviderDeps, 'files' | 'env'>,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  signal.throwIfAborted()
  const { path, shown } = file
  const read = await attempt(signal, () => file.read(signal))
  if ('finding' in read) yield read.finding
  else if (read.found.content === undefined) {
    const repair = ['make it: secrets init, or secrets set NAME']
    yield { check: 'place', severity: 'info', message: `${shown} is not there yet`, repair }
  } else {
    const count = String(read.found.document.assignments.length)
    yield {
      check: 'place',
      severity: 'ok',
      message: `${shown} holds ${count === '1' ? '1 variable' : `${count} variables`}`,
    }
    yield modeFinding(read.found.content.mode, shown, env['OS'] === 'Windows_NT')
  }
  const isReadable = 'found' in read
  yield* filePermissions(isReadable, await isReplaceable(files, path), shown)
}

function modeFinding(mode: number, shown: string, isWindows: boolean): Finding {
  if (isWindows) {
    const message = 'who may read the file is not looked at on this system'
    return { check: 'mode', severity: 'info', subject: shown, message }
  }
  if ((mode & 0o077) === 0) {
    return { check: 'mode', severity: 'ok', subject: shown, message: 'for this user alone' }
  }
  return {
    check: 'mode',
    severity: 'warning',
    subject: shown,
    message: `other users of this machine may use ${shown} (mode ${mode.toString(8).padStart(4, '0')})`,
    repair: [`chmod 600 ${shown}`, 'if somebody else works on this machine: rotate what stands in it'],
  }
}

/** A replace is a new file in the same directory. */
async function isReplaceable(files: Files, path: string): Promise<boolean> {
  return (await files.access(dirname(path)))?.isWritable === true
}
