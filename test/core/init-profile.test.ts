import { describe, expect, it } from 'vitest'
import { classify } from '../../src/core/classifier/index.ts'
import { EnvDocument } from '../../src/core/env-file/index.ts'
import { dummyFor, withDummies } from '../../src/core/init-dummy.ts'
import { fillTarget } from '../../src/core/init-fill.ts'
import { applyProfile, profileLines } from '../../src/core/init-profile/index.ts'
import { findPlaceholder } from '../../src/core/placeholder.ts'
import { buildSchema, checkValue, type SchemaEntry, valueTypes } from '../../src/core/schema/index.ts'
import { checkRules, loadRules, sourceOfDocument } from '../../src/rules/index.ts'

function forEnvironment(text: string, environment: string) {
  const template = EnvDocument.fromText(text, '.env.example')
  const decisions = applyProfile(classify(template), template, environment)
  const { document, needs } = fillTarget(
    { template, existing: undefined, environment, readers: [] },
    decisions,
    new Map(),
  )
  return { decisions, needs, document, values: Object.fromEntries(document.values()) }
}

/** What a template for developers has for the settings of a line. */
const developers: Readonly<Record<string, readonly string[]>> = {
  'node-environment': ['development', 'dev'],
  'environment-name': ['local', 'development'],
  debug: ['true', '1', 'On'],
  'log-level': ['debug', 'TRACE'],
  'cookie-samesite': ['None', 'none'],
  'csrf-off': ['true', '1'],
  'hsts-age': ['0'],
  origins: [
    'http://localhost:3000',
    '*',
    '["http://127.0.0.1:5173"]',
    'https://shop.acme.io,http://localhost',
  ],
  hosts: ['localhost,127.0.0.1', '*', '["*"]'],
  'public-address': ['http://localhost:3000'],
}

describe.each(profileLines.map(line => [line.id, line] as const))('the line %s', (id, line) => {
  const olds = developers[id] ?? ['false', '0', 'no', 'Off', 'FALSE']

  it('has a source, and changes what developers have, once', () => {
    expect(line.source.url).toMatch(/^https:\/\//)
    expect(line.names.length).toBeGreaterThan(0)
    for (const old of olds) expect([old, line.from.test(old)]).toEqual([old, true])
    for (const to of Object.values(line.to)) expect(line.from.test(to)).toBe(false)
  })

  it('satisfies the rules of validate in production, under each of its names', async () => {
    const rules = await loadRules()
    const about =
      /debug|cookie|csrf|https|hsts|rate-limit|tls-verification|cors|allowed-hosts|environment|type|syntax/
    for (const name of line.names) {
      for (const old of olds) {
        const text = `${name.replace('=', '')}=${old}\n`
        const { decisions, document, values } = forEnvironment(text, 'production')
        expect([text, decisions[0]?.rule]).toEqual([text, `profile:${id}`])
        expect([text, Object.values(values)[0]]).not.toEqual([text, old])
        const source = sourceOfDocument(document, { environment: 'production', schema: new Map() })
        const { findings } = checkRules({ sources: [source] }, rules)
        expect([text, findings.filter(({ rule }) => about.test(rule))]).toEqual([text, []])
        const again = forEnvironment(new TextDecoder().decode(document.print()), 'production')
        expect([text, again.decisions[0]?.rule.startsWith('profile') ?? false]).toEqual([text, false])
      }
    }
  })
})

describe('a profile', () => {
  it('has each name and id once', () => {
    const names = profileLines.flatMap(line => line.names)
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(profileLines.map(({ id }) => id)).size).toBe(profileLines.length)
  })

  it('writes switches as the template does, and asks for what only a person knows', () => {
    const text = 'DEBUG=True\nAPP_DEBUG=1\nX_DEBUG=on\nLOG_LEVEL=DEBUG\nCOOKIE_SECURE=no\nCORS_ORIGIN=*\n'
    const { values, needs } = forEnvironment(text, 'production')
    expect(values).toEqual({
      ...{ DEBUG: 'False', APP_DEBUG: '0', X_DEBUG: 'off', LOG_LEVEL: 'INFO', COOKIE_SECURE: 'yes' },
      CORS_ORIGIN: '',
    })
    expect(needs).toMatchObject([{ name: 'CORS_ORIGIN', line: 6 }])
  })

  it('leaves what is somebody’s choice: other values, a directive, a value that a comment names', () => {
    const text = `LOG_LEVEL=warn
# secrets: keep
DEBUG=true
# in production:
# API_LOG_LEVEL=error
API_LOG_LEVEL=debug
JOB_LOG_LEVEL=debug
# JOB_LOG_LEVEL=notice # staging and production
# COOKIE_SECURE=auto # production
COOKIE_SECURE=false
`
    const { values, decisions } = forEnvironment(text, 'prod')
    expect(values).toEqual({
      ...{ LOG_LEVEL: 'warn', DEBUG: 'true', API_LOG_LEVEL: 'error', JOB_LOG_LEVEL: 'info' },
      COOKIE_SECURE: 'auto',
    })
    expect(decisions.find(({ name }) => name === 'API_LOG_LEVEL')?.reason).toContain('line 5')
    expect(forEnvironment(text, 'development').values['API_LOG_LEVEL']).toBe('debug')
  })

  it('takes longer forms in production where nobody asked for one, and only there', () => {
    const text =
      'JWT_SECRET=change-me\nENCRYPTION_KEY=change-me\nPOSTGRES_PASSWORD=change-me\n# openssl rand -hex 32\nOTHER_JWT_SECRET=\n'
    const formsIn = (environment: string) =>
      forEnvironment(text, environment).decisions.map(({ form }) => form)
    expect(formsIn('production')).toEqual(['hex:64', 'hex:32', 'password:32', 'hex:32'])
    expect(formsIn('staging')).toEqual(['hex:32', 'hex:32', 'password:24', 'hex:32'])
  })

  it('names an environment of one’s own by its name', () => {
    expect(forEnvironment('APP_ENV=local\nDEBUG=1\n', 'qa').values).toEqual({ APP_ENV: 'qa', DEBUG: '0' })
  })
})

