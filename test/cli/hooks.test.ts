import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { hookedProject, steps, told } from '../support/hooks.ts'
import { currentValue as value } from '../support/stored.ts'
import { inDepth, some } from '../support/thorough.ts'

const later = { env: { SECRETS_CLOCK_OFFSET: String(25 * 3_600_000) } }

interface Hook {
  readonly hook: string
  readonly result: string
  readonly phase: string
  readonly reason?: string
  readonly output?: string
}
const hooksOf = (report: JsonReport): readonly Hook[] => (report.data?.['hooks'] ?? []) as readonly Hook[]

describe.each(some(['dotenv', 'local'], 2))('hooks on %s', provider => {
  it('run in order, know both values by stdin only, and name one rotation', async () => {
    const project = await hookedProject({ provider })
    const old = await value(project)
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error]).toEqual([0, undefined])
    const newer = await value(project)
    const all = told(project)
    expect(steps(project)).toEqual(['beforeStage', 'apply', 'verifyStaged', 'afterCommit', 'verify'])
    expect(all[0]).toMatchObject({
      new: null,
      old,
      phase: 'rotate',
      name: 'TOKEN',
      environment: 'development',
    })
    for (const one of all.slice(1)) expect([one.hook, one.new, one.old]).toEqual([one.hook, newer, old])
    expect(new Set(all.slice(1).map(({ rotation }) => rotation)).size).toBe(1)
    for (const { words, env } of all) {
      expect(words.join(' ')).not.toContain(newer)
      expect(env).not.toContain('SECRETS_NEW_VALUE')
    }
    const [entry] = report.data?.['rotations'] as readonly { verified: boolean }[]
    expect(entry?.verified).toBe(true)
    expect(JSON.stringify(report)).not.toMatch(new RegExp(`${newer}|${old}`))

    const due = await project.json(['rotate', '--due'], later)
    expect(due.code).toBe(0)
    expect(steps(project).slice(5)).toEqual(['reencrypt', 'revoke', 'afterRetire'])
    expect(told(project)[6]).toMatchObject({ phase: 'retire', new: newer, old })
    expect(told(project)[7]).toMatchObject({ new: newer, old: null })
  })

  it('that refuse the staged value leave the current one', async () => {
    for (const hook of some(['apply', 'verifyStaged'] as const, 2)) {
      const project = await hookedProject({ provider })
      const old = await value(project)
      project.write(`do-${hook}-rotate`, 'process.exit(3)')
      const { code, report } = await project.json(['rotate', 'TOKEN'])
      expect([code, report.error?.code]).toEqual([1, 'rotation.verify_failed'])
      expect(await value(project)).toBe(old)
      const newer = told(project)[1]!.new
      const undone = told(project).filter(({ phase }) => phase === 'undo')
      expect(undone.map(one => [one.hook, one.new, one.old])).toEqual([
        ['apply', old, newer],
        ['revoke', old, newer],
      ])
      const status = await project.json(['status', 'TOKEN'])
      expect(status.report.data).toMatchObject({ secrets: [{ state: 'steady' }] })
      expect(hooksOf(report).find(({ result }) => result === 'failed')).toMatchObject({
        hook,
        reason: 'it ended with 3',
      })
    }
  })

  it('that do not prove the new value bring the old one back', async () => {
    for (const hook of some(['verify', 'afterCommit'] as const, 2)) {
      const project = await hookedProject({ provider })
      const old = await value(project)
      project.write(`do-${hook}-rotate`, 'console.log("cannot log in with", input.new); process.exit(1)')
      const { code, report } = await project.json(['rotate', 'TOKEN'])
      expect([code, report.error?.code]).toEqual([1, 'rotation.verify_failed'])
      expect(await value(project)).toBe(old)
      expect(steps(project).slice(-3)).toEqual(['apply (undo)', 'afterCommit (undo)', 'revoke (undo)'])
      expect(hooksOf(report).find(({ result }) => result === 'failed')?.output).toBe(
        'cannot log in with [redacted]',
      )
      expect((await project.run(['get', 'TOKEN', '--reveal'])).stdout.trim()).toBe(old)
    }
  })

  it('are run again after a crash between commit and verify, with the same key', async () => {
    const project = await hookedProject({ provider })
    project.write('do-verify', 'process.kill(process.ppid, "SIGKILL")')
    expect((await project.run(['rotate', 'TOKEN'])).code).not.toBe(0)
    const before = told(project).at(-1)!
    expect(before.hook).toBe('verify')
    expect((await project.run(['status', '--due'])).code).toBe(1)
    project.write('do-verify', '')
    expect((await project.run(['rotate', '--due'])).code).toBe(0)
    expect(steps(project).slice(-2)).toEqual(['afterCommit', 'verify'])
    expect(told(project).at(-1)).toEqual(before)
    expect((await project.run(['status', '--due'])).code).toBe(0)
    // Proved once is proved: the next run asks nobody.
    const count = told(project).length
    expect((await project.run(['rotate', '--due'])).code).toBe(0)
    expect(told(project)).toHaveLength(count)
  })

  inDepth('that cannot take the new value back say what is live and how it is repaired', async () => {
    const project = await hookedProject({ provider })
    project.write('do-verify', 'process.exit(1)')
    project.write('do-apply-undo', 'process.exit(9)')
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.rollback_failed'])
    expect(report.error?.hints.join('\n')).toContain('secrets rollback TOKEN --env development')
    const newer = await value(project)
    expect(newer).toBe(told(project).find(({ hook }) => hook === 'verify')?.new)
    project.write('do-apply-undo', '')
    expect((await project.run(['rollback', 'TOKEN', '--env', 'development'])).code).toBe(0)
    expect(await value(project)).not.toBe(newer)
  })

  inDepth('that fail when the store has gone back already say so, and what is live', async () => {
    const project = await hookedProject({ provider, hooks: ['afterCommit', 'verify'] })
    const old = await value(project)
    project.write('do-verify', 'process.exit(1)')
    project.write('do-afterCommit-undo', 'process.exit(1)')
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.rollback_failed'])
    expect(report.error?.message).toContain('is back at its old value')
    expect(await value(project)).toBe(old)
  })

  inDepth('do not prove again, and undo, what a person has gone back to', async () => {
    const project = await hookedProject({ provider, hooks: ['verify'] })
    const old = await value(project)
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    project.write('do-verify', 'process.exit(1)')
    expect((await project.run(['rollback', 'TOKEN', '--keep-new'])).code).toBe(0)
    expect((await project.run(['rotate', '--due'])).code).toBe(0)
    expect(await value(project)).toBe(old)
    expect(steps(project)).toEqual(['verify'])
  })

  it('hold up the retire of a value that is still needed', async () => {
    const project = await hookedProject({
      provider,
      hooks: ['reencrypt'],
      variable: 'generate: hex:32\n    rotate: { kind: encryption }',
    })
    const old = await value(project)
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    project.write('do-reencrypt', 'process.exit(1)')
    const due = await project.json(['rotate', '--due'], later)
    expect([due.code, due.report.error?.code]).toEqual([1, 'rotation.hook_failed'])
    const status = await project.json(['status', 'TOKEN'], later)
    expect(status.report.data).toMatchObject({ secrets: [{ state: 'overdue', previous: 'accepted' }] })
    project.write('do-reencrypt', '')
    expect((await project.run(['rotate', '--due'], later)).code).toBe(0)
    expect(told(project).at(-1)).toMatchObject({ hook: 'reencrypt', old })
  })
})

