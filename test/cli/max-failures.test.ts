import { expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const day = 24 * 3_600_000
const ahead = (days: number): { env: Record<string, string> } => ({
  env: { SECRETS_CLOCK_OFFSET: String(days * day) },
})

it('after so many failures nothing new is started, and what is open is finished', async () => {
  const secret = 'secret: true, generate: hex:32, rotate: { kind: verifier }'
  const failing = `{ ${secret}, hooks: { verifyStaged: [{ run: [test, -e, good] }] } }`
  const project = new Project({
    'secrets.yaml': `version: 1
environments: { development: { provider: dotenv, path: .env, rotate: { every: 30d } } }
variables: { A: ${failing}, B: ${failing}, C: ${failing}, Z: { ${secret} } }
`,
    good: '',
  })
  for (const name of ['A', 'B', 'C', 'Z'])
    expect((await project.run(['set', name, '--generate'])).code).toBe(0)
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  expect((await project.run(['rotate', 'Z'], ahead(20))).code).toBe(0)
  project.write('secrets.yaml', project.read('secrets.yaml').replaceAll('good', 'missing'))
  expect((await project.run(['trust', '--yes'])).code).toBe(0)

  const words = ['rotate', '--due', '--max-failures', '2']
  const { code, report } = await project.json(words, ahead(31))
  expect([code, report.error?.code]).toEqual([1, 'rotation.verify_failed'])
  expect(report.data).toMatchObject({
    failed: [{ name: 'A' }, { name: 'B' }],
    skipped: [{ name: 'C' }],
    rotations: [{ name: 'Z', action: 'retire' }],
  })
  expect(report.data?.['hooks']).toHaveLength(2)
  for (const wrong of [
    ['rotate', 'A', '--max-failures', '2'],
    ['rotate', '--due', '--max-failures', '0'],
  ]) {
    const refused = await project.json(wrong)
    expect([refused.code, refused.report.error?.code]).toEqual([2, 'usage.invalid_argument'])
    expect(refused.report.error?.message).toContain('--max-failures')
  }
})
