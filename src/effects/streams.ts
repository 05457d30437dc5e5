import { fstatSync, writeSync } from 'node:fs'
import { SecretsError } from '../core/errors.ts'
import { isErrno } from './files/failure.ts'

export type OutputName = 'stdout' | 'stderr'

const descriptors = { stdin: 0, stdout: 1, stderr: 2 } as const

/**
 * Whether a stream is a terminal. Pipes and files are told by their kind alone: asking Node for the stream itself loads
 * its network code, a tenth of the whole start.
 */
export function isTerminal(name: keyof typeof descriptors): boolean {
  try {
    const descriptor = descriptors[name]
    return (
      fstatSync(descriptor).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(descriptor)
    )
  } catch {
    return false
  }
}

/**
 * Writes all of `text` before it resolves. Directly where the receiver takes it at once, else through Node's stream,
 * which waits. A receiver that went away (`| head -1`) is no error; a result that is lost, as on a full disk, is.
 */
export async function writeOutput(name: OutputName, text: string): Promise<void> {
  const bytes = Buffer.from(text, 'utf8')
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(descriptors[name], bytes, written)
  } catch (error) {
    if (isErrno(error, 'EAGAIN')) await writeThroughStream(name, bytes.subarray(written))
    else if (name === 'stdout' && !isErrno(error, 'EPIPE')) throw lostOutput(error)
  }
}

function lostOutput(cause: unknown): SecretsError {
  const code = isErrno(cause, 'ENOSPC', 'EDQUOT', 'EFBIG') ? 'file.no_space' : 'file.unwritable'
  return new SecretsError(code, 'the output could not be written completely', {
    hints: ['what the command had to do is done; see: secrets status'],
    cause,
  })
}

function writeThroughStream(name: OutputName, bytes: Uint8Array): Promise<void> {
  const stream = process[name]
  stream.on('error', () => undefined)
  return new Promise(resolve => {
    stream.write(bytes, () => {
      resolve()
    })
  })
}
