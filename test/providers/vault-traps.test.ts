import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connect } from '../../providers/vault.ts'
import type { ProviderDeps } from '../../src/context.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { never, noon, rejection } from '../contract/harness.ts'
import { documentOf, type FakeVault, mounted, startFakeVault } from '../servers/fake-vault.ts'

const token = ['s', 'TokenThatMustNotBeSeen0123'].join('.')
const value = 'value-that-must-not-be-seen'
const data = '/v1/secret/data/app'
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const close of closing.splice(0).reverse()) await close()
})

async function fake(...handler: Parameters<typeof startFakeVault>): Promise<FakeVault> {
  const server = await startFakeVault(...handler)
  closing.push(() => server.stop())
  return server
}

interface Change {
  readonly settings?: Readonly<Record<string, string>>
  readonly env?: ProviderDeps['env']
  readonly root?: string
}

async function open(
  address: string,
  { settings = {}, env = {}, root = '/nowhere' }: Change = {},
): Promise<Provider> {
  const provider = await connect(
    {
      id: 'production',
      provider: 'vault',
      environment: 'production',
      settings: { address, path: 'app', ...settings },
    },
    {
      files: createFiles(),
      random: systemRandom,
      env: { VAULT_TOKEN: token, ...env },
      root,
      note: () => undefined,
    },
  )
  closing.push(() => provider.close())
  return provider
}

/** The very module that node-vault prints with. */
function debugOfNodeVault(): { enable(name: string): void; disable(): void } {
  const require = createRequire(createRequire(import.meta.url).resolve('node-vault'))
  return require('debug') as ReturnType<typeof debugOfNodeVault>
}

const read = (provider: Provider): Promise<unknown> => provider.read('KEY', 'current', never)
const write = (provider: Provider): Promise<unknown> =>
  provider.write('KEY', new Secret(value), { at: noon }, never)

