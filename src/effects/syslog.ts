import type { PostEnd } from '../core/notify/receiver.ts'

/** Milliseconds until the connection stands and everything is handed over. */
const timeLimit = 5000

/**
 * Sends messages to `udp://host:port`, one datagram each, or `tcp://host:port`, counted as RFC 6587 has it. Neither
 * protocol has an answer: handed over is all that can be known.
 */
export async function sendSyslog(address: string, messages: readonly string[]): Promise<PostEnd> {
  const [, protocol, host = '', port] = /^(udp|tcp):\/\/\[?([^\]]+?)\]?:(\d{1,5})$/.exec(address) ?? []
  if (protocol === undefined) return { isDelivered: false, why: 'the address is none' }
  const send = protocol === 'udp' ? sendDatagrams : sendStream
  return await send(host, Number(port), messages).then(
    () => ({ isDelivered: true }) as const,
    (error: unknown) => ({ isDelivered: false, why: `it cannot be reached (${wordOf(error)})` }),
  )
}

function wordOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{3,40}$/.test(code) ? code : 'unknown'
}

function sendDatagrams(host: string, port: number, messages: readonly string[]): Promise<void> {
  const { createSocket } = process.getBuiltinModule('node:dgram')
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    let left = messages.length
    const end = (error: Error | null): void => {
      left -= 1
      const isFailed = error instanceof Error
      if (!isFailed && left > 0) return
      socket.close()
      if (isFailed) reject(error)
      else resolve()
    }
    socket.once('error', reject)
    for (const message of messages) socket.send(message, port, host, end)
  })
}

function sendStream(host: string, port: number, messages: readonly string[]): Promise<void> {
  const { connect } = process.getBuiltinModule('node:net')
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    socket.setTimeout(timeLimit, () => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })))
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.end(messages.map(message => `${String(Buffer.byteLength(message))} ${message}`).join(''))
    })
    socket.resume()
    socket.once('close', hadError => {
      if (!hadError) resolve()
    })
  })
}
