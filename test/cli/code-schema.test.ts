import { chmodSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'
import { inDepth, some } from '../support/thorough.ts'

const root = resolve(import.meta.dirname, '../..')
const manifest = 'version: 1\nschema: ./env.schema.mjs\n'

/** A schema without a library: `issues` is the body of a function of the values. */
function standard(issues: string): string {
  return `{ '~standard': { version: 1, vendor: 'test', validate: values => { ${issues} } } }`
}
const fits = standard('return { value: values }')

interface Found {
  readonly rule: string
  readonly name?: string
  readonly path: string
  readonly line: number
}

function findings({ data }: JsonReport): readonly Found[] {
  return (data?.['findings'] ?? []) as readonly Found[]
}

function of(report: JsonReport): readonly (readonly [string | undefined, string, number])[] {
  return findings(report)
    .filter(({ rule }) => rule === 'schema')
    .map(({ name, path, line }) => [name, path, line])
}

function install(project: Project, ...names: readonly string[]): void {
  mkdirSync(join(project.path, 'node_modules'), { recursive: true })
  for (const name of names)
    symlinkSync(join(root, 'node_modules', name), join(project.path, 'node_modules', name))
}

/** A project whose schema stands in `name`, with everything in it trusted. */
async function trusted(
  schema: string,
  { name = 'env.schema.mjs', ...files }: Readonly<Record<string, string>> = {},
): Promise<Project> {
  const project = new Project({
    'secrets.yaml': `version: 1\nschema: ./${name}\n`,
    '.env': 'PORT=80\n',
    [name]: schema,
    ...files,
  })
  chmodSync(join(project.path, '.env'), 0o600)
  install(project, 'zod')
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  return project
}

const zodSchema = `import * as z from 'zod'
export const schema = z.object({
  PORT: z.coerce.number().int().max(65535),
  TOKEN: z.string().min(32),
  LEVEL: z.enum(['info', 'debug']).optional(),
})
`

describe('a schema in code', () => {
  it('judges the values of a file', async () => {
    const project = await trusted(zodSchema, { '.env': '# port\nPORT=70000\nLEVEL=loud\nEXTRA=1\n' })
    const { code, report } = await project.json(['validate'])
    expect(code).toBe(1)
    expect(of(report)).toEqual([
      ['PORT', '.env', 2],
      ['LEVEL', '.env', 3],
      ['TOKEN', 'env.schema.mjs', 1],
    ])
    // The schema declares names as a template does.
    expect(
      findings(report)
        .filter(({ rule }) => rule === 'unknown')
        .map(({ name }) => name),
    ).toEqual(['EXTRA'])
  })

  it('is quiet where all is well, and about values that are not expanded yet', async () => {
    const project = await trusted(zodSchema, {
      '.env': `PORT=\${WEB_PORT}\nTOKEN=${'k3'.repeat(20)}\nLEVEL=\n`,
    })
    const { code, report } = await project.json(['validate', '--strict'])
    expect([code, findings(report)]).toEqual([0, []])
  })

  inDepth('is stronger than what the template shows', async () => {
    const project = await trusted(zodSchema, {
      '.env.example': 'PORT=http://localhost\nTOKEN=\nLEVEL=info\n',
      '.env': `PORT=80\nTOKEN=${'k3'.repeat(20)}\n`,
    })
    const { code, report } = await project.json(['validate', '--strict'])
    expect([code, findings(report)]).toEqual([0, []])
  })

  it('judges the process environment, with NAME_FILE', async () => {
    const bare = new Project({ 'secrets.yaml': manifest, 'env.schema.mjs': zodSchema })
    install(bare, 'zod')
    await bare.run(['trust', '--yes'])
    const found = await bare.json(['validate'], { env: { PORT: '70000', TOKEN_FILE: '/run/secrets/token' } })
    expect([found.code, found.report.data?.['source']]).toEqual([1, 'process'])
    expect(of(found.report)).toEqual([['PORT', 'process environment', 1]])
  })

  inDepth(
    'is one rule, which can be turned down or off; off, nothing is run and no trust asked for',
    async () => {
      const project = await trusted(zodSchema)
      const { code, report } = await project.json(['validate', '--rule', 'schema=warning'])
      expect([code, of(report).length]).toEqual([0, 1])
      await project.run(['trust', '--revoke'])
      expect((await project.json(['validate', '--rule', 'schema=off'])).code).toBe(0)
      project.write('secrets.yaml', `${manifest}rules: { schema: off }\n`)
      expect((await project.json(['validate'])).code).toBe(0)
      expect((await project.json(['validate', '--rule', 'schema=error'])).report.error?.code).toBe(
        'trust.required',
      )
    },
  )

  const shapes = [
    ['default export', 'env.schema.mjs', `export default ${fits}`],
    ['named export', 'env.schema.mjs', `export const schema = ${fits}`],
    ['CommonJS', 'env.schema.cjs', `const own = require('node:path'); module.exports = ${fits}`],
    ['CommonJS named', 'env.schema.js', `module.exports = { schema: ${fits} }`],
    ['a module by its syntax', 'env.schema.js', `import 'node:path'\nexport default ${fits}`],
    [
      'asynchronous checks',
      'env.schema.mjs',
      `export default ${standard('return Promise.resolve({ value: 1 })')}`,
    ],
    [
      'top-level await',
      'env.schema.mjs',
      `await new Promise(done => setTimeout(done, 5))\nexport default ${fits}`,
    ],
    [
      'a module that leaves something running',
      'env.schema.mjs',
      `setInterval(() => 0, 9)\nexport default ${fits}`,
    ],
    [
      'a module that prints',
      'env.schema.mjs',
      `console.log('x'.repeat(300000)); console.error('y')\nexport default ${fits}`,
    ],
  ] as const

  it.each(some(shapes, 3))('may be of any shape: %s', async (_, name, text) => {
    const project = await trusted(text, { name })
    const { code, stdout, stderr } = await project.run(['validate'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).not.toContain('xxx')
  })
})

describe('in TypeScript', () => {
  const typed = `import * as z from 'zod'
interface Wide { readonly port: number }
const most: Wide['port'] = 65535
export default z.object({ PORT: z.coerce.number().max(most) as z.ZodType<number> })
`
  it("is read by the project's typescript", async () => {
    const project = await trusted(typed, { name: 'env.schema.ts', '.env': 'PORT=70000\n' })
    install(project, 'typescript')
    const { code, report } = await project.json(['validate'])
    expect([code, of(report)]).toEqual([1, [['PORT', '.env', 1]]])
  })

  it("is read by the project's esbuild first", async () => {
    const project = await trusted(typed, {
      name: 'env.schema.ts',
      'node_modules/esbuild/index.js': `exports.transformSync = (text, { loader, format }) =>
        ({ code: loader === 'ts' && format === 'esm' ? ${JSON.stringify(`export default ${fits}`)} : 'wrong' })`,
    })
    expect((await project.json(['validate'])).code).toBe(0)
  })

  it('is refused where nothing can read it, or its syntax is wrong', async () => {
    const project = await trusted(typed, { name: 'env.schema.ts' })
    const isNative = 'stripTypeScriptTypes' in process.getBuiltinModule('node:module')
    const { code, report } = await project.json(['validate'])
    if (!isNative)
      expect([code, report.error?.code, report.error?.at?.path]).toEqual([
        2,
        'schema.no_compiler',
        'env.schema.ts',
      ])
    install(project, 'typescript')
    project.write('env.schema.ts', 'export default {{{')
    await project.run(['trust', '--yes'])
    expect((await project.json(['validate'])).report.error?.code).toBe('schema.failed')
  })
})

describe('a schema that gives no answer is exit 2, never valid', () => {
  const value = 'do-not-print-this'
  const unanswering = [
    ['throws', `throw new Error('${value}')`, 'schema.failed'],
    ['throws what is no error', `throw '${value}'`, 'schema.failed'],
    ['has wrong syntax', `export default '${value}' '`, 'schema.failed'],
    ['exits', `process.exit(0)`, 'schema.failed'],
    ['kills itself', `process.kill(process.pid, 'SIGKILL')`, 'schema.failed'],
    ['exits while it judges', `export default ${standard('process.exit(0)')}`, 'schema.failed'],
    [
      'throws while it judges',
      `export default ${standard('if (values.PORT) throw values; return {}')}`,
      'schema.failed',
    ],
    ['exports nothing', `export const other = 1`, 'schema.failed'],
    ['exports no schema', `export default { parse() {} }`, 'schema.failed'],
    ['imports what is not there', `import 'no-such-package-${value}'`, 'schema.failed'],
    ['imports another file of the project', `import './other.mjs'\nexport default ${fits}`, 'schema.failed'],
    ['imports it later', `await import('./other.mjs')\nexport default ${fits}`, 'schema.failed'],
    ['writes its own answer', `import { writeSync } from 'node:fs'\nwriteSync(3, '{}\\n')`, 'schema.failed'],
    ['hangs', `while (true);`, 'schema.timed_out'],
    ['waits for ever', `await new Promise(() => undefined)`, 'schema.timed_out'],
  ] as const

  it.each(some(unanswering, 3))('%s', async (_, schema, expected) => {
    const project = await trusted(schema, { 'other.mjs': 'export {}\n', '.env': `PORT=${value}\n` })
    const { code, report, stdout, stderr } = await project.json(['validate'])
    expect([code, report.error?.code, report.error?.at?.path]).toEqual([2, expected, 'env.schema.mjs'])
    expect(`${stdout}${stderr}`).not.toContain(value)
  })

  inDepth('is not there', async () => {
    const project = new Project({ 'secrets.yaml': manifest, '.env': 'PORT=1\n' })
    await project.run(['trust', '--yes'])
    expect((await project.json(['validate'])).report.error?.code).toBe('schema.missing')
  })

  inDepth('is a file of another kind', async () => {
    const project = await trusted('{}', { name: 'env.schema.json' })
    expect((await project.json(['validate'])).report.error?.code).toBe('schema.failed')
  })
})

describe('trust', () => {
  const writes = `import { writeFileSync } from 'node:fs'
writeFileSync('ran', JSON.stringify({ argv: process.argv, env: process.env }))
export default ${standard("return { issues: [{ message: values.PORT, path: ['PORT'] }] }")}`

  it('comes before anything of it is run, also without values', async () => {
    const project = new Project({ 'secrets.yaml': manifest, 'env.schema.mjs': writes, '.env': 'PORT=1\n' })
    const { code, report } = await project.json(['validate'])
    expect([code, report.error?.code]).toEqual([2, 'trust.required'])
    expect(() => project.read('ran')).toThrow()
  })

  it('ends with one byte of the schema changed', async () => {
    const project = await trusted(writes)
    project.write('env.schema.mjs', `${writes}\n`)
    expect((await project.json(['validate'])).report.error?.code).toBe('trust.required')
    expect(() => project.read('ran')).toThrow()
  })

  it('lets it run with nothing in its environment, and no value in its arguments', async () => {
    const project = await trusted(writes, { '.env': 'PORT=a-value-of-the-file\n' })
    const { code, stdout } = await project.run(['validate'], {
      env: { OUTER_SECRET: 'outer', NODE_OPTIONS: '--no-warnings' },
    })
    expect(code).toBe(1)
    const ran = readFileSync(join(project.path, 'ran'), 'utf8')
    expect((JSON.parse(ran) as { env: object }).env).toEqual({})
    expect(ran).not.toContain('a-value')
    expect(stdout).not.toContain('a-value')
  })
})
