import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import index from '../../templates/index.json' with { type: 'json' }
import { Project } from '../support/cli.ts'
import { some } from '../support/thorough.ts'

const directory = resolve(import.meta.dirname, '../../templates')
const ids = Object.keys(index) as (keyof typeof index)[]

/**
 * What the values of a developer's machine are in production, by `validate <files> --env production`: the lines that have to
 * be changed before the application is deployed, and no others. In the order of the files.
 */
const inProduction: Readonly<Record<keyof typeof index, readonly string[]>> = {
  fullstack: [
    'environment ENVIRONMENT',
    'debug DEBUG',
    'plain-file SESSION_SECRET_KEY',
    'cookie-secure COOKIE_SECURE',
    'local-database POSTGRES_HOST',
    'local-database DATABASE_URL',
    'cors ALLOWED_ORIGINS',
    'type VITE_API_URL',
  ],
  fastapi: [
    'environment ENVIRONMENT',
    'debug DEBUG',
    'plain-file JWT_SECRET_KEY',
    'cors ALLOWED_ORIGINS',
    'local-database DATABASE_URL',
  ],
  flask: [
    'environment APP_ENV',
    'debug FLASK_DEBUG',
    'plain-file FLASK_SECRET_KEY',
    'cookie-secure FLASK_SESSION_COOKIE_SECURE',
    'local-database DATABASE_URL',
  ],
  django: [
    'environment ENVIRONMENT',
    'debug DEBUG',
    'plain-file SECRET_KEY',
    'cookie-secure SESSION_COOKIE_SECURE',
    'cookie-secure CSRF_COOKIE_SECURE',
    'https-redirect SECURE_SSL_REDIRECT',
    'hsts SECURE_HSTS_SECONDS',
    'local-database DATABASE_URL',
  ],
  express: [
    'environment NODE_ENV',
    'plain-file SESSION_SECRET',
    'cookie-secure SESSION_COOKIE_SECURE',
    'cors CORS_ORIGIN',
    'local-database DATABASE_URL',
  ],
  nextjs: ['plain-file AUTH_SECRET', 'local-database DATABASE_URL', 'type NEXT_PUBLIC_APP_URL'],
  vite: ['type VITE_API_URL'],
  compose: ['plain-file POSTGRES_PASSWORD', 'environment APP_ENV', 'plain-file SESSION_SECRET_KEY'],
}

const textOf = (id: string, file: string): string => readFileSync(resolve(directory, id, file), 'utf8')
const templatesOf = (id: keyof typeof index): readonly string[] =>
  index[id].files.filter(file => file.endsWith('.env.example'))

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map(([, name = '']) => name)
}

describe('shipped templates', () => {
  it('the index names every folder and every file', () => {
    const folders = readdirSync(directory, { withFileTypes: true }).filter(entry => entry.isDirectory())
    expect([...ids].sort()).toEqual(folders.map(({ name }) => name).sort())
    for (const id of ids) {
      const found = readdirSync(resolve(directory, id), { recursive: true, withFileTypes: true })
      expect(index[id].files.length).toBe(found.filter(entry => entry.isFile()).length)
      for (const file of index[id].files) expect(textOf(id, file)).toMatch(/\n$/)
    }
  })

  it.each(ids)('%s: every variable is explained and declared', id => {
    const texts = templatesOf(id).map(file => textOf(id, file))
    for (const text of texts) {
      // A variable stands in a block of lines that begins with a comment.
      for (const block of text.split(/\n{2,}/).filter(one => namesIn(one).length > 0)) {
        const [first = ''] = block.split('\n')
        expect(first).toMatch(/^# \S/)
      }
      // Public variables stand behind the line that says so, all of them and no others.
      const [own = '', open = ''] = text.split(/^# =+ Public: .*$/m)
      const isPublic = (name: string): boolean => /^(?:VITE|NEXT_PUBLIC)_/.test(name)
      expect(namesIn(own).filter(isPublic)).toEqual([])
      expect(namesIn(open).filter(name => !isPublic(name))).toEqual([])
    }
    const { variables } = parse(textOf(id, 'secrets.yaml')) as { variables: object }
    expect(Object.keys(variables).sort()).toEqual([...new Set(texts.flatMap(namesIn))].sort())
  })

  // Docker Compose takes ${NAME} from the .env beside compose.yaml: docs.docker.com/compose/how-tos/environment-variables/variable-interpolation
  it.each(ids.filter(id => index[id].files.includes('compose.yaml')))(
    '%s: compose.yaml asks for nothing that .env does not have',
    id => {
      const text = textOf(id, 'compose.yaml')
      const asked = [...text.matchAll(/(?<!\$)\$\{([A-Z_]+)(?::[?-][^}]*)?\}/g)].map(([, name = '']) => name)
      expect(asked).toContain('POSTGRES_PASSWORD')
      expect(namesIn(textOf(id, '.env.example'))).toEqual(expect.arrayContaining(asked))
      const { services } = parse(text) as { services: Record<string, { ports: string[] }> }
      for (const { ports } of Object.values(services))
        for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    },
  )

  it('are listed with one line each', async () => {
    const { code, report } = await new Project().json(['init', '--template'])
    const titles = Object.entries(index).map(([id, { title }]) => ({ id, title }))
    expect([code, report.data?.['templates']]).toEqual([0, titles])
  })

  it.each(some(ids, 2))('%s: init, then validate --strict, in an empty directory', async id => {
    const project = new Project()
    const made = await project.json(['init', '--template', id])
    expect([made.code, made.report.data?.['files']]).toMatchObject([0, expect.any(Array)])
    const { code, report } = await project.json(['validate', '--strict'])
    expect([code, report.data?.['findings']]).toEqual([0, []])

    const files = templatesOf(id).map(file => file.replace('.example', ''))
    const deployed = await project.json(['validate', ...files, '--env', 'production'])
    const findings = deployed.report.data?.['findings'] as { rule: string; name: string; path: string }[]
    const found = files.flatMap(file => findings.filter(({ path }) => path === file))
    expect(found.map(({ rule, name }) => `${rule} ${name}`)).toEqual(inProduction[id])
    expect([deployed.code, findings.length]).toEqual([1, found.length])
  })

  it('is not written over by the next init', async () => {
    const project = new Project()
    await project.run(['init', '--template', 'flask'])
    const before = project.read('.env')
    expect((await project.run(['init', '--template', 'flask'])).code).toBe(0)
    expect(project.read('.env')).toBe(before)
  })
})
