import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ErrorCode } from '../../src/core/errors.ts'
import { cli, type JsonReport, preparedProject, Project, runProcess } from '../support/cli.ts'
import { hookedProject } from '../support/hooks.ts'
import { some } from '../support/thorough.ts'
import { expectRefusal, treeOf } from './refusal.ts'

const isRoot = process.geteuid?.() === 0
const works = (program: string, ...words: readonly string[]): boolean =>
  spawnSync(program, [...words, 'true'], { stdio: 'ignore' }).status === 0
const dropping = ['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all']
/** Without the superuser's right to ignore modes; an ordinary user needs nothing. */
const unprivileged = isRoot ? ['setpriv', ...dropping] : []
const canDrop = process.platform !== 'win32' && (!isRoot || works('setpriv', ...dropping))
const canMount = isRoot && works('unshare', '--mount')

const template = '# secrets: generate hex:32\nAPI_TOKEN=change-me\n'
const manifest =
  'version: 1\nenvironments:\n  development: { provider: local }\nvariables:\n  API_TOKEN: { secret: true, generate: hex:32 }\n'
const reading = [['validate'], ['status'], ['get', 'API_TOKEN'], ['list']]
const writing = [
  ['set', 'API_TOKEN'],
  ['rotate', 'API_TOKEN'],
  ['delete', 'API_TOKEN'],
]

async function plainProject(): Promise<Project> {
  return await preparedProject({ '.env.example': template }, [[['init']]])
}

async function storeProject(): Promise<Project> {
  return await preparedProject({ 'secrets.yaml': manifest }, [
    [['set', 'API_TOKEN'], { input: 'first-value' }],
  ])
}

async function runAs(
  project: Project,
  wrapper: readonly string[],
  words: readonly string[],
): Promise<{ code: number; report: JsonReport }> {
  const line: readonly string[] = [...wrapper, process.execPath, cli, ...words, '--json']
  const [program = '', ...args] = line
  const options = { cwd: project.path, env: project.env(), input: 'other-value' }
  const { code, stdout } = await runProcess(program, args, options)
  return { code, report: JSON.parse(stdout) as JsonReport }
}

/** With another mode only while the command works: an ordinary user could not look at the result either. */
async function withMode<T>(path: string, mode: number, work: () => Promise<T>): Promise<T> {
  const { mode: usual } = statSync(path)
  chmodSync(path, mode)
  try {
    return await work()
  } finally {
    chmodSync(path, usual & 0o7777)
  }
}

interface Denied {
  readonly what: string
  readonly make: () => Promise<Project>
  /** Below the project (`home/…`: below its home). */
  readonly closed: string
  readonly mode: number
  readonly refused: readonly (readonly string[])[]
  readonly code: ErrorCode
  readonly path?: string
}

const denied: readonly Denied[] = [
  {
    ...{ what: 'a .env that may not be read', make: plainProject, closed: '.env', mode: 0o000 },
    ...{ refused: [['init'], ...reading, ...writing], code: 'env_file.unreadable', path: '.env' },
  },
  {
    ...{ what: 'a template that may not be read', make: plainProject, closed: '.env.example', mode: 0o000 },
    ...{ refused: [['init'], ['validate']], code: 'env_file.unreadable', path: '.env.example' },
  },
  {
    ...{ what: 'a manifest that may not be read', make: storeProject, closed: 'secrets.yaml', mode: 0o000 },
    ...{ refused: [['init'], ...reading, ...writing], code: 'env_file.unreadable', path: 'secrets.yaml' },
  },
  {
    ...{ what: 'a directory that may not be written', make: plainProject, closed: '.', mode: 0o500 },
    ...{ refused: writing, code: 'file.unwritable' },
  },
  {
    ...{ what: 'a new project that may not be written', closed: '.', mode: 0o500 },
    ...{ make: () => Promise.resolve(new Project({ '.env.example': template })) },
    ...{ refused: [['init'], ['init', '--env', 'staging']], code: 'file.unwritable' },
  },
  {
    ...{ what: 'a directory that may not be listed', make: plainProject, closed: '.', mode: 0o300 },
    ...{ refused: [['init'], ['validate'], ['status']], code: 'file.unreadable' },
  },
  {
    ...{ what: 'a store that may not be written', make: storeProject, closed: '.secrets/store', mode: 0o500 },
    ...{ refused: writing, code: 'file.unwritable' },
  },
  {
    ...{ what: 'a store that may not be read', make: storeProject, closed: '.secrets/store', mode: 0o000 },
    ...{ refused: [['status'], ['get', 'API_TOKEN'], ...writing], code: 'file.unreadable', path: 'store' },
  },
  {
    ...{ what: 'an identity that may not be read', make: storeProject, mode: 0o000 },
    ...{ closed: '../home/.config/secrets/identity.txt', path: 'identity.txt' },
    ...{ refused: [['status'], ['get', 'API_TOKEN'], ...writing], code: 'env_file.unreadable' },
  },
]

