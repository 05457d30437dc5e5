import type { Message, Outbox, PostEnd } from '../core/notify/receiver.ts'

/** Milliseconds from the first byte to the status of the answer. */
const timeLimit = 5000

/**
 * Sends messages over HTTPS; without TLS to this machine only. No redirect is followed and no proxy of the environment
 * used: the address is a secret, and goes nowhere but where it points. The answer's body is not read.
 */
export const systemOutbox: Pick<Outbox, 'post'> = {
  post: message =>
    new Promise<PostEnd>(resolve => {
      const url = addressOf(message.url.reveal())
      if (url === undefined) {
        resolve({ isDelivered: false, why: 'what the variable holds is no https address' })
        return
      }
      send(url, message, resolve)
    }),
}

function send(url: URL, { headers, body }: Message, resolve: (end: PostEnd) => void): void {
  const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
  const bytes = Buffer.from(body.reveal())
  const call = request(url, {
    method: 'POST',
    agent: false,
    headers: { ...headers, 'Content-Length': String(bytes.length), 'User-Agent': 'dualkey-secrets' },
  })
  const end = (why?: string): void => {
    clearTimeout(timer)
    call.destroy()
    resolve(why === undefined ? { isDelivered: true } : { isDelivered: false, why })
  }
  const timer = setTimeout(() => {
    end('it did not answer in time')
  }, timeLimit)
  call.on('response', ({ statusCode = 0 }) => {
    end(statusCode >= 200 && statusCode < 300 ? undefined : `it answered ${String(statusCode)}`)
  })
  // The library's messages name the host: only its word for what happened is passed on.
  call.on('error', (error: NodeJS.ErrnoException) => {
    end(`it cannot be reached (${/^[A-Z0-9_]{3,40}$/.exec(error.code ?? '')?.[0] ?? 'unknown'})`)
  })
  call.end(bytes)
}

function addressOf(text: string): URL | undefined {
  const url = URL.parse(text.trim())
  if (url === null) return undefined
  const isHere = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere) ? url : undefined
}