describe('a program', () => {
  inDepth('that prints the value for ever is bounded in memory and text', async () => {
    const project = await hookedProject({ hooks: ['verify'] })
    project.write(
      'do-verify',
      `const line = (input.new + Buffer.from(input.new).toString('base64') + encodeURIComponent(input.old) + '\\n').repeat(4096)
       for (let at = 0; at < 256; at += 1) if (!process.stdout.write(line)) await new Promise(done => process.stdout.once('drain', done))`,
    )
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect(code).toBe(0)
    const [{ output = '' } = {}] = hooksOf(report)
    expect(output).toContain('bytes left out')
    expect(output.length).toBeLessThan(10_000)
    const { new: newer, old } = told(project)[0]!
    expect(output).not.toContain(newer!.slice(0, 12))
    expect(output).not.toContain(old!.slice(0, 12))
  })

  it('that hangs is ended with everything that it started', async () => {
    const project = await hookedProject({ hooks: ['verify'], within: '1s' })
    const old = await value(project)
    project.write(
      'do-verify',
      `const { spawn } = await import('node:child_process'); const { writeFileSync } = await import('node:fs')
       process.on('SIGTERM', () => undefined)
       const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => 0); setInterval(() => 0, 1000)'])
       writeFileSync('pid', String(child.pid)); await new Promise(() => setInterval(() => 0, 1000))`,
    )
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.verify_failed'])
    expect(hooksOf(report)[0]?.reason).toContain('within 1s')
    expect(await value(project)).toBe(old)
    const pid = Number(project.read('pid'))
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
  })

  it('gets of our environment what it names, and the value only so', async () => {
    const more = ', env: [DEPLOY_TOKEN, SECRETS_NEW_VALUE]'
    const project = await hookedProject({ hooks: ['verify'], more })
    project.write('do-verify', 'if (process.env.SECRETS_NEW_VALUE !== input.new) process.exit(1)')
    const env = { DEPLOY_TOKEN: 'for the hook', OTHER_TOKEN: 'for nobody' }
    expect((await project.run(['rotate', 'TOKEN'], { env })).code).toBe(0)
    const [{ env: seen } = { env: [] }] = told(project)
    expect(seen).toEqual(expect.arrayContaining(['DEPLOY_TOKEN', 'PATH', 'SECRETS_ROTATION']))
    expect(seen).not.toContain('OTHER_TOKEN')
    expect(seen).not.toContain('SECRETS_OLD_VALUE')
  })

  it('is not run, and nothing is changed, before the user trusts it', async () => {
    const project = await hookedProject()
    const old = await value(project)
    project.write('hook.mjs', `${project.read('hook.mjs')}// changed\n`)
    for (const words of [
      ['rotate', 'TOKEN'],
      ['rotate', '--due'],
      ['rotate', '--all'],
    ]) {
      const { code, report } = await project.json(words)
      expect([code, report.error?.code]).toEqual([2, 'trust.required'])
    }
    expect(await value(project)).toBe(old)
    expect(told(project)).toEqual([])
    expect((await project.run(['rotate', 'TOKEN', '--dry-run'])).code).toBe(0)
  })

  inDepth('that is not there is a refusal of the hook, not of the value alone', async () => {
    const project = await hookedProject({ hooks: ['beforeStage'] })
    project.write('do-beforeStage', 'process.exit(1)')
    const old = await value(project)
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.hook_failed'])
    expect(await value(project)).toBe(old)
    expect((await project.json(['status', 'TOKEN'])).report.data).toMatchObject({
      secrets: [{ state: 'steady' }],
    })
  })
})

