import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPlaceholder, type PlaceholderSort } from '../../src/core/placeholder.ts'

/** Spellings of each sort; every one is read back as that sort. */
const spellings: Readonly<Record<PlaceholderSort, readonly string[]>> = {
  blank: ['<token>', '<KEY_OF_40>', '{password}', '{{ secret }}', '[put the key in here]', 'http://<host>/x'],
  mask: ['***', '****', '---', '...', 'abc_test_...', 'pk***', '___'],
  'x-row': ['xxx', 'xxxxxxxx', 'XXX-XXX', 'key-xxxxx', '7axxxxxxxxQ'],
  change: [
    'changeme',
    'change-me',
    'ChangeMe',
    'CHANGE THIS! AT ONCE!',
    '__CHANGE_ME__',
    'changeme77',
    'please-change',
    'here_you_change_it',
    'toBeModified',
    'this_should_be_updated',
    'pg-password-do-not-use',
    'changePassword',
  ],
  replace: [
    'REPLACE_ME_SOON!',
    'replace-with-key',
    'insert_here',
    'fixme-db',
    'TODO',
    '!!!FILL!!!',
    'dummy',
    'goes here',
  ],
  generate: ['generateme', 'generate_one_of_yours', 'AnyRandomText', 'a-strong-random-key', 'RANDOM_STRING'],
  your: ['your-key', 'YOUR_API_KEY', 'pk-YOUR_KEY', 'Your Token please', 'you@mail.net', 'yourdomain.net'],
  my: ['my-secret', 'myPassword', 'my_api_key', 'my-signing-secret'],
  'example-address': ['noreply@example.com', 'http://example.org/x', 'shop.example.com', 'smtp.domain.com'],
  example: ['example-key', 'key-example', 'sample'],
  repeated: ['0000000000', '1111', 'aaaaaaaa'],
  row: ['123456789', '012345', 'abc123', 'qwerty', 'asdf'],
  constant: ['DEADBEEF', '0xcafebabe'],
  default: [
    'postgres',
    'minioadmin',
    'admin123',
    'password',
    'root',
    '1234567890a'.slice(0, 4),
    'example',
    'test',
  ],
  words: [
    'very-s3cret-token',
    'justatestsecret',
    'token_for_email',
    'user_session_secret',
    'no-good-secret',
    'jwtsecret',
  ],
}

describe.each(Object.entries(spellings))('%s', (sort, values) => {
  it.each(values)('%s', value => {
    const found = findPlaceholder(value)
    // Some defaults are rows of digits as well.
    expect([sort, ...(sort === 'default' ? ['row'] : [])]).toContain(found?.sort)
    expect(found?.reason).not.toContain(value)
  })
})

describe('what stands for itself', () => {
  it.each([
    '',
    ' ',
    'localhost:3000',
    'true',
    '3000',
    'production',
    'eu-west-1',
    'https://api.acme-shop.io/v1',
    'postgres://app@localhost/app',
    'Shop <noreply@acme-shop.io>',
    '["a","b"]',
    '{"kind":"x"}',
    '${OTHER}',
    '[repo]',
    '/var/lib/data',
    'kJ83nfD0slQp7Zx2Lm5Rt9Vb1Yc4Wd6E',
    'Kd7mwv0qYxRt',
    '-----BEGIN CERTIFICATE-----',
  ])('%s', value => {
    expect(findPlaceholder(value)).toBeUndefined()
  })

  it('random values, in every form that is generated', () => {
    const found: string[] = []
    for (let index = 0; index < 20_000; index++) {
      const bytes = createHash('sha256').update(String(index)).digest()
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        const value = bytes.toString(encoding)
        const reason = findPlaceholder(value)?.reason
        if (reason !== undefined) found.push(reason)
      }
    }
    // By chance a few texts of the 60,000 end in a row of dots, spell a word and the like: none may be common.
    expect(found.length).toBeLessThanOrEqual(2)
  })
})

describe('an address', () => {
  it.each<[string, 'placeholder' | 'default' | undefined]>([
    ['postgres://app:changeme@db/app', 'placeholder'],
    ['postgres://postgres:postgres@localhost/app', 'default'],
    ['mongodb://root:example@mongo:27017', 'default'],
    ['postgres://user:pass@host:port/db', 'placeholder'],
    ['postgres://app:$PASSWORD@db/app', undefined],
    ['https://your-project.acme.io', 'placeholder'],
    ['redis://redis:6379/0', undefined],
    ['https://acme.io/reset-password/token', undefined],
  ])('%s', (value, kind) => {
    expect(findPlaceholder(value)?.kind).toBe(kind)
  })
})

it('never throws, and takes linear time', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), value => void findPlaceholder(value)))
  for (const piece of ['change', 'x', '<', 'my-', 'a.', 'example.', '123', 'secret', '-', 'http://', '@']) {
    const started = performance.now()
    findPlaceholder(piece.repeat(100_000))
    findPlaceholder(piece.repeat(Math.floor(250 / piece.length)))
    expect(performance.now() - started).toBeLessThan(500)
  }
})
