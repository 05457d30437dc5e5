import { describe, expect, it } from 'vitest'
import { classify } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { fillTarget } from '../../../src/core/init-fill.ts'
import { findNotices } from '../../../src/core/init-withhold.ts'

const live = ['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_')
const password = ['hV9-kd02', '_Lq7Zx'].join('')

function decide(text: string) {
  const template = EnvDocument.fromText(text, '.env.example')
  const decisions = classify(template)
  const fill = (existing?: string) =>
    fillTarget(
      {
        template,
        existing: existing === undefined ? undefined : EnvDocument.fromText(existing, '.env'),
        environment: 'development',
        readers: [],
      },
      decisions,
      new Map(decisions.flatMap(each => (each.decision === 'generate' ? [[each.name, 'fresh-value']] : []))),
    )
  const target = (existing?: string) => new TextDecoder().decode(fill(existing).document.print())
  return { template, decisions, fill, target }
}

const decisionOf = (text: string, name: string) => decide(text).decisions.find(each => each.name === name)

describe('a template with live secrets', () => {
  const text = [
    `STRIPE_SECRET_KEY=${live}`,
    `# secrets: ask\nPAYMENT_KEY="${live}"`,
    `DATABASE_URL=postgres://app:${password}@db.internal/app # was ${live}`,
    `# OLD_KEY=${live}`,
    `# try ${live}`,
    `MODE=fast # ${live}`,
    `STRIPE_SECRET_KEY=${live}`,
    'SESSION_SECRET=Vq93hTzLm20xWpRk',
    'LOCAL_URL=postgres://postgres:postgres@localhost/app',
    ['KEY_TEXT=-----BEGIN PRIV', 'ATE KEY-----'].join(''),
    'MIIEvQIBADANBgkqhkiG9w0BAQ',
    ['-----END PRIV', 'ATE KEY-----'].join(''),
    'LAST=1',
    '',
  ].join('\n')

  it('asks for them, makes its own anew, and copies none of them, wherever they stand', () => {
    const { decisions, fill, target } = decide(text)
    expect(Object.fromEntries(decisions.map(({ name, decision }) => [name, decision]))).toEqual({
      STRIPE_SECRET_KEY: 'ask',
      PAYMENT_KEY: 'ask',
      DATABASE_URL: 'ask',
      MODE: 'keep',
      SESSION_SECRET: 'generate',
      LOCAL_URL: 'keep',
      KEY_TEXT: 'ask',
      LAST: 'keep',
    })
    expect(target()).not.toMatch(/sk_live|hV9|MIIE|PRIVATE KEY|Vq93/)
    const values = fill().document.values()
    expect([values.get('MODE'), values.get('LAST'), values.get('STRIPE_SECRET_KEY')]).toEqual([
      'fast',
      '1',
      '',
    ])
    expect(fill().needs.map(({ name }) => name)).toEqual([
      ...['PAYMENT_KEY', 'DATABASE_URL', 'STRIPE_SECRET_KEY', 'KEY_TEXT'],
    ])
  })

  it('tells of each with its line, and never the value', () => {
    const notices = findNotices(decide(text).template)
    expect(notices.map(({ line, name, kind }) => [line, name, kind])).toEqual(
      [
        [1, 'STRIPE_SECRET_KEY'],
        [3, 'PAYMENT_KEY'],
        [4, 'DATABASE_URL'],
        [5, 'OLD_KEY'],
        [6, undefined],
        [7, 'MODE'],
        [8, 'STRIPE_SECRET_KEY'],
        [11, 'KEY_TEXT'],
      ].map(place => [...place, 'live-secret']),
    )
    expect(JSON.stringify(notices)).not.toMatch(/sk_live_|hV9/)
    expect(JSON.stringify(decide(text).decisions)).not.toMatch(/sk_live_|hV9/)
  })

  it('copies none of them into a file that is there either, and leaves what stands in it', () => {
    const merged = decide(text).target('LAST=2\nMODE=slow\nDATABASE_URL=postgres://me@localhost/x\n')
    expect(merged).not.toMatch(/sk_live|hV9|MIIE/)
    expect(merged).toContain('DATABASE_URL=postgres://me@localhost/x\n')
    expect(merged).toContain('STRIPE_SECRET_KEY=\n')
  })

  it('keeps one of which a person says so, and still tells of it', () => {
    const { target, template } = decide(`# secrets: keep\nDEMO_KEY=${live}\n`)
    expect(target()).toContain(live)
    expect(findNotices(template)).toHaveLength(1)
  })

  it('puts a generated password into an address in place of the one that was committed', () => {
    const text = `POSTGRES_PASSWORD=${password} # change it\nDATABASE_URL=postgres://app:${password}@db/app\n`
    expect(decisionOf(text, 'DATABASE_URL')).toMatchObject({ decision: 'derive', isWithheld: true })
    expect(decide(text).fill().document.values().get('DATABASE_URL')).toBe(
      'postgres://app:fresh-value@db/app',
    )
  })
})

describe('a template of a template language', () => {
  const text = [
    '# {{ cookiecutter.name }}',
    '{% if cookiecutter.cache %}',
    'REDIS_URL=redis://localhost:6379/0',
    '{% endif %}',
    'SECRET_KEY={{ cookiecutter.secret_key }}',
    'POSTGRES_PASSWORD={{cookiecutter.pw}}',
    'DATABASE_URL=postgres://{{cookiecutter.user}}:{{cookiecutter.pw}}@localhost/app',
    'PORT={{ port | default(3000) }}',
    'STRIPE_KEY=${{ secrets.STRIPE_KEY }}',
    'ROUTE=/users/{{ id }}',
    "# optional\nTEAM=<%= ENV['TEAM'] %>",
    '',
  ].join('\n')

  it('generates what is ours, asks for the rest, and copies no expression', () => {
    const { decisions, target, fill } = decide(text)
    expect(decisions.map(({ name, decision }) => `${name} ${decision}`)).toEqual([
      'REDIS_URL keep',
      'SECRET_KEY generate',
      'POSTGRES_PASSWORD generate',
      'DATABASE_URL ask',
      'PORT ask',
      'STRIPE_KEY ask',
      'ROUTE ask',
      'TEAM ask-optional',
    ])
    expect(target().replace(/^#.*/gm, '')).not.toMatch(/[{}%]/)
    expect(fill().document.nodes.filter(({ kind }) => kind === 'unreadable')).toEqual([])
    expect(decisions.find(({ name }) => name === 'PORT')?.reason).toContain('Jinja')
    expect(findNotices(decide(text).template).map(({ line }) => line)).toEqual([2, 4])
  })

  it('is none where the application fills in a text of its own', () => {
    const own = 'SUBJECT="Hello {{name}}"\nROUTE=/users/{{id}}\n'
    expect(decide(own).decisions.map(({ decision }) => decision)).toEqual(['keep', 'keep'])
    expect(decide(own).target()).toBe(own)
  })
})

it('asks for values that are made of themselves, and writes none of them', () => {
  const text = "A=${B}\nB=x${A}\nC='${A}'\nPATH_LIKE=${PATH_LIKE}:/bin\n"
  const { decisions, fill } = decide(text)
  expect(decisions.map(({ decision, rule }) => `${decision} ${rule}`)).toEqual([
    ...['ask cycle', 'ask cycle', 'keep reference', 'keep reference'],
  ])
  expect(fill().document.values().get('A')).toBe('')
  expect(fill().needs.map(({ line }) => line)).toEqual([1, 2])
})
