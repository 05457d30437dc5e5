import type { Terminal } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { isTerminal, writeOutput } from './streams.ts'

interface TerminalOptions {
  readonly isQuiet: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Asks on stderr and reads from stdin; never asks without a terminal or under CI. */
export function createTerminal({ isQuiet, env, signal }: TerminalOptions): Terminal {
  const isCi = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false' && env['CI'] !== '0'
  const isInteractive = (): boolean => !isCi && isTerminal('stdin') && isTerminal('stderr')
  const prompt = async (question: string, hasEcho: boolean): Promise<string> => {
    if (!isInteractive()) {
      throw new SecretsError('usage.needs_input', 'an answer is needed, and there is no terminal to ask', {
        hints: ['run it in a terminal, or give the answer by an option (see --help)'],
      })
    }
    return await readLine(question, hasEcho, signal)
  }
  return {
    get isInteractive() {
      return isInteractive()
    },
    get isStdoutTerminal() {
      return isTerminal('stdout')
    },
    ask: question => prompt(question, true),
    askSecret: async question => new Secret(await prompt(question, false)),
    confirm: async question => /^y(?:es)?$/i.test((await prompt(`${question} [y/N] `, true)).trim()),
    readStdin,
    note(line) {
      if (!isQuiet) void writeOutput('stderr', `secrets: ${line}\n`)
    },
  }
}

const [ctrlC, ctrlD, backspace, deletion] = ['\u0003', '\u0004', '\u0008', '\u007f'] as const

/**
 * One line from the terminal. Without echo the terminal is put into raw mode, and put back whatever happens: Ctrl-C
 * and end of input become `usage.interrupted` instead of a signal.
 */
function readLine(question: string, hasEcho: boolean, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = process
  return new Promise((resolve, reject) => {
    let line = ''
    const finish = (settle: () => void): void => {
      stdin.off('data', onData).off('end', onEnd)
      signal.removeEventListener('abort', onEnd)
      if (!hasEcho) stdin.setRawMode(false)
      stdin.pause()
      if (!hasEcho) stderr.write('\n')
      settle()
    }
    const onEnd = (): void => {
      finish(() => {
        reject(new SecretsError('usage.interrupted', 'interrupted at the prompt; nothing was changed'))
      })
    }
    const onData = (chunk: string): void => {
      for (const character of chunk) {
        if (character === ctrlC || (character === ctrlD && line === '')) {
          onEnd()
          return
        }
        if (character === '\n' || character === '\r') {
          finish(() => {
            resolve(line)
          })
          return
        }
        line = character === deletion || character === backspace ? line.slice(0, -1) : line + character
      }
    }
    // Before the question: what is typed or pasted at once must not be shown either.
    if (!hasEcho) stdin.setRawMode(true)
    stderr.write(question)
    stdin.setEncoding('utf8').on('data', onData).on('end', onEnd)
    signal.addEventListener('abort', onEnd)
    stdin.resume()
  })
}

async function readStdin(maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      throw new SecretsError('provider.too_large', `stdin holds more than ${String(maxBytes)} bytes`, {
        hints: ['that is more than any store holds; check what is piped in'],
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