describe.skipIf(!canDrop)('without the right (needs setpriv where the tests run as root)', () => {
  it.each(denied)(
    '$what: said so, nothing changed',
    async ({ what, make, closed, mode, refused, code, path }) => {
      const project = await make()
      const target = join(project.path, closed)
      const before = treeOf(project)
      for (const words of some(refused, 3, what.length)) {
        const { code: exit, report } = await withMode(target, mode, () => runAs(project, unprivileged, words))
        expectRefusal(words, exit, report, path === undefined ? { code } : { code, path })
        expect(report.error?.at?.path, words.join(' ')).toBeTruthy()
        expect(treeOf(project), words.join(' ')).toEqual(before)
      }
    },
  )

  it('what may only be read is read', async () => {
    for (const make of [plainProject, storeProject]) {
      const project = await make()
      for (const words of [['status'], ['get', 'API_TOKEN'], ['list']]) {
        const run = await withMode(project.path, 0o500, () => runAs(project, unprivileged, words))
        expect(run.code).toBe(0)
      }
    }
  })

  it('a rotation with hooks finds it before it begins', async () => {
    const project = await hookedProject()
    const before = treeOf(project)
    for (const words of [
      ['rotate', 'TOKEN'],
      ['rotate', 'TOKEN', '--plan', '../plan.json'],
    ]) {
      const run = await withMode(project.path, 0o500, () => runAs(project, unprivileged, words))
      expect([run.code, run.report.error?.code]).toEqual([2, 'provider.denied'])
    }
    expect(treeOf(project)).toEqual(before)
  })

  it('a home that may not be written: no store without its identity', async () => {
    const project = new Project({ 'secrets.yaml': manifest })
    const { code, report } = await withMode(project.home, 0o500, () =>
      runAs(project, unprivileged, ['set', 'API_TOKEN']),
    )
    expectRefusal(['set'], code, report, { code: 'file.unwritable' })
    expect([...treeOf(project)].filter(([, entry]) => entry.startsWith('file'))).toHaveLength(1)
  })
})

describe.skipIf(!canMount)('a full disk (needs root for a tiny tmpfs)', () => {
  /** The project on a file system of 64 KiB that is filled up; what the files were before and after. */
  async function onFullDisk(
    project: Project,
    words: readonly string[],
  ): Promise<{ code: number; report: JsonReport }> {
    const notes = mkdtempSync(join(tmpdir(), 'secrets-disk-'))
    onTestFinished(() => {
      rmSync(notes, { recursive: true, force: true })
    })
    cpSync(project.path, join(notes, 'copy'), { recursive: true })
    const script = [
      'mount -t tmpfs -o size=64k tmpfs "$1" && cp -a "$2/copy/." "$1/" && cd "$1" || exit 99',
      'cat /dev/zero > filler 2>/dev/null',
      'list() { find . ! -name filler -type f -exec sha256sum {} + | sort; }',
      'list > "$2/before"; notes="$2"; shift 2; "$@"; code=$?; list > "$notes/after"; exit $code',
    ].join('\n')
    const wrapper = ['unshare', '--mount', 'sh', '-c', script, 'sh', project.path, notes]
    const result = await runAs(project, wrapper, words)
    expect(readFileSync(join(notes, 'after'), 'utf8')).toBe(readFileSync(join(notes, 'before'), 'utf8'))
    return result
  }

  it.each([
    ['set', 'API_TOKEN'],
    ['rotate', 'API_TOKEN'],
    ['delete', 'API_TOKEN'],
    ['init', '--env', 'staging'],
  ])('%s %s on a plain file', async (...words) => {
    const { code, report } = await onFullDisk(await plainProject(), words)
    expectRefusal(words, code, report, { code: 'file.no_space' })
  })

  it.each([
    ['set', 'API_TOKEN'],
    ['rotate', 'API_TOKEN'],
    ['set', 'OTHER_TOKEN'],
  ])('%s %s on the local store', async (...words) => {
    const { code, report } = await onFullDisk(await storeProject(), words)
    expectRefusal(words, code, report, { code: 'file.no_space' })
  })

  it('init in an empty project', async () => {
    const { code, report } = await onFullDisk(new Project({ '.env.example': template }), ['init'])
    expectRefusal(['init'], code, report, { code: 'file.no_space' })
  })
})

describe.skipIf(process.platform !== 'linux')('a device that is full (needs /dev/full)', () => {
  it.each([['get', 'API_TOKEN'], ['status']])('%s says that its output is lost', async (...words) => {
    const project = await plainProject()
    const shell = ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, cli, ...words]
    const { code, stderr } = await runProcess('sh', shell, { cwd: project.path, env: project.env() })
    expect(code).toBe(2)
    expect(stderr).toContain('file.no_space')
  })
})