describe('the restarts of the page', () => {
  it('start the programs of PATH with exactly their words', async () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/rotation.md'), 'utf8')
    const [, block = ''] = /```yaml\n(afterCommit:\n[\s\S]*?)```/.exec(page) ?? []
    const hooks = block.replace(/^ {2}- \{ http:.*\n/m, '').replace(/^/gm, '      ')
    const project = new Project({
      'secrets.yaml': `version: 1\nenvironments:\n  development:\n    provider: dotenv\n    path: .env\n    hooks:\n${hooks.trimEnd()}\nvariables: { TOKEN: { secret: true, generate: hex:32 } }\n`,
    })
    for (const program of ['kubectl', 'docker', 'systemctl'])
      project.write(`bin/${program}`, '#!/bin/sh\necho "${0##*/} $* $KUBECONFIG" >> calls\n', 0o755)
    const env = { PATH: `${join(project.path, 'bin')}:${process.env['PATH'] ?? ''}`, KUBECONFIG: 'cluster' }
    expect((await project.run(['set', 'TOKEN', '--generate', 'hex:32'])).code).toBe(0)
    expect((await project.run(['trust', '--yes'])).code).toBe(0)
    expect((await project.run(['rotate', 'TOKEN'], { env })).code).toBe(0)
    expect(
      project
        .read('calls')
        .split('\n')
        .map(line => line.trim()),
    ).toEqual([
      'kubectl rollout restart deployment/api -n production cluster',
      'docker compose up -d --force-recreate api',
      'systemctl restart api.service',
      'kubectl rollout status deployment/api -n production --timeout=120s cluster',
      '',
    ])
  })
})

