import { parse } from 'dotenv'
import { expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const compose = `services:
  db:
    environment:
      POSTGRES_USER: \${POSTGRES_USER}
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD}
  search:
    environment: { SEARCH_PASSWORD: changeme }
  api:
    environment:
      DATABASE_URL: postgres://app:\${POSTGRES_PASSWORD}@db/shop
      JWT_SECRET: \${JWT_SECRET}
`
const template = `POSTGRES_USER=app
DATABASE_URL=postgres://app:change-me@db:5432/shop
JWT_SECRET=change-me
SEARCH_PASSWORD=changeme
SEARCH_URL=http://elastic:changeme@search:9200
`

it('fills the .env of docker compose, with the values of the packages', async () => {
  const project = new Project({ 'compose.yaml': compose, 'api/.env.example': template })
  const { code, report } = await project.json(['init'])
  const [root, api] = [parse(project.read('.env')), parse(project.read('api/.env'))]
  expect(Object.keys(root)).toEqual(['POSTGRES_USER', 'POSTGRES_PASSWORD', 'JWT_SECRET'])
  expect(root['POSTGRES_PASSWORD']).toMatch(/^\w{24}$/)
  expect(api['DATABASE_URL']).toBe(`postgres://app:${root['POSTGRES_PASSWORD']!}@db:5432/shop`)
  expect([root['POSTGRES_USER'], root['JWT_SECRET']]).toEqual(['app', api['JWT_SECRET']])
  expect(project.mode('.env')).toBe(0o600)
  // What stands in the compose file is not changed behind its back.
  expect([api['SEARCH_PASSWORD'], api['SEARCH_URL']]).toEqual([
    'changeme',
    'http://elastic:changeme@search:9200',
  ])
  expect(code).toBe(1)
  expect(report.data?.['files']).toMatchObject([
    { template: 'compose.yaml', target: '.env', needs: [] },
    { target: 'api/.env', needs: [{ name: 'SEARCH_PASSWORD', line: 4 }] },
  ])
  const [first] = report.data?.['decisions'] as object[]
  expect(first).toMatchObject({ file: 'compose.yaml', name: 'POSTGRES_USER', line: 4 })
  const before = project.read('.env')
  await project.run(['init'])
  expect(project.read('.env')).toBe(before)
})

it('leaves a .env that has a template of its own to it, and a compose file that nobody can read alone', async () => {
  const project = new Project({ 'compose.yaml': compose, '.env.example': 'JWT_SECRET=change-me\n' })
  expect((await project.run(['init'])).code).toBe(0)
  expect(Object.keys(parse(project.read('.env')))).toEqual(['JWT_SECRET'])
  const broken = new Project({ 'docker-compose.yml': 'services: [', 'api/.env.example': 'A=1\n' })
  expect((await broken.run(['init'])).code).toBe(0)
  expect(() => broken.read('.env')).toThrow()
})
