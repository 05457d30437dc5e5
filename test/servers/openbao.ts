import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A real OpenBao server in development mode, in memory, with TLS and an audit log, for one test file. */
export interface OpenBao {
  readonly port: number
  readonly address: string
  /** The authority that signed the server's certificate. */
  readonly caFile: string
  /** The server's own certificate and key, for something that stands in its place. */
  readonly certFile: string
  readonly keyFile: string
  readonly rootToken: string
  /** As an operator; fails for every status that is not expected. */
  api(method: string, path: string, body?: unknown, options?: ApiOptions): Promise<ApiReply>
  /** Every request and answer so far, one JSON text a line, values and tokens hashed. */
  auditLog(): Promise<string>
  stop(): Promise<void>
}

export interface ApiOptions {
  readonly namespace?: string
  readonly token?: string
  /** Statuses besides 200 and 204 that are no failure. */
  readonly allow?: readonly number[]
}

export interface ApiReply {
  readonly status: number
  /** eslint would have every test cast its way through: the server's answers are what the tests are about. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
}

/** The program: `SECRETS_BAO`, else on the path, else where scripts/install-servers.sh puts it. */
export function findBao(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map(directory => join(directory, 'bao'))
  const named = process.env['SECRETS_BAO']
  const places = [
    ...(named === undefined ? [] : [named]),
    ...onPath,
    join(cache, 'secrets-ci', 'openbao', 'bin', 'bao'),
  ]
  const found = places.find(isExecutable)
  if (found === undefined && process.env['SECRETS_REQUIRE_SERVERS'] === '1') {
    throw new Error('SECRETS_REQUIRE_SERVERS is set, but there is no bao: run scripts/install-servers.sh')
  }
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const rootToken = 'root-token-of-the-tests'

export async function startOpenBao(): Promise<OpenBao> {
  const program = findBao()
  if (program === undefined) throw new Error('there is no bao: run scripts/install-servers.sh')
  // The ports were free a moment ago; another program may have been faster.
  for (let attempt = 1; ; attempt += 1) {
    const server = await tryStart(program)
    if (server !== undefined) return server
    if (attempt === 5) throw new Error('OpenBao did not start')
  }
}

async function tryStart(program: string): Promise<OpenBao | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'secrets-openbao-'))
  const audit = join(directory, 'audit.log')
  const tls = join(directory, 'tls')
  const config = join(directory, 'bao.hcl')
  await mkdir(tls)
  await writeFile(config, `audit "file" "to-file" { options { file_path = ${JSON.stringify(audit)} } }\n`)
  const port = await freePort()
  const address = `https://127.0.0.1:${String(port)}`
  const child = spawn(
    program,
    [
      ...['server', '-dev', '-dev-tls', `-dev-tls-cert-dir=${tls}`, '-dev-no-store-token', '-log-level=warn'],
      ...[`-dev-listen-address=127.0.0.1:${String(port)}`, `-dev-root-token-id=${rootToken}`],
      `-config=${config}`,
    ],
    { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '', HOME: directory } },
  )
  child.once('error', () => undefined)
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async (): Promise<void> => {
    await ended(child)
    process.off('exit', kill)
    await rm(directory, { recursive: true, force: true })
  }
  const caFile = join(tls, 'vault-ca.pem')
  const api = createApi(port, caFile)
  if (!(await isReady(child, caFile, api))) {
    await stop()
    return undefined
  }
  const [certFile, keyFile] = [join(tls, 'vault-cert.pem'), join(tls, 'vault-key.pem')]
  return {
    port,
    address,
    caFile,
    certFile,
    keyFile,
    rootToken,
    api,
    auditLog: () => readFile(audit, 'utf8'),
    stop,
  }
}

/** A port with a free neighbour: the server opens that one too. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0)
    if (port === undefined || port === 65_535) continue
    if ((await listenOnce(port + 1)) !== undefined) return port
  }
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => {
      resolve(undefined)
    })
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' ? address?.port : undefined)
      })
    })
  })
}

/** Asks until the server answers, or has ended; half a minute is more than it ever takes. */
async function isReady(child: ChildProcess, caFile: string, api: OpenBao['api']): Promise<boolean> {
  for (let asked = 0; asked < 600; asked += 1) {
    if (child.pid === undefined || child.exitCode !== null) return false
    const isUp =
      existsSync(caFile) &&
      (await api('GET', 'sys/health').then(
        () => true,
        () => false,
      ))
    if (isUp) return true
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return false
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve()
  return new Promise(resolve => {
    child.once('exit', () => {
      resolve()
    })
    child.kill('SIGKILL')
  })
}

function createApi(port: number, caFile: string): OpenBao['api'] {
  let ca: Buffer | undefined
  return (method, path, body, { token = rootToken, namespace, allow = [] } = {}) =>
    new Promise((resolve, reject) => {
      ca ??= readFileSync(caFile)
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const headers = {
        'X-Vault-Token': token,
        'Content-Type': type,
        ...(namespace === undefined ? {} : { 'X-Vault-Namespace': namespace }),
      }
      const sent = request({ host: '127.0.0.1', port, path: `/v1/${path}`, method, ca, headers }, answer => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const status = answer.statusCode ?? 0
          if (![200, 204, ...allow].includes(status)) {
            reject(new Error(`${method} ${path}: ${String(status)} ${text}`))
          } else resolve({ status, body: text === '' ? undefined : (JSON.parse(text) as unknown) })
        })
      })
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
}