describe('an address', () => {
  it('is asked until it answers well, and is told nothing', async () => {
    const seen: string[] = []
    const port = await listen(
      createServer((request, response) => {
        seen.push(`${request.method ?? ''} ${request.url ?? ''} ${JSON.stringify(request.headers)}`)
        response.writeHead(seen.length < 3 ? 503 : 204).end()
      }),
    )
    const project = await callingProject(`{ http: "http://127.0.0.1:${port}/health?a=1", within: 20s }`)
    expect((await project.run(['rotate', 'TOKEN'])).code).toBe(0)
    expect(seen).toHaveLength(3)
    expect(seen.join(' ')).not.toContain(await value(project))
  })

  it('that leads elsewhere is refused at once', async () => {
    const port = await listen(
      createServer((_request, response) => {
        response.writeHead(302, { location: 'http://elsewhere.test/' }).end()
      }),
    )
    const project = await callingProject(`{ http: "http://127.0.0.1:${port}/", within: 60s }`)
    const old = await value(project)
    const { code, report } = await project.json(['rotate', 'TOKEN'])
    expect([code, report.error?.code]).toEqual([1, 'rotation.verify_failed'])
    expect(hooksOf(report)[0]?.reason).toContain('another host')
    expect(await value(project)).toBe(old)
  })

  inDepth('must give the status that was asked for', async () => {
    const port = await listen(createServer((_request, response) => response.writeHead(200).end()))
    const project = await callingProject(`{ http: "http://127.0.0.1:${port}/", status: 401, within: 1s }`)
    expect((await project.json(['rotate', 'TOKEN'])).report.error?.code).toBe('rotation.verify_failed')
  })

  inDepth('of a port has to take a connection', async () => {
    const server = createServer()
    const port = await listen(server)
    const project = await callingProject(`{ tcp: "127.0.0.1:${port}", within: 1s }`)
    expect((await project.run(['rotate', 'TOKEN', '--grace', '0s'])).code).toBe(0)
    await new Promise(done => server.close(done))
    const { report } = await project.json(['rotate', 'TOKEN'])
    expect(report.error?.code).toBe('rotation.verify_failed')
  })
})

describe('the plan of a dry run', () => {
  it('names each hook where it would be run', async () => {
    const project = await hookedProject()
    const { report } = await project.json(['rotate', 'TOKEN', '--dry-run'])
    const [entry] = report.data?.['rotations'] as readonly { plan: readonly { step: string }[] }[]
    expect(entry?.plan.map(({ step }) => step)).toEqual([
      ...['beforeStage', 'stage', 'apply', 'verifyStaged', 'commit', 'afterCommit', 'verify'],
      ...['reencrypt', 'revoke', 'retire', 'afterRetire'],
    ])
    expect(told(project)).toEqual([])
  })
})

async function callingProject(step: string): Promise<Project> {
  const manifest = `version: 1
environments:
  development: { provider: dotenv, hooks: { verify: [${step}] } }
variables: { TOKEN: { secret: true, generate: hex:32 } }
`
  const project = new Project({ 'secrets.yaml': manifest })
  project.write('.env', '# secrets: generate hex:32\nTOKEN=before-the-first-rotation\n', 0o600)
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  return project
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.close()
  })
  return String((server.address() as AddressInfo).port)
}

/** What is dead and has not been fetched by its parent yet is dead. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return (
      !existsSync(`/proc/${String(pid)}/stat`) ||
      !readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes(') Z')
    )
  } catch {
    return false
  }
}
