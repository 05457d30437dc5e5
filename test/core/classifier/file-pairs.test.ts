import { describe, expect, it } from 'vitest'
import { classify } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { fillTarget, namesWithoutValue } from '../../../src/core/init-fill.ts'
import { buildSchema } from '../../../src/core/schema/index.ts'
import { checkRules, loadRules, sourceOfDocument } from '../../../src/rules/index.ts'

async function made(text: string, target?: string) {
  const template = EnvDocument.fromText(text, '.env.example')
  const existing = target === undefined ? undefined : EnvDocument.fromText(target, '.env')
  const decisions = classify(template)
  const names = decisions.flatMap(({ name, decision }) => (decision === 'generate' ? [name] : []))
  const fresh = namesWithoutValue(existing, names).map(name => [name, `fresh-${name.toLowerCase()}`] as const)
  const facts = { template, existing, environment: 'development', readers: [] }
  const { document, needs } = fillTarget(facts, decisions, new Map(fresh))
  const schema = buildSchema({ template, environment: 'development' })
  const source = sourceOfDocument(document, { environment: 'development', schema })
  const { findings } = checkRules({ sources: [source] }, await loadRules())
  return {
    decisions: Object.fromEntries(decisions.map(({ name, decision }) => [name, decision])),
    text: new TextDecoder().decode(document.print()),
    needs: needs.map(({ name }) => name),
    findings: findings.filter(({ rule }) => /empty|missing|unknown/.test(rule)),
  }
}

describe('NAME and NAME_FILE', () => {
  it.each([
    [
      'the file is named: nothing is generated beside it',
      'SESSION_SECRET=\nSESSION_SECRET_FILE=/run/secrets/s\n',
    ],
    ['the same over a placeholder', 'SESSION_SECRET=change-me\nSESSION_SECRET_FILE=/run/secrets/s\n'],
    ['the other order, and two underscores', 'SESSION_SECRET__FILE=./s\nSESSION_SECRET=change-me\n'],
  ])('%s', async (_what, template) => {
    const { decisions, text, needs, findings } = await made(template)
    expect(decisions['SESSION_SECRET']).toBe('keep')
    expect(text).toBe(template.replace('change-me', ''))
    expect([needs, findings]).toEqual([[], []])
  })

  it.each([
    ['JWT_SECRET=change-me\nJWT_SECRET_FILE=\n', 'JWT_SECRET=fresh-jwt_secret\nJWT_SECRET_FILE=\n'],
    ['JWT_SECRET=change-me\nJWT_SECRET_FILE=<path>\n', 'JWT_SECRET=fresh-jwt_secret\nJWT_SECRET_FILE=\n'],
    ['JWT_SECRET_FILE=\nJWT_SECRET=\n', 'JWT_SECRET_FILE=\nJWT_SECRET=fresh-jwt_secret\n'],
  ])('without a file in %j the value is generated', async (template, expected) => {
    const { text, needs } = await made(template)
    expect([text, needs]).toEqual([expected, []])
  })

  it('asks for one of the two, never for both', async () => {
    const { needs } = await made('STRIPE_API_KEY=your-key\nSTRIPE_API_KEY_FILE=your-path\n')
    expect(needs).toEqual(['STRIPE_API_KEY'])
  })

  it.each([
    'JWT_SECRET_FILE=/run/secrets/jwt\n',
    'JWT_SECRET_FILE=\n',
    'JWT_SECRET_FILE= # openssl rand -hex 32\n',
    '# openssl rand -hex 32\nTLS_KEY_PATH=\n',
  ])('generates no place of a file: %j', async template => {
    const { text, decisions } = await made(template)
    expect(text).toBe(template)
    expect(Object.values(decisions)).not.toContain('generate')
  })

  it('leaves a directive its word', async () => {
    const template = '# secrets: generate hex:32\nA_SECRET=\nA_SECRET_FILE=/run/secrets/a\n'
    expect((await made(template)).decisions['A_SECRET']).toBe('generate')
  })

  it('adds nothing to a file whose owner named a file instead, and asks for nothing', async () => {
    const target =
      'PORT=1\nJWT_SECRET_FILE=/run/secrets/jwt\nSTRIPE_API_KEY=\nSTRIPE_API_KEY_FILE=/run/secrets/s\n'
    const { text, needs, findings } = await made(
      'PORT=1\nJWT_SECRET=change-me\nSTRIPE_API_KEY=your-key\n',
      target,
    )
    expect([text, needs, findings]).toEqual([target, [], []])
  })
})
