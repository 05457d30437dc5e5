import { describe, expect, it } from 'vitest'
import { findLiveSecret } from '../../src/core/live-secret.ts'
import { findLanguage, findLanguageAmong } from '../../src/core/template-language.ts'

const random = ['hV9kd02', 'Lq7ZxP4'].join('')
const pem = ['-----BEGIN PRIV', 'ATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj'].join('')

describe('a secret in use', () => {
  it.each([
    ['a key of a vendor', ['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_')],
    ['a private key', pem],
    ['one in base64', Buffer.from(pem).toString('base64')],
    ['a JSON Web Key', `{"kty":"OKP","crv":"Ed25519","d":"${random.repeat(3)}"}`],
    ['a password in an address', `postgresql+asyncpg://app:${random}@db:5432/app`],
    ['one that a person made', 'mysql://app:Sunny-Day#42@db/app'.replace('#', '!')],
    ['a parameter', `https://hooks.test/x?token=${random.repeat(2)}`],
    ['a signed address of a webhook', ['https://hooks.slack', 'com/services/T0123ABCD/B0123'].join('.')],
  ])('%s', (_what, text) => {
    const found = findLiveSecret(text)
    expect(found).toBeDefined()
    expect(found).not.toContain(random)
  })

  it.each([
    'postgres://postgres:postgres@localhost/app',
    'postgres://user:password@localhost/app',
    'postgres://app:${DB_PASSWORD}@db/app',
    'postgres://app:changeme123@db/app',
    'redis://localhost:6379',
    'https://example.com/?token=your-token',
    ['sk', 'test', '4eC39HqLyjWDarjtT1zdp7dc'].join('_'),
    '-----BEGIN PUBLIC KEY-----',
    'Vq93hTzLm20xWpRk3nB7',
    '',
  ])('not %j', text => {
    expect(findLiveSecret(text)).toBeUndefined()
  })

  it('is looked for in linear time', () => {
    const began = performance.now()
    for (const part of [
      'a://',
      'a://b:',
      '?key=',
      '-----BEGIN ',
      'LS0t',
      '"kty":',
      '{{',
      '<%',
      '{%',
      '${{',
    ]) {
      findLiveSecret(part.repeat(100_000))
      findLanguageAmong(part.repeat(100_000))
    }
    expect(performance.now() - began).toBeLessThan(3000)
  })
})

describe('an expression of a template language', () => {
  it.each([
    '{{ cookiecutter.name }}',
    'x-{{cookiecutter.name}}',
    '{% if a %}b{% endif %}',
    '{%- endif -%}',
    "<%= ENV['A'] %>",
    '${{ secrets.KEY }}',
    '{{ port | default(3000) }}',
    '{{{name}}}',
    '{{#each hosts}}',
  ])('%j', text => {
    expect(findLanguage(text)).toBeDefined()
  })

  it.each([
    'Hello {{name}}',
    '/users/{{id}}/photo',
    '${NAME}',
    '{"a": {"b": 1}}',
    '<your key>',
    '{}',
    '50%>',
  ])('not %j, which the application may fill in itself', text => {
    expect(findLanguage(text)).toBeUndefined()
  })

  it('is any pair of braces in a file that is written in one', () => {
    expect(findLanguageAmong('/users/{{id}}/photo')).toBeDefined()
    expect(findLanguageAmong('{"a": {"b": 1}}')).toBeUndefined()
  })
})
