import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { rsaBits } from '../../src/core/rsa-size.ts'

const pair = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits })
const small = pair(1024)

describe('the bits of a real key', () => {
  it.each([1024, 2048])('%i', bits => {
    const { privateKey, publicKey } = pair(bits)
    const pems = [
      privateKey.export({ type: 'pkcs1', format: 'pem' }),
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
      publicKey.export({ type: 'pkcs1', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'pem' }),
    ].map(String)
    const jwks = [privateKey, publicKey].map(key => JSON.stringify(key.export({ format: 'jwk' })))
    const escaped = pems.map(text => text.replaceAll('\n', '\\n'))
    const encoded = pems.map(text => Buffer.from(text).toString('base64'))
    for (const text of [...pems, ...escaped, ...encoded, ...jwks]) expect(rsaBits(text)).toBe(bits)
  })

  it('of RSA-PSS', () => {
    const { privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 1024 })
    expect(rsaBits(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))).toBe(1024)
  })
})

describe('what is none', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const pem = String(small.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  it.each([
    ['', 'nothing'],
    ['{', 'half of an object'],
    ['{"kty":"RSA"}', 'a key without a modulus'],
    ['{"kty":"RSA","n":"A"}', 'half of a byte'],
    ['{"kty":"RSA","n":"AAAA"}', 'no number'],
    ['LS0tLS1!', 'no base64'],
    [String(ec.export({ type: 'pkcs8', format: 'pem' })), 'another kind'],
    [String(ec.export({ type: 'sec1', format: 'pem' })), 'SEC 1'],
    [
      String(
        small.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
      ),
      'encrypted',
    ],
    [pem.replace(/\n.{64}\n/, '\n'), 'a line less'],
    [`-----BEGIN PRIVATE KEY-----\n${'MIIB'.repeat(20)}\n-----END PRIVATE KEY-----`, 'nonsense'],
  ])('%#: %s', text => {
    expect(rsaBits(text)).toBeUndefined()
  })
})
