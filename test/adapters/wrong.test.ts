import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const manifest = (provider: string, more = ''): string => `version: 1
environments:
  development: { provider: dotenv, path: .env }
  production: { provider: ${provider}, token: ${canary} }
${more}`
/** Stands in everything that a wrong adapter says or gives. */
const canary = 'canary-value-0123456789'

const whole = `{
  limits: { valueBytes: 1000 },
  check: async () => ({ who: 'me', where: 'here' }),
  async *list() { yield { name: 'TOKEN', version: 'v1' } },
  read: async () => undefined,
  write: async () => ({ version: 'v1' }),
  remove: async () => undefined,
  close: async () => undefined,
}`
const connected = (provider: string): string =>
  `export const connect = async (target, { Secret, SecretsError }) => { const canary = target.settings.token; return (${provider}) }`
const changed = (change: string): string => connected(`{ ...${whole}, ${change} }`)

async function trusted(module: string): Promise<Project> {
  const project = new Project({ 'secrets.yaml': manifest('./store.mjs'), 'store.mjs': module })
  expect((await project.run(['trust', '--yes'])).code).toBe(0)
  return project
}

/** What the command ends with; nothing of the adapter's own words, nor a value, is shown, and nothing is half a document. */
async function failure(project: Project, words: readonly string[], input = ''): Promise<unknown> {
  const env = { SECRETS_DEBUG: '1' }
  const { code, report, stdout, stderr } = await project.json([...words, '--env', 'production'], {
    env,
    input,
  })
  expect(stdout + stderr).not.toContain(canary)
  expect(report.ok).toBe(false)
  return [code, report.error?.code]
}

const list = ['list']
const bad = [2, 'provider.bad_adapter']
const malformed = [2, 'provider.invalid_reply']

describe('an adapter that is none', () => {
  it.each([
    ['a syntax error', `export const connect = '${canary}`],
    ['an error while it is loaded', `throw new Error('${canary}')`],
    ['something thrown that is no error', `throw '${canary}'`],
    ['an import that is not there', `import './${canary}.mjs'`],
    ['no export', `export const other = 1`],
    ['a connect that is no function', `export const connect = 1`],
    ['limits without numbers', `export const limits = { concurrent: '${canary}' }\n${connected(whole)}`],
    ['an error of its own in connect', `export const connect = () => { throw new Error('${canary}') }`],
    ['a provider that is none', connected(`'${canary}'`)],
    ['a missing member', changed('write: undefined')],
    ['limits that are none', changed('limits: undefined')],
    [
      'a provider that cannot be looked at',
      connected(`new Proxy({}, { get() { throw new Error(canary) } })`),
    ],
    ['an error of its own in a verb', changed(`list() { throw new Error(canary) }`)],
    [
      'an error of its own in the middle',
      changed(`async *list() { yield { name: 'A' }; throw new Error(canary) }`),
    ],
    [
      'a code that is none',
      changed(`list() { throw Object.assign(new Error(canary), { name: 'SecretsError', code: canary }) }`),
    ],
    [
      'a code that is not for adapters',
      changed(`list() { throw new SecretsError('trust.required', canary) }`),
    ],
    ['a rotation without its verbs', changed('rotation: { guarantees: {} }')],
  ])('%s: provider.bad_adapter', async (_, module) => {
    expect(await failure(await trusted(module), list)).toEqual(bad)
  })

  it.each([
    ['no list', changed(`list: () => canary`), list],
    ['a name that is none', changed(`async *list() { yield { name: canary } }`), list],
    ['an entry that is none', changed(`async *list() { yield canary }`), list],
    [
      'steps that are none',
      changed(`list: () => ({ [Symbol.asyncIterator]: () => ({ next: () => canary }) })`),
      list,
    ],
    [
      'an accessor that throws',
      changed(`async *list() { yield { get name() { throw new Error(canary) } } }`),
      list,
    ],
    [
      'a value that is no Secret',
      changed(`read: async () => ({ version: 'v1', value: canary })`),
      ['get', 'TOKEN'],
    ],
    [
      'a value as its version',
      changed(`read: async () => ({ version: canary, value: new Secret(canary) })`),
      ['get', 'TOKEN'],
    ],
    ['an answer that is none', changed(`check: async () => canary`), ['provider', 'check']],
  ])('%s: provider.invalid_reply', async (_, module, words) => {
    expect(await failure(await trusted(module), words)).toEqual(malformed)
  })

  it('a value that comes back as the version of a write is not shown', async () => {
    const module = changed(`async *list() {}, write: async (name, value) => ({ version: value.reveal() })`)
    expect(await failure(await trusted(module), ['set', 'TOKEN'], canary)).toEqual(malformed)
  })

  it.each([
    ['rejects', `Promise.reject(new Error(canary))`],
    ['throws', `setTimeout(() => { throw new Error(canary) }, 1)`],
  ])('what it leaves behind %s: no word of it, exit 2', async (_, stray) => {
    const module = changed(
      `list() { ${stray}; return (async function* () { await new Promise(done => setTimeout(done, 200)) })() }`,
    )
    expect(await failure(await trusted(module), list)).toEqual([2, 'internal.unexpected'])
  })

  it('a module that never ends loading', { timeout: 60_000 }, async () => {
    expect(await failure(await trusted('await new Promise(() => undefined)'), list)).toEqual(bad)
  })

  it('an answer that never comes', { timeout: 180_000 }, async () => {
    const module = changed(`write: () => new Promise(() => undefined), async *list() {}`)
    expect(await failure(await trusted(module), ['set', 'TOKEN'], canary)).toEqual([
      2,
      'provider.unavailable',
    ])
  })
})

