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

/**
 * Passes one output of a program on through the redactor, as fast as the receiver takes it and no faster. A receiver
 * that went away closes the program's end too, as it would without us.
 */
export class Output {
  readonly #source: Readable
  readonly #sink: number
  readonly #redactor: StreamRedactor
  readonly #over: Promise<void>
  #whenOver: () => void = () => undefined
  /** What is to be written waits for what is being written. */
  #turn: Promise<void> = Promise.resolve()
  #timers: NodeJS.Timeout[] = []
  #isCut = false
  #hasEnded = false
  #lost: SecretsError | undefined

  constructor(source: Readable, sink: number, redactor: StreamRedactor) {
    this.#source = source
    this.#sink = sink
    this.#redactor = redactor
    this.#over = new Promise(resolve => (this.#whenOver = resolve))
    source.on('error', () => undefined)
    source.on('close', this.#whenOver)
    source.on('data', (chunk: Buffer) => {
      this.#stopWaiting()
      source.pause()
      this.#put(redactor.push(chunk))
      void this.#turn.then(() => {
        this.#wait()
        source.resume()
      })
    })
  }

  /**
   * The program has ended: what it wrote is read to the end, but a process that it left behind is not waited for.
   * Resolves with the reason why something was lost.
   */
  async finish(): Promise<SecretsError | undefined> {
    this.#hasEnded = true
    void this.#turn.then(() => {
      this.#wait()
    })
    await this.#over
    this.#stopWaiting()
    this.#put(this.#redactor.end())
    await this.#turn
    this.#source.destroy()
    return this.#lost
  }

  #put(bytes: Uint8Array): void {
    this.#turn = this.#turn.then(async () => {
      if (bytes.length === 0 || this.#isCut) return
      const failure = await writeAll(this.#sink, bytes)
      if (failure === undefined) return
      this.#isCut = true
      this.#source.destroy()
      if (failure !== 'gone') this.#lost = failure
    })
  }

  #wait(): void {
    this.#stopWaiting()
    if (this.#hasEnded) this.#timers.push(setTimeout(this.#whenOver, lastSilence))
    if (!this.#redactor.isHolding) return
    for (const [length, time] of [
      ['brief', briefLull],
      ['long', longLull],
    ] as const) {
      const show = (): void => {
        this.#put(this.#redactor.lull(length))
      }
      this.#timers.push(setTimeout(show, time))
    }
  }

  #stopWaiting(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
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
