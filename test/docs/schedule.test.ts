import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { Project } from '../support/cli.ts'
import { followPage } from './page.ts'
import { inDepth } from '../support/thorough.ts'

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly run?: string
}
interface Job {
  readonly environment: string
  readonly permissions: object
  readonly if?: string
  readonly steps: readonly Step[]
}

const days = (count: number): Record<string, string> => ({
  SECRETS_CLOCK_OFFSET: String(count * 24 * 3_600_000),
})

/** The page's project, and a shell in it in which `secrets` is this clone's. */
async function scheduled(): Promise<{
  readonly project: Project
  sh(line: string, env?: Record<string, string>): Promise<{ readonly code: number; readonly output: string }>
}> {
  const project = new Project()
  await followPage('docs/schedule.md', project)
  const path = `${join(project.home, 'bin')}:${process.env['PATH'] ?? ''}`
  return {
    project,
    sh: (line, env = {}) =>
      new Promise(done => {
        // As GitHub runs a step.
        const words = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', line]
        const options = { cwd: project.path, env: project.env({ PATH: path, ...env }) }
        execFile('bash', words, options, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128
          done({ code, output: stdout + stderr })
        })
      }),
  }
}

it('the page does what it says; the line of cron prints nothing until something fails', async () => {
  const { project, sh } = await scheduled()
  const line = /^\*\/5 \* \* \* \* cd \S+ && (.*)$/m.exec(project.read('operations/crontab'))?.[1] ?? ''
  const sha = (await sh('secrets trust --print')).output.trim()
  expect(sha).toMatch(/^[0-9a-f]{64}$/)
  const before = (await sh('secrets get SESSION_KEY')).output
  expect(await sh(line, { MANIFEST_SHA256: sha, ...days(31) })).toEqual({ code: 0, output: '' })
  expect((await sh('secrets get SESSION_KEY')).output).not.toBe(before)
  project.write('secrets.yaml', 'version: 1\nenvironments: { production: { provider: nowhere } }\n')
  const broken = await sh(line)
  expect([broken.code, broken.output]).toEqual([2, expect.stringContaining('[trust.required]')])
})

it('the CronJob may do nothing in the cluster, and says no secret', async () => {
  const { project } = await scheduled()
  const all = parseAllDocuments(project.read('operations/cronjob.yaml')).map(
    one => one.toJS() as Record<string, never>,
  )
  expect(all.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'CronJob', 'Role', 'RoleBinding'])
  const [account, job, role] = all as Record<string, Record<string, never>>[]
  expect(account).toMatchObject({ automountServiceAccountToken: false })
  expect(job).toMatchObject({
    spec: {
      concurrencyPolicy: 'Forbid',
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              automountServiceAccountToken: false,
              restartPolicy: 'Never',
              securityContext: { runAsNonRoot: true },
              containers: [
                {
                  command: [
                    'secrets',
                    'rotate',
                    '--due',
                    '--env',
                    'production',
                    '--trust',
                    '$(MANIFEST_SHA256)',
                  ],
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ['ALL'] },
                  },
                },
              ],
            },
          },
        },
      },
    },
  })
  expect(JSON.stringify(job)).not.toContain('secretKeyRef')
  expect(role).toMatchObject({ rules: [{ resourceNames: ['api'], verbs: ['get', 'patch'] }] })
})

inDepth('the workflow looks first, and rotates in the environment that somebody approves', async () => {
  const { project, sh } = await scheduled()
  const workflow = parse(project.read('.github/workflows/rotate.yml')) as {
    permissions: object
    jobs: { look: Job; rotate: Job }
  }
  const { look, rotate } = workflow.jobs
  expect([workflow.permissions, rotate.environment]).toEqual([{}, 'production'])
  expect(rotate.if).toContain("due == 'true'")
  for (const { steps, permissions } of [look, rotate]) {
    expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    for (const { uses, run = '' } of steps) {
      if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/)
      // What an expression puts into a script would be run as part of it.
      expect(run).not.toContain('${{')
    }
  }
  const step = (job: Job, name: string): string => job.steps.find(one => one.name === name)?.run ?? ''
  const temp = join(project.home, 'temp')
  mkdirSync(temp)
  const files = { GITHUB_OUTPUT: join(temp, 'output'), GITHUB_ENV: join(temp, 'env'), RUNNER_TEMP: temp }

  const server = createServer((request, response) => {
    const isAsked =
      request.headers.authorization === 'bearer of-the-run' &&
      request.url?.endsWith('audience=sts.amazonaws.com')
    response.writeHead(isAsked === true ? 200 : 403).end(JSON.stringify({ value: 'signed-by-github' }))
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const oidc = {
    ...files,
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${String(port)}/token?api=2`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-run',
  }
  expect(await sh(step(look, 'identity'), oidc)).toEqual({ code: 0, output: '' })
  expect(readFileSync(join(temp, 'identity'), 'utf8')).toBe('signed-by-github\n')
  expect(readFileSync(files.GITHUB_ENV, 'utf8')).toContain(
    `AWS_WEB_IDENTITY_TOKEN_FILE=${join(temp, 'identity')}`,
  )
  expect(
    (await sh(step(look, 'identity'), { ...oidc, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another' })).code,
  ).not.toBe(0)

  const looked = async (env: Record<string, string>): Promise<readonly [number, string]> => {
    writeFileSync(files.GITHUB_OUTPUT, '')
    const { code } = await sh(step(look, 'what is due'), { ...files, ...env })
    return [code, readFileSync(files.GITHUB_OUTPUT, 'utf8')]
  }
  expect(await looked({})).toEqual([0, 'due=false\n'])
  expect(await looked(days(31))).toEqual([0, 'due=true\n'])
  expect((await sh(step(rotate, 'rotate'), days(31))).output).toContain('rotated SESSION_KEY')
  expect(await looked(days(31))).toEqual([0, 'due=false\n'])
  project.write('secrets.yaml', 'version: 1\nenvironments: { production: { provider: nowhere } }\n')
  expect(await looked({})).toEqual([2, ''])
})
