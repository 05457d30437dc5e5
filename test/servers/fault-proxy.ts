import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls'

/** A TLS server on this machine. */
export interface Upstream {
  readonly port: number
  /** The authority that signed its certificate. */
  readonly caFile: string
  /** Its own certificate and key, which the proxy shows in its place. */
  readonly certFile: string
  readonly keyFile: string
}

/** What becomes of one request. `before`: the server never sees it. `after`: it does, but its answer is not what comes back. */
export type Fault =
  /** The connection ends; `then` is called just before that. */
  | { readonly do: 'drop'; readonly when: 'before' | 'after'; readonly then?: () => void }
  /** Nothing comes back, ever. */
  | { readonly do: 'silence'; readonly when: 'before' | 'after' }
  /** The first half of the answer. */
  | { readonly do: 'truncate' }
  /** The server acts on it twice, as behind a balancer that sends again. */
  | { readonly do: 'duplicate' }
  /** Something else happens first, then the request goes its way. */
  | { readonly do: 'wait'; readonly until: () => Promise<unknown> }
  /** The connection ends at once; the server sees the request when `release` is called. */
  | { readonly do: 'hold' }
  | {
      readonly do: 'answer'
      readonly when: 'before' | 'after'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }

/** Stands in the server's place, with its certificate. Speaks TLS and bytes: nothing of HTTP is interpreted but lengths. */
export interface FaultProxy {
  readonly address: string
  /** Requests so far. */
  readonly count: number
  /** Lets the held requests through; resolves when the server has answered them. */
  release(): Promise<void>
  stop(): Promise<void>
}

/** `plan` is asked for each request, counted from 1; `undefined` lets it through. */
export async function startFaultProxy(
  upstream: Upstream,
  plan: (number: number) => Fault | undefined,
  host = '127.0.0.1',
): Promise<FaultProxy> {
  const held: Buffer[] = []
  const sockets = new Set<TLSSocket>()
  let count = 0
  const line = new Line(upstream)
  const forward = (request: Buffer): Promise<Buffer> => line.ask(request)

  const server = createServer(
    { cert: readFileSync(upstream.certFile), key: readFileSync(upstream.keyFile) },
    socket => {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
      let bytes = Buffer.alloc(0)
      socket.on('data', chunk => {
        bytes = Buffer.concat([bytes, chunk])
        if (!isWhole(bytes)) return
        const request = bytes
        bytes = Buffer.alloc(0)
        count += 1
        const fault = plan(count)
        if (fault?.do === 'hold') held.push(request)
        void answer(socket, fault, request, forward).catch(() => socket.destroy())
      })
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  return {
    address: `https://${host}:${String((server.address() as AddressInfo).port)}`,
    get count() {
      return count
    },
    async release() {
      for (const request of held.splice(0)) await forward(request)
    },
    stop: () =>
      new Promise(resolve => {
        for (const socket of sockets) socket.destroy()
        line.close()
        server.close(() => {
          resolve()
        })
      }),
  }
}

async function answer(
  socket: TLSSocket,
  fault: Fault | undefined,
  request: Buffer,
  forward: (request: Buffer) => Promise<Buffer>,
): Promise<void> {
  if (fault === undefined) {
    passOn(socket, await forward(request))
    return
  }
  if ('when' in fault && fault.when === 'after') await forward(request)
  switch (fault.do) {
    case 'drop':
      fault.then?.()
      socket.destroy()
      return
    case 'hold':
      socket.destroy()
      return
    case 'silence':
      return
    case 'truncate': {
      const whole = await forward(request)
      socket.write(whole.subarray(0, Math.floor(whole.length / 2)), () => socket.destroy())
      return
    }
    case 'wait':
      await fault.until()
      passOn(socket, await forward(request))
      return
    case 'duplicate': {
      await forward(request)
      passOn(socket, await forward(request))
      return
    }
    case 'answer': {
      const { status, headers = {}, body = '' } = fault
      const all = {
        'Content-Type': 'application/json',
        'Content-Length': String(body.length),
        Connection: 'close',
        ...headers,
      }
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.end(`HTTP/1.1 ${String(status)} x\r\n${lines.join('')}\r\n${body}`)
    }
  }
}

/** The connection stays open where the answer says its length: a handshake is most of what a request costs. */
function passOn(socket: TLSSocket, answer: Buffer): void {
  const end = answer.indexOf('\r\n\r\n')
  const head = answer.subarray(0, end).toString('latin1')
  if (!isAnswered(answer)) {
    socket.end(answer)
    return
  }
  const open = head.replace(/\r\nconnection: [^\r]*/i, '\r\nConnection: keep-alive')
  socket.write(Buffer.concat([Buffer.from(open, 'latin1'), answer.subarray(end)]))
}

/** Whether the answer is there to its end, by what it says of its length itself; else its end is the connection's. */
function isAnswered(answer: Buffer): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end === -1) return false
  const head = answer.subarray(0, end).toString('latin1')
  if (/^HTTP\/1\.1 (?:204|304) /.test(head)) return true
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return answer.subarray(-7).equals(lastChunk)
  return /\r\ncontent-length: \d/i.test(head) && isWhole(answer)
}

const lastChunk = Buffer.from('\r\n0\r\n\r\n')

function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return false
  const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(bytes.subarray(0, end).toString('latin1')) ?? []
  return bytes.length >= end + 4 + Number(length)
}

/** The way to the server. Connections are used again: a handshake for each request would be most of its time. */
class Line {
  readonly #port: number
  readonly #context: SecureContext
  readonly #idle: { readonly socket: TLSSocket; readonly since: number }[] = []

  constructor({ port, caFile }: Upstream) {
    this.#port = port
    this.#context = createSecureContext({ ca: readFileSync(caFile) })
  }

  /** The answer to one request, or what came of it. */
  async ask(request: Buffer): Promise<Buffer> {
    const text = request.toString('latin1').replace(/\r\nconnection: [^\r]*/i, '\r\nConnection: keep-alive')
    const socket = this.#take() ?? (await this.#connect())
    return await new Promise((resolve, reject) => {
      let bytes = Buffer.alloc(0)
      const settle = (done: () => void): void => {
        socket.off('data', read).off('error', fail).off('close', end)
        done()
      }
      const read = (chunk: Buffer): void => {
        bytes = Buffer.concat([bytes, chunk])
        if (!isAnswered(bytes)) return
        this.#idle.push({ socket, since: performance.now() })
        settle(() => {
          resolve(bytes)
        })
      }
      const fail = (error: Error): void => {
        settle(() => {
          reject(error)
        })
      }
      const end = (): void => {
        settle(() => {
          resolve(bytes)
        })
      }
      socket.on('data', read).on('error', fail).on('close', end)
      // An answer without a length ends with its connection.
      socket.write(text, 'latin1')
    })
  }

  close(): void {
    for (const { socket } of this.#idle) socket.destroy()
  }

  /** Never one that the server may be about to close: Node's does that after five seconds. */
  #take(): TLSSocket | undefined {
    for (let one = this.#idle.pop(); one !== undefined; one = this.#idle.pop()) {
      if (!one.socket.destroyed && performance.now() - one.since < 2000) return one.socket
      one.socket.destroy()
    }
    return undefined
  }

  #connect(): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: this.#port, secureContext: this.#context }, () => {
        socket.off('error', reject)
        // In between two requests nobody listens.
        socket.on('error', () => undefined)
        resolve(socket)
      })
      socket.setNoDelay(true).once('error', reject)
    })
  }
}
