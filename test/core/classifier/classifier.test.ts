import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hintRules, formInComment } from '../../../src/core/classifier/hints.ts'
import { classify, type Decision, deriveValue } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { parseForm } from '../../../src/core/form.ts'
import { sharedDirectory } from '../../support/shared.ts'

function decide(text: string): Map<string, Decision> {
  const decisions = classify(EnvDocument.fromText(text, '.env.example'))
  return new Map(decisions.map(decision => [decision.name, decision]))
}

describe('one variable', () => {
  it.each([
    ['SESSION_SECRET=change-me', 'generate', 'hex:32'],
    ['JWT_SECRET=', 'generate', 'hex:32'],
    ['# openssl rand -hex 16\nAPP_SECRET=', 'generate', 'hex:16'],
    ['COOKIE_KEY=x # openssl rand -base64 48', 'generate', 'base64:48'],
    ['# php artisan key:generate\nAPP_KEY=', 'generate', 'laravel-key'],
    ['ENCRYPTION_KEY=<MUST_BE_32_LONG>', 'generate', 'chars:32'],
    ['SECRET_KEY=kJ83nfD0slQp7Zx2Lm5Rt9Vb1Yc4Wd6E', 'generate', 'hex:32'],
    ['POSTGRES_PASSWORD=changeme', 'generate', 'password:32'],
    ['POSTGRES_PASSWORD=postgres', 'keep', undefined],
    ['REDIS_PASSWORD=', 'ask-optional', undefined],
    ['STRIPE_SECRET_KEY=sk_test_xxxxx', 'ask', undefined],
    ['OPENAI_API_KEY=', 'ask-optional', undefined],
    ['SMTP_PASSWORD=your-password', 'ask', undefined],
    ['AWS_SECRET_ACCESS_KEY=', 'ask-optional', undefined],
    ['GITHUB_CLIENT_SECRET=your-client-secret', 'ask', undefined],
    ['NEXT_PUBLIC_API_KEY=abc', 'keep', undefined],
    ['PORT=3000', 'keep', undefined],
    ['JWT_SECRET_EXPIRES_IN=7d', 'keep', undefined],
    ['APP_DOMAIN=your-domain.com', 'ask', undefined],
    ['SESSION_SECRET=${OTHER}', 'keep', undefined],
    ['# secrets: keep\nSESSION_SECRET=change-me', 'keep', undefined],
    ['# secrets: ask\nPORT=3000', 'ask', undefined],
    ['# secrets: generate password:20\nPORT=3000', 'generate', 'password:20'],
  ])('%s: %s', (text, decision, form) => {
    const [only] = decide(`${text}\n`).values()
    expect([only?.decision, only?.form]).toEqual([decision, form])
    expect(only?.reason.length).toBeGreaterThan(5)
    expect(only?.confidence).toBeGreaterThan(0)
  })
})

describe('relations', () => {
  const text =
    'SESSION_SECRET=changeme\nDB_PASSWORD=changeme\nDATABASE_URL=postgres://app:changeme@db:5432/app\nPOSTGRES_PASSWORD=changeme\n'

  it('a password inside a URL is that of the password variable, not of another secret with the same text', () => {
    const decisions = decide(text)
    expect(decisions.get('DATABASE_URL')).toMatchObject({ decision: 'derive', from: 'contains:DB_PASSWORD' })
    expect(decisions.get('POSTGRES_PASSWORD')).toMatchObject({
      decision: 'derive',
      from: 'same-as:DB_PASSWORD',
    })
    expect(decisions.get('SESSION_SECRET')?.decision).toBe('generate')
  })

  it('a derived value is rebuilt from what was generated', () => {
    const decisions = decide(text)
    const values = new Map([['DB_PASSWORD', 'n/w p@ss']])
    const url = decisions.get('DATABASE_URL')!
    expect(deriveValue(url, 'postgres://app:changeme@db:5432/app', values)).toBe(
      'postgres://app:n%2Fw%20p%40ss@db:5432/app',
    )
    expect(deriveValue(decisions.get('POSTGRES_PASSWORD')!, 'changeme', values)).toBe('n/w p@ss')
    expect(deriveValue(url, 'postgres://app:changeme@db:5432/app', new Map())).toBeUndefined()
  })
})

describe('hints', () => {
  it.each(hintRules.map(({ examples }) => examples))('%s: %s', (comment, form) => {
    expect(formInComment(comment)).toBe(form)
    expect(() => parseForm(form)).not.toThrow()
  })
})

it('no reason quotes a value', () => {
  const value = 'kJ83nfD0slQp7Zx2Lm5Rt9Vb1Yc4Wd6E'
  for (const { reason } of decide(
    `SECRET_KEY=${value}\nSTRIPE_KEY=${value}\nA_URL=http://u:${value}@x/\n`,
  ).values()) {
    expect(reason).not.toContain(value.slice(0, 8))
  }
})

// A floor under what was measured: a rule that makes it worse must show.
describe.skipIf(sharedDirectory === undefined)('on real templates', () => {
  it('generates nothing that is not ours, and finds most of what is', () => {
    const corpus = join(sharedDirectory ?? '', 'corpus')
    const labels = JSON.parse(readFileSync(join(corpus, 'labels.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    let [hits, positives, wrong] = [0, 0, 0]
    for (const file of readdirSync(join(corpus, 'templates'))) {
      const document = EnvDocument.parse(readFileSync(join(corpus, 'templates', file)), file)
      for (const { name, decision } of classify(document)) {
        const alternatives = labels[file]?.[name]?.split('|') ?? []
        const generates = alternatives.filter(one => one.startsWith('generate')).length
        if (generates > 0 && generates === alternatives.length) {
          positives += 1
          if (decision === 'generate') hits += 1
        } else if (generates === 0 && decision === 'generate') wrong += 1
      }
    }
    expect(hits / (hits + wrong)).toBeGreaterThanOrEqual(0.97)
    expect(hits / positives).toBeGreaterThanOrEqual(0.76)
  })
})
