import { expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const template = `NODE_ENV=development
DEBUG=true
CORS_ORIGIN=http://localhost:3000
JWT_SECRET=change-me
STRIPE_SECRET_KEY=sk_your_key
SENTRY_DSN=https://your-key@sentry.io/1
MAIL_FROM=you@yourdomain.com
`

it('a file of tests is complete, and validate has nothing against it', async () => {
  const project = new Project({ '.env.example': template })
  expect((await project.run(['init', '--env', 'test'])).code).toBe(0)
  expect(project.read('.env.test')).toContain('NODE_ENV=test\nDEBUG=true\n')
  const { report } = await project.json(['validate', '--env', 'test', '--strict'])
  expect([report.ok, report.data?.['findings']]).toEqual([true, []])
})

it('production gets its own defaults and is pointed to a store; its own template is left as it is', async () => {
  const project = new Project({ '.env.example': template, 'own/.env.production.example': 'DEBUG=true\n' })
  const { code, report } = await project.json(['init', '--env', 'production'])
  expect(code).toBe(1)
  expect(project.read('.env.production')).toContain('NODE_ENV=production\nDEBUG=false\nCORS_ORIGIN=\n')
  expect(project.read('own/.env.production')).toBe('DEBUG=true\n')
  expect(report.data?.['notices']).toMatchObject([{ kind: 'plain-file', path: '.env.production' }])
  const decisions = report.data?.['decisions'] as { name: string; rule: string; value?: string }[]
  expect(decisions.filter(({ rule }) => rule.startsWith('profile:'))).toMatchObject([
    { name: 'NODE_ENV', value: 'production', decision: 'keep' },
    { name: 'DEBUG', value: 'false' },
    { name: 'CORS_ORIGIN', decision: 'ask' },
  ])
})