describe('every answer that is no success is an error of its own, without the token in it', () => {
  const cases: readonly (readonly [string, number, unknown, ErrorCode])[] = [
    ['bad request', 400, { errors: [`failed to parse ${value}`] }, 'provider.invalid_reply'],
    ['no token', 400, { errors: ['missing client token'] }, 'provider.auth'],
    [
      'upgrading',
      400,
      { errors: ['Upgrading from non-versioned to versioned data.'] },
      'provider.unavailable',
    ],
    ['unauthorized', 401, { errors: ['no'] }, 'provider.auth'],
    ['forbidden', 403, { errors: ['1 error occurred:\n\t* permission denied\n\n'] }, 'provider.denied'],
    ['forbidden, as a page', 403, '<html>403</html>', 'provider.denied'],
    ['not found, as a page', 404, '<html>404</html>', 'provider.invalid_reply'],
    ['not found, by a gateway', 404, { message: 'no Route matched' }, 'provider.invalid_reply'],
    ['no such mount', 404, { errors: ['no handler for route "secret/data/app"'] }, 'provider.denied'],
    ['no such namespace', 404, { errors: ['namespace not found'] }, 'provider.denied'],
    ['precondition', 412, { errors: ['required index state not present'] }, 'provider.limited'],
    ['too large', 413, { errors: ['request body too large'] }, 'provider.too_large'],
    ['too often', 429, { errors: ['rate limit quota exceeded'] }, 'provider.limited'],
    ['standby', 473, '', 'provider.unavailable'],
    ['broken', 500, { errors: ['internal error'] }, 'provider.unavailable'],
    ['bad gateway', 502, '<html>502</html>', 'provider.unavailable'],
    ['sealed', 503, { errors: ['Vault is sealed'] }, 'provider.unavailable'],
    ['a page instead of an answer', 200, '<html>sign in</html>', 'provider.invalid_reply'],
    ['half an answer', 200, '{"data":', 'provider.invalid_reply'],
    ['no answer', 204, undefined, 'provider.invalid_reply'],
    ['an empty object', 200, {}, 'provider.invalid_reply'],
    ['no version', 200, { data: { data: {}, metadata: {} } }, 'provider.invalid_reply'],
    ['no data', 200, { data: { metadata: { version: 1 } } }, 'provider.invalid_reply'],
    ['a list', 200, { data: { data: [], metadata: { version: 1 } } }, 'provider.invalid_reply'],
    ['a number as value', 200, documentOf({ KEY: 7 }), 'provider.invalid_reply'],
    ['facts that are not ours', 200, documentOf({ KEY: 'x', _secrets_v1: 'nonsense' }), 'store.damaged'],
    ['newer facts', 200, documentOf({ KEY: 'x', _secrets_v1: '{"format":2}' }), 'store.damaged'],
  ]

  it.each(cases)('%s (%i)', async (_, status, body, code) => {
    const server = await fake(({ url }) => (url.startsWith(data) ? { status, body } : undefined))
    await rejection(read(await open(server.address)), code, [token, value])
    // Asked once: whether to ask again is not the adapter's to decide.
    expect(server.seen.filter(({ url }) => url.startsWith(data))).toHaveLength(1)
  })

  it.each([{ ok: true }, [], { data: { version: 7 } }, { data: null }])(
    'a write that is answered with %j is not taken for done',
    async body => {
      const server = await fake(({ method }) => (method === 'POST' ? { body } : undefined))
      await rejection(write(await open(server.address)), 'provider.invalid_reply', [token, value])
    },
  )

  it('an unknown token is told from a missing right by looking it up', async () => {
    const forbidden = { status: 403, body: { errors: ['permission denied'] } }
    const server = await fake(({ url }) => (url.includes('/mounts/') ? undefined : forbidden))
    await rejection(read(await open(server.address)), 'provider.auth', [token])
  })

  it('a token that may not look itself up is still one', async () => {
    const forbidden = { status: 403, body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] } }
    const server = await fake(({ url }) => (url.includes('/mounts/') ? undefined : forbidden))
    await rejection(read(await open(server.address)), 'provider.denied', [token])
  })

  it.each([
    ['7', 7_000],
    ['0', 0],
    ['-1', undefined],
    ['soon', undefined],
    ['99999999999', undefined],
    // A date is read against the reply's own; this one is over.
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ])('Retry-After %s is handed on as %s', async (header, milliseconds) => {
    const headers = { 'Retry-After': header }
    const server = await fake(({ url }) =>
      url.startsWith(data) ? { status: 429, headers, body: { errors: [] } } : undefined,
    )
    const error = await rejection(read(await open(server.address)), 'provider.limited')
    expect(error).toMatchObject({ retryAfter: milliseconds, isUnsent: true })
  })
})

