import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** moto, an emulator of AWS by other people: signatures are not checked, some label rules are not kept. */
export interface Moto {
  readonly address: string
  stop(): Promise<void>
}

/** The program: `SECRETS_MOTO`, else on the path, else where scripts/install-servers.sh puts it. */
export function findMoto(): string | undefined {
  return findProgram('moto_server', process.env['SECRETS_MOTO'])
}

function findProgram(name: string, named: string | undefined): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map(directory => join(directory, name))
  const places = [join(cache, 'secrets-ci', 'aws', 'bin', name), ...onPath]
  const found = (named === undefined ? places : [named]).find(isExecutable)
  if (found === undefined && process.env['SECRETS_REQUIRE_SERVERS'] === '1') {
    throw new Error(`SECRETS_REQUIRE_SERVERS is set, but there is no ${name}: run scripts/install-servers.sh`)
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

export async function startMoto(): Promise<Moto> {
  const port = await freePort()
  const words = ['-H', '127.0.0.1', '-p', String(port)]
  return await start(findMoto() ?? '', words, port, '/moto-api/data.json')
}

async function start(program: string, words: readonly string[], port: number, health: string): Promise<Moto> {
  const child = spawn(program, words, { stdio: 'ignore' })
  child.once('error', () => undefined)
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  const address = `http://127.0.0.1:${String(port)}`
  for (let asked = 0; ; asked += 1) {
    const isUp = await fetch(address + health).then(
      reply => reply.ok,
      () => false,
    )
    if (isUp) break
    if (asked === 1_200 || child.exitCode !== null) throw new Error(`${program} did not start`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return {
    address,
    async stop() {
      process.off('exit', kill)
      await ended(child)
    },
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    child.once('exit', () => {
      resolve()
    })
    child.kill('SIGKILL')
  })
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
      })
    })
  })
}
