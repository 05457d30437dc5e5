import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classify, type ClassifyOptions, type Decision } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'

function decide(text: string, options?: ClassifyOptions): Map<string, Decision> {
  const decisions = classify(EnvDocument.fromText(text, '.env.example'), options)
  return new Map(decisions.map(decision => [decision.name, decision]))
}

describe('one variable', () => {
  it.each([
    ['SESSION_SECRET=change-me', 'generate', 'hex:32'],
    ['JWT_SECRET=', 'generate', 'hex:32'],
    ['jwtSecret=changeme', 'generate', 'hex:32'],
    ['auth__session__secret=changeme', 'generate', 'hex:32'],
    ['export SESSION_SECRET="changeme"', 'generate', 'hex:32'],
    ['# openssl rand -hex 16\nAPP_SECRET=', 'generate', 'hex:16'],
    ['COOKIE_KEY=x # openssl rand -base64 48', 'generate', 'base64:48'],
    ['# php artisan key:generate\nAPP_KEY=', 'generate', 'laravel-key'],
    ['ENCRYPTION_KEY=<KEY_OF_32_CHARS>', 'generate', 'chars:32'],
    ['SOME_SECRET="[make it with <openssl rand -base64 40>]"', 'generate', 'base64:40'],
    ['SECRET_KEY=kJ83nfD0slQp7Zx2Lm5Rt9Vb1Yc4Wd6E', 'generate', 'hex:32'],
    ['SECRET_KEY=6f1c2d3e4b5a69788796a5b4c3d2e1f06f1c2d3e4b5a69788796a5b4c3d2e1f0', 'generate', 'hex:32'],
    ['FERNET_KEY=', 'generate', 'fernet'],
    ['IRON_SESSION_PASSWORD=', 'generate', 'hex:32'],
    ['RELEASE_COOKIE=changeme', 'generate', 'alnum:32'],
    ['# at least 80 characters\nSESSION_SECRET=', 'generate', 'hex:64'],
    ['# at most 40 characters\nSESSION_SECRET=', 'generate', 'alnum:40'],
    ['POSTGRES_PASSWORD=changeme', 'generate', 'password:24'],
    [
      '# one uppercase and one lowercase letter, a digit and a special character; change it\nSEARCH_PASSWORD=x',
      'generate',
      'password:24:lower-upper-digit-special',
    ],
    ['POSTGRES_PASSWORD=postgres', 'keep', undefined],
    ['STRIPE_SECRET_KEY=sk_test_xxxxx', 'ask', undefined],
    ['OPENAI_API_KEY=', 'ask-optional', undefined],
    ['SMTP_PASSWORD=your-password', 'ask', undefined],
    ['AWS_SECRET_ACCESS_KEY=', 'ask-optional', undefined],
    ['GITHUB_CLIENT_SECRET=your-client-secret', 'ask', undefined],
    ['KEYCLOAK_CLIENT_SECRET=changeme', 'ask', undefined],
    ['NEXT_PUBLIC_API_KEY=pk-93hf82', 'keep', undefined],
    ['NEXT_PUBLIC_SECRET=changeme', 'ask', undefined],
    ['PORT=3000', 'keep', undefined],
    ['JWT_SECRET_EXPIRES_IN=7d', 'keep', undefined],
    ['JWT_SECRET_FILE=/run/secrets/jwt', 'keep', undefined],
    ['JWT_SECRET=/run/secrets/jwt', 'keep', undefined],
    ['JWT_SECRET={"kty":"oct"}', 'keep', undefined],
    ['BCRYPT_SALT=12', 'keep', undefined],
    ['ALPHABET=bcdfghjkmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ2345679', 'keep', undefined],
    ['APP_DOMAIN=your-domain.com', 'ask', undefined],
    ['SESSION_SECRET=${OTHER}', 'keep', undefined],
    ['DATABASE_URL=postgres://postgres:postgres@localhost/app', 'keep', undefined],
    ['DATABASE_URL=postgres://user:<password>@localhost/app', 'ask', undefined],
  ])('%s: %s', (text, decision, form) => {
    const [only] = decide(`${text}\n`).values()
    expect([only?.decision, only?.form]).toEqual([decision, form])
  })

  it('a committed value of a secret of the application is told to be published', () => {
    expect(decide('SECRET_KEY=kJ83nfD0slQp7Zx2Lm5Rt9Vb1Yc4Wd6E\n').get('SECRET_KEY')?.reason).toContain(
      'published',
    )
  })

  it('evidence is the comment that asks for the form, else the value', () => {
    const decisions = decide('A=1\n# one\n# openssl rand -hex 24\nAPP_SECRET=\n\nJWT_SECRET=changeme\n')
    expect(decisions.get('APP_SECRET')?.evidence).toEqual({ line: 3, column: 1 })
    expect(decisions.get('JWT_SECRET')?.evidence).toEqual({ line: 6, column: 12 })
  })
})