describe('the connection', () => {
  it('refused: said so, and that nothing was sent', async () => {
    const server = await startFakeVault()
    await server.stop()
    const error = await rejection(write(await open(server.address)), 'provider.unavailable', [token, value])
    expect(error.isUnsent).toBe(true)
  })

  it('an unknown host: the same', async () => {
    const error = await rejection(read(await open('https://no-such-host.invalid')), 'provider.unavailable', [
      token,
    ])
    expect(error.isUnsent).toBe(true)
  })

  it.each([
    ['before the answer', (response: ServerResponse) => response.socket?.destroy()],
    [
      'within the answer',
      (response: ServerResponse) => {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
        response.write('{"data":', () => response.socket?.destroy())
      },
    ],
  ])('that ends %s: unavailable, and nobody knows what was done', async (_, end) => {
    const server = await fake(({ url }, response) => {
      if (!url.startsWith(data)) return undefined
      end(response)
      return 'handled'
    })
    const error = await rejection(write(await open(server.address)), 'provider.unavailable', [token, value])
    expect(error.isUnsent).toBe(false)
  })

  it('something that speaks no HTTP: unavailable', async () => {
    const server = createServer(socket => socket.resume().end('220 mail.example ESMTP\r\n'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise(resolve => server.close(resolve)))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    await rejection(read(await open(`http://127.0.0.1:${String(port)}`)), 'provider.unavailable', [token])
  })

  it('a redirect is not followed: the token stays here', async () => {
    const elsewhere = await fake()
    const server = await fake(({ url }) => ({
      status: 307,
      headers: { Location: `${elsewhere.address}${url}` },
    }))
    await rejection(read(await open(server.address)), 'provider.unavailable', [token])
    expect(elsewhere.seen).toEqual([])
  })

  it('an answer without end is cut', async () => {
    const server = await fake(({ url }, response) => {
      if (!url.startsWith(data)) return undefined
      response.writeHead(200, { 'Content-Type': 'application/json' })
      const chunk = Buffer.alloc(1024 * 1024, ' ')
      const more = (): void => {
        if (!response.destroyed) response.write(chunk, more)
      }
      more()
      return 'handled'
    })
    await rejection(read(await open(server.address)), 'provider.invalid_reply', [token])
  })

  it('a server that does not answer is given up after VAULT_CLIENT_TIMEOUT', async () => {
    const server = await fake(({ url }) => (url.startsWith(data) ? 'handled' : undefined))
    const provider = await open(server.address, { env: { VAULT_CLIENT_TIMEOUT: '50ms' } })
    const error = await rejection(write(provider), 'provider.unavailable', [token, value])
    expect(error.isUnsent).toBe(false)
  })

  it('a signal stops a request under way, with its own reason', async () => {
    const controller = new AbortController()
    const reason = new Error('stopped by the test')
    const server = await fake(({ url }) => {
      if (!url.startsWith(data)) return undefined
      controller.abort(reason)
      return 'handled'
    })
    const provider = await open(server.address)
    await expect(provider.read('KEY', 'current', controller.signal)).rejects.toBe(reason)
  })

  it('a first request that was stopped does not spoil the next one', async () => {
    const controller = new AbortController()
    const server = await fake(({ url }) => {
      if (!url.includes('/mounts/') || controller.signal.aborted) return undefined
      controller.abort()
      return 'handled'
    })
    const provider = await open(server.address)
    await expect(provider.read('KEY', 'current', controller.signal)).rejects.toThrow()
    expect(await read(provider)).toBeUndefined()
  })
})

describe('what node-vault would do by itself', () => {
  it('it takes nothing from the environment of the process', async () => {
    const server = await fake()
    vi.stubEnv('VAULT_ADDR', 'http://127.0.0.1:1')
    vi.stubEnv('VAULT_TOKEN', 'token-of-somebody-else')
    vi.stubEnv('VAULT_NAMESPACE', 'namespace-of-somebody-else')
    vi.stubEnv('VAULT_PREFIX', '/prefix-of-somebody-else')
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1')
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1')
    expect(await read(await open(server.address))).toBeUndefined()
    expect(server.seen.map(({ url }) => url)).toEqual([data, '/v1/sys/internal/ui/mounts/secret/app'])
    for (const { headers } of server.seen) {
      expect(headers['x-vault-token']).toBe(token)
      expect(headers['x-vault-namespace']).toBeUndefined()
    }
  })

  it('it prints nothing, even where its debugging is on', async () => {
    const written: string[] = []
    const log = vi.spyOn(process.stderr, 'write').mockImplementation(text => written.push(String(text)) > 0)
    const debug = debugOfNodeVault()
    debug.enable('node-vault')
    try {
      const server = await fake(({ method }) =>
        method === 'POST' ? { body: { data: { version: 1 } } } : undefined,
      )
      await write(await open(server.address))
      expect(server.seen.some(({ body }) => body.includes(value))).toBe(true)
    } finally {
      debug.disable()
      log.mockRestore()
    }
    expect(written.join('')).not.toContain('vault')
  })

  it('it takes no error for a success because "sys/health" stands in the path', async () => {
    const server = await fake(({ url }) =>
      url.includes('/data/') ? { status: 500, body: { errors: [] } } : undefined,
    )
    const provider = await open(server.address, { settings: { path: 'ops/sys/health' } })
    await rejection(read(provider), 'provider.unavailable')
  })

  it('names are sent as they are', async () => {
    const server = await fake(({ url }) =>
      url.includes('/mounts/') ? { body: mounted({ path: 'team#1/kv/' }) } : undefined,
    )
    const path = 'a#b?c=d/100%/&#x2F;/e f/ä'
    await read(await open(`${server.address}/behind/proxy/`, { settings: { mount: '/team#1/kv/', path } }))
    const encoded = path.split('/').map(encodeURIComponent).join('/')
    expect(server.seen.map(({ url }) => url)).toEqual([
      `/behind/proxy/v1/team%231/kv/data/${encoded}`,
      `/behind/proxy/v1/sys/internal/ui/mounts/team%231/kv/${encoded}`,
    ])
  })

  it('a login carries no token, and what follows carries the new one', async () => {
    const server = await fake(({ url }) =>
      url.includes('/login') ? { body: { auth: { client_token: 'token-of-the-login' } } } : undefined,
    )
    const env = { VAULT_ROLE_ID: 'role', VAULT_SECRET_ID: value }
    const provider = await open(server.address, { settings: { auth: 'approle', authMount: 'ci' }, env })
    await read(provider)
    await provider.close()
    const sent = server.seen.map(({ url, headers }) => [url.split('/').at(-1), headers['x-vault-token']])
    expect(sent[0]).toEqual(['login', undefined])
    expect(server.seen[0]).toMatchObject({ url: '/v1/auth/ci/login' })
    expect(new Set(sent.slice(1).map(([, used]) => used))).toEqual(new Set(['token-of-the-login']))
    expect(sent.at(-1)?.[0]).toBe('revoke-self')
  })

  it('a token that was given is not revoked', async () => {
    const server = await fake()
    const provider = await open(server.address)
    await read(provider)
    await provider.close()
    expect(server.seen.filter(({ url }) => url.includes('revoke'))).toEqual([])
  })
})

describe('a policy without "patch"', () => {
  const forbidden = { status: 403, body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] } }
  const serverWith = (text: string): Promise<FakeVault> =>
    fake(({ method, url }) => {
      if (method === 'PATCH') return forbidden
      if (method === 'POST') return { body: { data: { version: 2 } } }
      if (url !== data) return undefined
      const headers = { 'Content-Type': 'application/json' }
      return { headers, body: `{"data":{"data":${text},"metadata":{"version":1}}}` }
    })

  it('the whole document is written back, on the version that was read', async () => {
    const server = await serverWith('{"N":1.5,"O":{"deep":[1,null,"x"]},"T":"\\"1.0\\" 007","__proto__":"p"}')
    await write(await open(server.address))
    const sent = JSON.parse(server.seen.at(-1)?.body ?? '') as {
      data: Record<string, unknown>
      options: unknown
    }
    expect(sent.options).toEqual({ cas: 1 })
    expect(Object.keys(sent.data).sort()).toEqual(['KEY', 'N', 'O', 'T', '__proto__', '_secrets_v1'])
    expect(sent.data).toMatchObject({ N: 1.5, O: { deep: [1, null, 'x'] }, T: '"1.0" 007', KEY: value })
  })

  it.each(['12345678901234567890', '1.0', '1e3', '-0'])(
    'unless %s would come back as another number',
    async text => {
      const server = await serverWith(`{"N":${text}}`)
      await rejection(write(await open(server.address)), 'provider.denied', [value])
      expect(server.seen.filter(({ method }) => method === 'POST')).toEqual([])
    },
  )
})

