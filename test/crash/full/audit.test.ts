import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Project } from '../../support/cli.ts'
import { canTrace, type Fault, harmCommand } from '../strace.ts'

const files = {
  'secrets.yaml':
    'version: 1\naudit: {}\nenvironments:\n  development: { provider: dotenv, path: .env }\nvariables:\n  TOKEN: { secret: true, generate: "hex:32", rotate: { kind: verifier } }\n',
  '.env': 'TOKEN=a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6\n',
}
/** Each is struck at its first, second … time, until a run comes through unharmed. */
const calls = ['write', 'pwrite64', 'fsync', 'rename', 'unlink', 'mkdir', 'link']
const most = 240

async function aftermath(project: Project, where: string): Promise<void> {
  const first = await project.json(['audit', 'verify'])
  expect([first.code, first.report.data], where).toMatchObject([0, { verification: { problems: [] } }])
  expect((await project.run(['rotate', '--resume'])).code, where).toBe(0)
  const { code, stdout } = await project.run(['get', 'TOKEN'])
  expect([code, stdout.length >= 32], where).toEqual([0, true])
  const second = await project.json(['audit', 'verify'])
  expect([second.code, second.report.data], where).toMatchObject([0, { verification: { problems: [] } }])
}

/** How often the fault struck. Most writes only wake a thread of Node's: of them every fifth. */
async function tryEvery(name: string, fault: Fault): Promise<number> {
  const stride = name === 'write' ? 5 : 1
  for (let ordinal = 1; ordinal <= most; ordinal += stride) {
    const project = new Project(files)
    const options = { base: dirname(project.path), cwd: project.path, env: project.env() }
    const run = await harmCommand(['rotate', 'TOKEN'], options, fault, { name, ordinal })
    await aftermath(project, `${fault} at ${name} ${String(ordinal)}: ${run.stderr}`)
    if (run.code === 0 && run.struck === undefined) return ordinal - 1
  }
  return most
}

describe.skipIf(!canTrace)('a rotation with an audit log, struck at every call (needs strace)', () => {
  it.each<readonly [string, Fault]>(
    calls.flatMap(name => [[name, 'SIGKILL'] as const, [name, 'ENOSPC'] as const]),
  )('%s, %s', async (name, fault) => {
    const struck = await tryEvery(name, fault)
    process.stdout.write(`${name} ${fault}: ${String(struck)}\n`)
  })
})
