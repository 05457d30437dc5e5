import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Somebody's store of keys and values, for the example of an adapter: conditional writes by ETag, lists in pages, a
 * bearer token. It knows nothing of this project.
 */
export interface KeyValueStore {
  readonly address: string
  readonly token: string
  readonly requests: readonly string[]
  /** Answers every request with that status from now on. */
  failWith(status: number, headers?: Readonly<Record<string, string>>): void
  put(name: string, value: string): void
  get(name: string): string | undefined
  stop(): Promise<void>
}

interface Entry {
  readonly value: string
  readonly version: string
}

const pageSize = 100

export async function startKeyValueStore(): Promise<KeyValueStore> {
  const entries = new Map<string, Entry>()
  const requests: string[] = []
  const token = 'token-of-the-key-value-store'
  let made = 0
  let failure: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined
  const put = (name: string, value: string): Entry => {
    made += 1
    const entry = { value, version: `r${String(made)}` }
    entries.set(name, entry)
    return entry
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://store')
    requests.push(`${request.method ?? ''} ${url.pathname}`)
    const body = await bodyOf(request)
    const send = (status: number, reply?: object, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(reply === undefined ? undefined : JSON.stringify(reply))
    }
    if (request.headers.authorization !== `Bearer ${token}`) send(401)
    else if (failure !== undefined) send(failure.status, { echo: body }, failure.headers)
    else if (url.pathname === '/keys') send(200, page(entries, url.searchParams))
    else {
      const name = decodeURIComponent(url.pathname.slice('/keys/'.length))
      const found = entries.get(name)
      if (request.method === 'PUT') {
        const { 'if-match': base, 'if-none-match': absent } = request.headers
        if ((base !== undefined && base !== found?.version) || (absent === '*' && found !== undefined))
          send(412)
        else send(200, { version: put(name, (JSON.parse(body) as { value: string }).value).version })
      } else if (found === undefined) send(404)
      else if (request.method === 'DELETE') {
        entries.delete(name)
        send(204)
      } else send(200, found)
    }
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    token,
    requests,
    failWith(status, headers = {}) {
      failure = { status, headers }
    },
    put,
    get: name => entries.get(name)?.value,
    stop: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function page(entries: ReadonlyMap<string, Entry>, query: URLSearchParams): object {
  const [prefix, after] = [query.get('prefix') ?? '', query.get('after') ?? '']
  const names = [...entries.keys()].filter(name => name.startsWith(prefix) && name > after).sort()
  const shown = names.slice(0, pageSize)
  const keys = shown.map(name => ({ name, version: entries.get(name)?.version }))
  return names.length > shown.length ? { keys, next: shown.at(-1) } : { keys }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
