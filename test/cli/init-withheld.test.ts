import { expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

it('copies no committed secret, says where it stands, and validate finds what refers to itself', async () => {
  const live = ['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_')
  const project = new Project({
    '.env.example': `PORT=3000\nSTRIPE_SECRET_KEY=${live}\n# STRIPE_OLD=${live}\nSESSION_SECRET=change-me\n`,
    'other/.env': 'A=${B}\nB=${A}\n',
  })
  const { code, report, stdout, stderr } = await project.json(['init'])
  expect([code, report.ok, report.error]).toEqual([1, false, undefined])
  expect(report.data?.['notices']).toMatchObject([
    { kind: 'live-secret', path: '.env.example', line: 2, name: 'STRIPE_SECRET_KEY' },
    { kind: 'live-secret', path: '.env.example', line: 3, name: 'STRIPE_OLD' },
  ])
  expect(report.data?.['files']).toMatchObject([
    { generated: ['SESSION_SECRET'], needs: [{ name: 'STRIPE_SECRET_KEY', line: 2 }] },
  ])
  expect(stdout + stderr + project.read('.env') + project.read('.secrets/init.json')).not.toContain(live)
  const checked = await project.json(['validate', 'other/.env'])
  expect(checked.code).toBe(1)
  expect(checked.report.data?.['findings']).toMatchObject([
    { rule: 'cycle', severity: 'error', name: 'A', line: 1, column: 1 },
    { rule: 'cycle', severity: 'error', name: 'B', line: 2 },
  ])
})