describe('the mount is looked at before an answer is believed that another engine could give', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>, ErrorCode]>([
    ['KV version 1', { options: { version: '1' } }, 'provider.denied'],
    ['KV without options', { options: null }, 'provider.denied'],
    ['a database engine', { type: 'database', options: {} }, 'rotation.foreign'],
    ['a mount with a longer name', { path: 'secret/app/' }, 'manifest.invalid'],
  ])('%s: refused, and nothing is written', async (_, change, code) => {
    const server = await fake(({ url }) => (url.includes('/mounts/') ? { body: mounted(change) } : undefined))
    const provider = await open(server.address)
    await rejection(read(provider), code)
    await rejection(write(provider), code, [value])
    expect(server.seen.every(({ method }) => method === 'GET')).toBe(true)
  })

  it('a document with a version proves it: nothing more is asked', async () => {
    const body = { data: { data: { KEY: value }, metadata: { version: 3 } } }
    const server = await fake(({ url }) => (url === data ? { body } : undefined))
    expect(await read(await open(server.address))).toMatchObject({ version: 'initial' })
    expect(server.seen.every(({ url }) => !url.includes('/mounts/'))).toBe(true)
  })
})

describe('settings', () => {
  it.each([
    'vault.example.com',
    'ftp://vault.example.com',
    'http://vault.example.com:8200',
    'http://10.0.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'https://user:hunter2-hunter2@vault.example.com',
    'https://vault.example.com/?token=hunter2-hunter2',
    'https://vault.example.com/#hunter2-hunter2',
  ])('address %s is refused, not quoted', async address => {
    await rejection(open(address), 'manifest.invalid', ['hunter2-hunter2', 'vault.example.com'])
    await rejection(
      open('', { env: { VAULT_ADDR: address } }),
      ['usage.invalid_argument'],
      ['hunter2-hunter2', 'vault.example.com'],
    )
  })

  it.each([
    'http://127.0.0.1:8200',
    'http://localhost',
    'http://[::1]:8200',
    'https://vault.example.com/prefix/',
  ])('address %s is taken', async address => {
    await expect(open(address)).resolves.toBeDefined()
  })

  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ['no path', { path: '' }],
    ['an empty segment', { path: 'a//b' }],
    ['a way up', { path: 'a/../b' }],
    ['a dot', { path: './a' }],
    ['our own segment', { path: 'a/.secrets/B' }],
    ['a control character', { path: 'a\nb' }],
    ['half a character', { path: 'a\ud800b' }],
    ['a mount that goes up', { mount: '..' }],
    ['a namespace with a line end', { namespace: 'a\r\nX-Vault-Token: b' }],
    ['a namespace that no header holds', { namespace: 'téām' }],
    ['an unknown auth method', { auth: 'ldap' }],
  ])('%s: refused', async (_, settings) => {
    await rejection(open('http://127.0.0.1:8200', { settings }), 'manifest.invalid')
  })

  it.each(['0', '-1', 'soon', '11m'])('VAULT_CLIENT_TIMEOUT=%s: refused', async text => {
    const env = { VAULT_CLIENT_TIMEOUT: text }
    await rejection(open('http://127.0.0.1:8200', { env }), 'usage.invalid_argument')
  })
})