describe('a store that cannot rotate', () => {
  const withRotation = `version: 1
environments:
  development: { provider: dotenv, path: .env }
  production: { provider: ./store.mjs }
variables:
  TOKEN: { secret: true, generate: hex:32, rotate: { kind: verifier } }
`
  const module = changed(
    `read: async name => name === 'TOKEN' ? { version: 'v1', value: new Secret('value-of-the-store') } : undefined`,
  )
  const open = async (): Promise<Project> => {
    const project = new Project({
      'secrets.yaml': withRotation,
      'store.mjs': module,
      '.env': 'TOKEN=value-of-the-file\n',
    })
    await project.run(['trust', '--yes'])
    return project
  }

  it('is looked at, and every change of a rotation is refused', async () => {
    const project = await open()
    const env = ['--env', 'production']
    for (const [words, code] of [
      [['rotate', 'TOKEN'], 'rotation.kind_unsupported'],
      [['retire', 'TOKEN'], 'rotation.nothing_to_retire'],
      [['rollback', 'TOKEN'], 'rotation.nothing_to_roll_back'],
      [['rotate', 'TOKEN', '--abort'], 'rotation.nothing_staged'],
    ] as const) {
      const { code: exit, report } = await project.json([...words, ...env])
      expect([words, exit, report.error?.code]).toEqual([words, 1, code])
    }
    const status = await project.json(['status', ...env])
    expect([status.code, status.report.data?.['secrets']]).toMatchObject([
      0,
      [{ name: 'TOKEN', state: 'steady', reason: 'rotation.kind_unsupported' }],
    ])
    expect((await project.json(['history', 'TOKEN', ...env])).report.data).toMatchObject({
      versions: [{ version: 'v1', role: 'current' }],
    })
  })

  it('does not hold up the others', async () => {
    const project = await open()
    const { code, report } = await project.json(['rotate', '--all', '--env', 'all'])
    expect(code).toBe(0)
    expect(report.data).toMatchObject({
      rotations: [{ name: 'TOKEN', environment: 'development', action: 'rotate' }],
      skipped: [{ name: 'TOKEN', reason: expect.stringMatching(/^rotation\.kind_unsupported/) as string }],
    })
  })
})

describe('before trust nothing of the repository is loaded', () => {
  const marks = `import { writeFileSync } from 'node:fs'; writeFileSync(new URL('./loaded', import.meta.url), '')\n`
  const files = {
    'secrets.yaml': manifest('./store.mjs'),
    'store.mjs': marks + connected(whole),
    '.env': 'A=1\n',
  }
  const isLoaded = (project: Project): boolean => existsSync(join(project.path, 'loaded'))

  it.each([
    ['list'],
    ['provider', 'check'],
    ['status'],
    ['doctor'],
    ['get', 'TOKEN'],
    ['run', '--', 'true'],
    ['rotate', 'TOKEN'],
  ])('%s %s', async (...words) => {
    const project = new Project(files)
    const { code, report } = await project.json([
      words[0],
      '--json',
      '--env',
      'production',
      ...words.slice(1),
    ])
    expect([code, report.error?.code]).toEqual([2, 'trust.required'])
    expect(isLoaded(project)).toBe(false)
  })

  it('and again when one byte of the adapter changes; other environments go on', async () => {
    const project = new Project(files)
    await project.run(['trust', '--yes'])
    expect(isLoaded(project)).toBe(false)
    project.write('store.mjs', `${files['store.mjs']}//`)
    expect(await failure(project, list)).toEqual([2, 'trust.required'])
    expect(isLoaded(project)).toBe(false)
    expect((await project.run(['list', '--env', 'development'])).code).toBe(0)
    project.write('store.mjs', files['store.mjs'])
    const { code, report } = await project.json(['list', '--env', 'production'])
    expect([code, report.data?.['secrets']]).toMatchObject([0, [{ name: 'TOKEN', version: 'v1' }]])
    expect(isLoaded(project)).toBe(true)
  })

  it('a variable that stands elsewhere is refused before the adapter is loaded', async () => {
    const more = 'variables: { KEY: { environments: { production: { ref: shop/key } } } }\n'
    const project = new Project({ ...files, 'secrets.yaml': manifest('./store.mjs', more) })
    await project.run(['trust', '--yes'])
    expect(await failure(project, list)).toEqual([2, 'manifest.invalid'])
    expect(isLoaded(project)).toBe(false)
  })
})

describe('a package', () => {
  it.each([
    ['a module', '"type": "module", "exports": "./index.js"', connected(whole)],
    ['CommonJS', '"main": "index.js"', connected(whole).replace('export const connect', 'exports.connect')],
  ])('is found from the manifest, as %s', async (_, fields, module) => {
    const project = new Project({
      'secrets.yaml': manifest('my-store'),
      'node_modules/my-store/package.json': `{ "name": "my-store", ${fields} }`,
      'node_modules/my-store/index.js': module,
    })
    expect(await failure(project, list)).toEqual([2, 'trust.required'])
    await project.run(['trust', '--yes'])
    const { code, stderr, report } = await project.json(['list', '--env', 'production'])
    expect([code, stderr]).toEqual([0, ''])
    expect(report.data?.['secrets']).toMatchObject([{ name: 'TOKEN' }])
  })

  it('that is not installed', async () => {
    const project = new Project({ 'secrets.yaml': manifest('no-such-store') })
    await project.run(['trust', '--yes'])
    expect(await failure(project, list)).toEqual(bad)
  })
})