describe('a stand-in for tests', () => {
  const entryOf = (facts: Partial<SchemaEntry>): SchemaEntry => ({
    ...{ name: 'X', at: { path: '' }, required: true, secret: false, isSecretDeclared: false },
    ...{ isTypeDeclared: true, isAsked: true, isCommented: false, allows: [] },
    ...facts,
  })
  /** Only a generator makes these. */
  const none = new Set(['pem', 'jwk', 'certificate', 'enum'])

  it.each(valueTypes.filter(type => !none.has(type)))('has the type %s', type => {
    const value = dummyFor('VENDOR_SETTING', entryOf({ type }), '')
    expect(value).toBeDefined()
    expect(checkValue({ type }, value!)).toBeUndefined()
    expect(findPlaceholder(value!)?.kind).not.toBe('placeholder')
  })

  it.each<[Partial<SchemaEntry>, string | undefined]>([
    [{ values: ['eu', 'us'] }, 'eu'],
    [{ type: 'integer', min: 50, max: 200 }, '100'],
    [{ type: 'string', length: 20 }, 'test-invalid-x-reach'],
    [{ type: 'url', protocols: ['ftp'] }, 'ftp://x.test.invalid/'],
    [{ type: 'list', items: 'email' }, 'x@test.invalid'],
    [{ type: 'certificate' }, undefined],
    [{ type: 'integer', min: 7, max: 9 }, undefined],
  ])('fits %j, or is left to a person', (facts, expected) => {
    expect(dummyFor('X', entryOf(facts), '')).toBe(expected)
  })

  it('stands for what would be asked, by name and example, and is another one for each name', () => {
    const text = `STRIPE_API_KEY=your-key
OTHER_API_KEY=your-key
SEARCH_URL=https://your-domain.com
# required
ADMIN_EMAIL=
OPTIONAL_TOKEN=
JWT_SECRET=change-me
`
    const template = EnvDocument.fromText(text, '.env.example')
    const schema = buildSchema({ template, environment: 'test' })
    const decisions = withDummies(classify(template), template, schema)
    expect(
      Object.fromEntries(decisions.map(({ name, decision, value }) => [name, value ?? decision])),
    ).toEqual({
      STRIPE_API_KEY: 'test-invalid-stripe-api-key-reaches-nothing',
      OTHER_API_KEY: 'test-invalid-other-api-key-reaches-nothing',
      SEARCH_URL: 'https://search-url.test.invalid/',
      ADMIN_EMAIL: 'admin-email@test.invalid',
      OPTIONAL_TOKEN: 'ask-optional',
      JWT_SECRET: 'generate',
    })
  })
})
