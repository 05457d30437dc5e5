import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it came over the wire. */
export interface SeenRequest {
  readonly method: string
  /** Still percent-encoded. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A text as it is, anything else as JSON. */
  readonly body?: unknown
}

/** `undefined`: what a server with an empty KV v2 engine "secret" and a good token would say. */
type Handler = (request: SeenRequest, response: ServerResponse) => Answer | 'handled' | undefined

/** A server for what a real one does not do on request: wrong answers, and looking at what was sent. */
export interface FakeVault {
  readonly address: string
  readonly seen: readonly SeenRequest[]
  stop(): Promise<void>
}

export async function startFakeVault(handle: Handler = () => undefined): Promise<FakeVault> {
  const seen: SeenRequest[] = []
  const server = createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
      const { method = '', url = '', headers } = incoming
      const request = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
      seen.push(request)
      const answer = handle(request, response) ?? usualAnswer(request)
      if (answer !== 'handled') send(response, answer)
    })()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Answer): void {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'Content-Type': isText ? 'text/html' : 'application/json', ...headers })
  response.end(body === undefined || isText ? body : JSON.stringify(body))
}

function usualAnswer({ url }: SeenRequest): Answer {
  if (url.startsWith('/v1/sys/internal/ui/mounts/')) return { body: mounted({}) }
  if (url === '/v1/auth/token/lookup-self') return { body: { data: { display_name: 'token' } } }
  return { status: 404, body: { errors: [] } }
}

export function mounted(change: Readonly<Record<string, unknown>>): object {
  return { data: { type: 'kv', options: { version: '2' }, path: 'secret/', ...change } }
}

/** The answer to a read of a KV document. */
export function documentOf(data: object, version = 1): object {
  return { data: { data, metadata: { version, deletion_time: '', destroyed: false } } }
}