describe('credentials', () => {
  async function home(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'secrets-home-'))
    closing.push(() => rm(directory, { recursive: true, force: true }))
    return directory
  }

  it.each([`${value}\nX-Evil: 1`, `${value} and more`, `${value}\u0000`, `${value}é`])(
    'a token that is none is refused, not quoted',
    async text => {
      const server = await fake()
      await rejection(read(await open(server.address, { env: { VAULT_TOKEN: text } })), 'provider.auth', [
        value,
      ])
      expect(server.seen).toEqual([])
    },
  )

  it.each([{}, { auth: 'approle' }, { auth: 'userpass' }, { auth: 'jwt' }])(
    'none at all for %j: said so',
    async settings => {
      const server = await fake()
      const env = { VAULT_TOKEN: '', HOME: await home() }
      await rejection(read(await open(server.address, { settings, env })), 'provider.auth')
      expect(server.seen).toEqual([])
    },
  )

  it('the token file: used, but not when others may read it', async () => {
    const directory = await home()
    const file = join(directory, '.vault-token')
    await writeFile(file, `${token}\n`, { mode: 0o600 })
    const server = await fake()
    const env = { VAULT_TOKEN: '', HOME: directory }
    await read(await open(server.address, { env }))
    expect(server.seen.at(-1)?.headers['x-vault-token']).toBe(token)
    await chmod(file, 0o640)
    await rejection(read(await open(server.address, { env })), 'provider.auth', [token])
  })

  it('a file that is named must be there, have content, and be no link', async () => {
    const directory = await home()
    await writeFile(join(directory, 'empty'), '\n')
    await mkdir(join(directory, 'directory'))
    const server = await fake()
    for (const name of ['empty', 'missing']) {
      const env = { VAULT_USERNAME: 'alice', VAULT_PASSWORD_FILE: name }
      const provider = await open(server.address, { settings: { auth: 'userpass' }, env, root: directory })
      await rejection(read(provider), 'provider.auth')
    }
    expect(server.seen).toEqual([])
  })

  it('a certificate authority that cannot be read stops before anything is sent', async () => {
    const server = await fake()
    const provider = await open(server.address, { settings: { caCert: 'missing.pem' } })
    await rejection(read(provider), 'file.missing')
    expect(server.seen).toEqual([])
  })
})