describe('what a person said', () => {
  it.each([
    ['# secrets: keep\nSESSION_SECRET=change-me', 'keep', undefined],
    ['# secrets: ask\nPORT=3000', 'ask', undefined],
    ['# secrets: generate password:20\nPORT=3000', 'generate', 'password:20'],
    ['# secrets: generate\nPORT=3000', 'generate', 'hex:32'],
  ])('in a directive: %s', (text, decision, form) => {
    const [only] = decide(`${text}\n`).values()
    expect(only).toMatchObject({ decision, confidence: 1, rule: 'directive' })
    expect(only?.form).toBe(form)
  })

  it('in the manifest wins over a directive', () => {
    const overrides = new Map([['A_SECRET', { decision: 'generate', form: 'hex:24' } as const]])
    const only = decide('# secrets: keep\nA_SECRET=x\n', { overrides, file: 'web/.env.example' }).get(
      'A_SECRET',
    )
    expect(only).toMatchObject({
      decision: 'generate',
      form: 'hex:24',
      confidence: 1,
      file: 'web/.env.example',
    })
  })
})

describe('the words around', () => {
  it('a comment above the first of a paragraph speaks for those below that have none', () => {
    const decisions = decide(
      '# For each: openssl rand -base64 32\nAPP_SECRET=\nAPP_SALT=\n# 64 hex characters\nAPP_ENCRYPTION_KEY=\n\nOTHER_SALT=\n',
    )
    expect([...decisions.values()].map(({ form }) => form)).toEqual([
      'base64:32',
      'base64:32',
      'hex:32',
      'hex:32',
    ])
  })

  it('a comment over a commented-out assignment belongs to that one', () => {
    const decisions = decide('# openssl rand -hex 48\n# OLD_SECRET=\nAPP_SECRET=\n')
    expect(decisions.get('APP_SECRET')?.form).toBe('hex:32')
    const same = decide('# openssl rand -hex 48\n# APP_SECRET=\nAPP_SECRET=\n')
    expect(same.get('APP_SECRET')?.form).toBe('hex:48')
  })

  it('a header that names a password asks for it', () => {
    const text =
      '# Please change SEARCH_PASSWORD before production.\n\nPORT=1\n\nSEARCH_PASSWORD=search\nCACHE_PASSWORD=cache\n'
    expect(decide(text).get('SEARCH_PASSWORD')?.decision).toBe('generate')
    expect(decide(text).get('CACHE_PASSWORD')?.decision).toBe('keep')
  })

  it("the project's own prefix says nothing", () => {
    const names = ['HOST', 'PORT', 'LOG', 'MODE', 'SECRET_KEY']
    const decisions = decide(names.map(name => `ZEPHYR_${name}=\n`).join(''))
    expect(decisions.get('ZEPHYR_SECRET_KEY')?.decision).toBe('generate')
    expect(decide('ZEPHYR_SECRET_KEY=\n').get('ZEPHYR_SECRET_KEY')?.decision).toBe('ask-optional')
  })

  it('WordPress keys come together', () => {
    const names = 'AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT'.split(' ')
    const decisions = decide(names.map(name => `${name}=put-it-here\n`).join(''))
    expect(new Set([...decisions.values()].map(({ form }) => form))).toEqual(new Set(['wp-salt']))
  })
})

it('the last assignment of a name counts, in the order of the file', () => {
  const decisions = classify(EnvDocument.fromText('A_SECRET=${X}\nPORT=1\nA_SECRET=changeme\n', 't'))
  expect(decisions.map(({ name, line, decision }) => [name, line, decision])).toEqual([
    ['PORT', 2, 'keep'],
    ['A_SECRET', 3, 'generate'],
  ])
})

it('no reason quotes a value', () => {
  const value = 'kJ83nfD0slQp7Zx2Lm5Rt9Vb1Yc4Wd6E'
  const names = ['SECRET_KEY', 'STRIPE_KEY', 'DB_PASSWORD', 'SOME_TOKEN', 'PLAIN', 'JWT_PRIVATE_KEY']
  const text = names.map(name => `${name}=${value}\n`).join('')
  for (const { reason } of decide(`${text}A_URL=http://u:${value}@x/\n`).values()) {
    expect(reason).not.toContain(value.slice(0, 8))
  }
})

it('decides on any text without throwing, the same each time', () => {
  const piece = fc.constantFrom(
    'JWT_SECRET',
    'DB_PASSWORD',
    'X_API_KEY',
    '=',
    '\n',
    '#',
    ' ',
    '"',
    'changeme',
    'openssl rand -hex 32',
    '${A}',
    'postgres://a:changeme@b/c',
    'same as DB_PASSWORD',
    '__proto__',
    '__',
    'é',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const document = EnvDocument.fromText(pieces.join(''), 't')
      expect(classify(document)).toEqual(classify(document))
    }),
    { numRuns: 300 },
  )
})

describe('time', () => {
  const kinds = {
    variables: (at: number) =>
      `# openssl rand -hex 32, the same as V_${String(at - 1)}_SECRET\nV_${String(at)}_SECRET=changeme\n`,
    passwords: (at: number) =>
      `DB${String(at)}_PASSWORD=changeme\nURL_${String(at)}=postgres://a:changeme@db/x\n`,
    comments: () => '# generate a long random string of at least 32 characters, see https://example.com\n',
  }
  it.each(Object.entries(kinds))('10,000 lines of %s take less than a second', (_kind, line) => {
    const text = Array.from({ length: 5_000 }, (_, at) => line(at)).join('')
    const document = EnvDocument.fromText(text, 't')
    const started = performance.now()
    classify(document)
    // A second where nothing else runs.
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
