import type { Patterns } from '../../core/redact/patterns.ts'
import { StreamRedactor } from '../../core/redact/stream.ts'

/** Bytes kept of the beginning and of the end of each output. */
const kept = 4096

/**
 * What a hook prints: all of it is taken, so that the program never waits, values are taken out, and only the
 * beginning and the end are kept.
 */
export class BoundedOutput {
  readonly #parts: Readonly<Record<'stdout' | 'stderr', Part>>

  constructor(patterns: Patterns) {
    const make = (): Part => ({
      redactor: new StreamRedactor(patterns),
      head: [],
      room: kept,
      tail: Buffer.alloc(0),
      left: 0,
    })
    this.#parts = { stdout: make(), stderr: make() }
  }

  add(name: 'stdout' | 'stderr', chunk: Uint8Array): void {
    const part = this.#parts[name]
    keep(part, part.redactor.push(chunk))
  }

  /** Both, one after the other. To be called once, at the end. */
  text(): string {
    return Object.values(this.#parts)
      .map(textOf)
      .filter(text => text !== '')
      .join('\n')
  }
}

interface Part {
  readonly redactor: StreamRedactor
  readonly head: Uint8Array[]
  /** How many bytes the head still takes. */
  room: number
  tail: Buffer
  /** How many bytes between the two were left out. */
  left: number
}

function keep(part: Part, bytes: Uint8Array): void {
  const first = bytes.subarray(0, part.room)
  // A copy: the chunk that it is a view of may be large.
  if (first.length > 0) part.head.push(first.slice())
  part.room -= first.length
  const rest = bytes.subarray(first.length)
  if (rest.length === 0) return
  const all = Buffer.concat([part.tail, rest.subarray(Math.max(0, rest.length - kept))])
  const tail = all.subarray(Math.max(0, all.length - kept))
  part.left += part.tail.length + rest.length - tail.length
  part.tail = Buffer.from(tail)
}

function textOf(part: Part): string {
  keep(part, part.redactor.end())
  const head = Buffer.concat(part.head).toString('utf8')
  const gap = part.left === 0 ? '' : `\n… ${String(part.left)} bytes left out …\n`
  return `${head}${gap}${part.tail.toString('utf8')}`.trim()
}
