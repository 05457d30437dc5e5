import { write } from 'node:fs'
import type { Readable } from 'node:stream'
import { SecretsError } from '../../core/errors.ts'
import type { StreamRedactor } from '../../core/redact/stream.ts'
import { isErrno } from '../files/failure.ts'

/** Milliseconds of silence after which the beginning of a prompt is shown, and after which nothing is kept back. */
const briefLull = 100
const longLull = 2000
/** After the program's end: how long its output may be silent before we stop waiting for others that hold it open. */
const lastSilence = 250
/** A receiver that others have made non-blocking is asked again. */
const retryAfter = 5

export interface Output {
  /** The program has ended: what it wrote is read to the end, but a process that it left behind is not waited for. */
  finish(): Promise<SecretsError | undefined>
}

/**
 * Passes a program's output on through the redactor, as fast as the receiver takes it and no faster. A receiver that
 * went away closes the program's end too, as it would without us.
 */
export function passOutput(source: Readable, sink: number, redactor: StreamRedactor): Output {
  let turn: Promise<void> = Promise.resolve()
  let lost: SecretsError | undefined
  let timers: NodeJS.Timeout[] = []
  let isCut = false
  let hasEnded = false
  let whenOver: () => void = () => undefined
  const over = new Promise<void>(resolve => (whenOver = resolve))

  const put = (bytes: Uint8Array): void => {
    turn = turn.then(async () => {
      if (bytes.length === 0 || isCut) return
      const failure = await writeAll(sink, bytes)
      if (failure === undefined) return
      isCut = true
      source.destroy()
      if (failure !== 'gone') lost = failure
    })
  }
  const wait = (): void => {
    stopWaiting()
    const lulls = redactor.isHolding
      ? ([
          ['brief', briefLull],
          ['long', longLull],
        ] as const)
      : []
    timers = lulls.map(([length, time]) =>
      setTimeout(() => {
        put(redactor.lull(length))
      }, time),
    )
    if (hasEnded) timers.push(setTimeout(whenOver, lastSilence))
  }
  const stopWaiting = (): void => {
    for (const timer of timers) clearTimeout(timer)
  }
  source.on('data', (chunk: Buffer) => {
    stopWaiting()
    source.pause()
    put(redactor.push(chunk))
    void turn.then(() => {
      wait()
      source.resume()
    })
  })
  source.on('error', () => undefined)
  source.on('close', () => {
    whenOver()
  })
  return {
    async finish() {
      hasEnded = true
      stopWaiting()
      void turn.then(wait)
      await over
      stopWaiting()
      put(redactor.end())
      await turn
      source.destroy()
      return lost
    },
  }
}

/** All of it, in order; the file descriptor may be a pipe that is full. `gone`: nobody reads it any more. */
async function writeAll(sink: number, bytes: Uint8Array): Promise<SecretsError | 'gone' | undefined> {
  for (let written = 0; written < bytes.length;) {
    try {
      written += await writeSome(sink, bytes, written)
    } catch (error) {
      if (isErrno(error, 'EAGAIN')) {
        await new Promise(resolve => setTimeout(resolve, retryAfter))
        continue
      }
      return isErrno(error, 'EPIPE') ? 'gone' : lostOutput(error)
    }
  }
  return undefined
}

function writeSome(sink: number, bytes: Uint8Array, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(sink, bytes, from, bytes.length - from, null, (error, written) => {
      if (error === null) resolve(written)
      else reject(error)
    })
  })
}

function lostOutput(cause: unknown): SecretsError {
  const code = isErrno(cause, 'ENOSPC', 'EDQUOT', 'EFBIG') ? 'file.no_space' : 'file.unwritable'
  return new SecretsError(code, 'the output of the program could not be written completely', { cause })
}
