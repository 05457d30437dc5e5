import { describe, expect, it } from 'vitest'
import { type KeyEncoding, parseForm } from '../../src/core/form.ts'
import { encodePrivateKey, encodePublicKey, readPrivateKey } from '../../src/core/key-encoding.ts'
import { systemKeyPairs } from '../../src/effects/key-pairs.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { generateParts } from '../../src/generators/index.ts'
import { consumer, consumers, python } from '../support/consumers.ts'

/** Values of a form, one or all that belong together. */
async function make(form: string): Promise<string[]> {
  const sources = { random: systemRandom, keyPairs: systemKeyPairs }
  const parts = await generateParts(parseForm(form), sources)
  return parts.map(({ value }) => value.reveal())
}

async function one(form: string): Promise<string> {
  return (await make(form))[0]!
}

interface Jose {
  importPKCS8(pem: string, algorithm: string): Promise<unknown>
  importSPKI(pem: string, algorithm: string): Promise<unknown>
  importJWK(jwk: unknown, algorithm?: string): Promise<unknown>
  createLocalJWKSet(set: unknown): unknown
  calculateJwkThumbprint(jwk: unknown): Promise<string>
  SignJWT: new (claims: object) => {
    setProtectedHeader(header: object): { sign(key: unknown): Promise<string> }
  }
  jwtVerify(token: string, key: unknown): Promise<{ payload: { sub?: string } }>
}

const pairs = [
  ['rsa:2048', 'RS256'],
  ['rsa:3072', 'PS384'],
  ['rsa:4096', 'RS512'],
  ['ec:256', 'ES256'],
  ['ec:384', 'ES384'],
  ['ec:521', 'ES512'],
  ['ed25519', 'EdDSA'],
] as const

// Each value is put before what reads it in real projects, and must do its work there.
describe.skipIf(consumers === undefined)('consumers (needs scripts/install-consumers.sh)', () => {
  it('django starts with its key and finds nothing wrong with it', async () => {
    const program = `
import django
from django.conf import settings
settings.configure(SECRET_KEY=facts, DEBUG=False, ALLOWED_HOSTS=["x"])
django.setup()
from django.core.checks.security.base import check_secret_key
from django.core import signing
assert check_secret_key(None) == []
assert signing.loads(signing.dumps({"a": 1})) == {"a": 1}`
    expect(await python(program, await one('django-key'))).toBe('done')
  })

  it('flask signs a session', async () => {
    const program = `
from flask import Flask, session
app = Flask("x")
app.secret_key = facts
@app.get("/")
def index():
    session["a"] = 1
    return ""
reply = app.test_client().get("/")
assert "session=" in reply.headers["Set-Cookie"]`
    expect(await python(program, await one('flask'))).toBe('done')
  })

  it('Fernet takes its key', async () => {
    const program = `
from cryptography.fernet import Fernet
f = Fernet(facts)
assert f.decrypt(f.encrypt(b"a")) == b"a"`
    expect(await python(program, await one('fernet'))).toBe('done')
  })

  it.each([
    ['bcrypt', 'import bcrypt\nassert bcrypt.checkpw(facts[0].encode(), facts[1].encode())'],
    [
      'argon2',
      'from argon2 import PasswordHasher\nassert PasswordHasher().verify(facts[1], facts[0])\nassert not PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).check_needs_rehash(facts[1])',
    ],
  ])('%s knows the password again, and no other', async (kind, program) => {
    const [password, hash] = await make(kind)
    expect(await python(program, [password, hash])).toBe('done')
    await expect(python(program, [`${password!}x`, hash])).rejects.toThrow()
  })

  it('bcryptjs knows the password again', async () => {
    const { compareSync } = consumer<{ compareSync(password: string, hash: string): boolean }>('bcryptjs')
    const [password, hash] = await make('bcrypt')
    expect([compareSync(password!, hash!), compareSync('other', hash!)]).toEqual([true, false])
  })

  it('Auth.js encrypts a session', async () => {
    const { encode, decode } = consumer<{
      encode(facts: object): Promise<string>
      decode(facts: object): Promise<{ sub?: string }>
    }>('@auth/core/jwt')
    const secret = await one('auth-secret')
    const token = await encode({ secret, salt: 'x', token: { sub: 'a' } })
    expect((await decode({ secret, salt: 'x', token })).sub).toBe('a')
  })

  it('iron-session seals a session', async () => {
    const { sealData, unsealData } = consumer<{
      sealData(data: object, options: object): Promise<string>
      unsealData(seal: string, options: object): Promise<object>
    }>('iron-session')
    const password = await one('iron-session')
    expect(await unsealData(await sealData({ a: 1 }, { password }), { password })).toEqual({ a: 1 })
    await expect(sealData({ a: 1 }, { password: password.slice(0, 31) })).rejects.toThrow()
  })

  it('keygrip signs with the keys of Strapi, and knows each of them', async () => {
    type Keygrip = { sign(data: string): string; index(data: string, digest: string): number }
    const Keygrip = consumer<new (keys: string[]) => Keygrip>('keygrip')
    const keys = (await one('strapi-keys')).split(',')
    for (const [at, key] of keys.entries()) {
      expect(new Keygrip(keys).index('data', new Keygrip([key]).sign('data'))).toBe(at)
    }
  })

  it('standardwebhooks signs and verifies', async () => {
    const { Webhook } = consumer<{
      Webhook: new (secret: string) => {
        sign(id: string, at: Date, body: string): string
        verify(body: string, headers: object): unknown
      }
    }>('standardwebhooks')
    const secret = await one('whsec')
    const at = new Date()
    const signature = new Webhook(secret).sign('msg_1', at, '{}')
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signature,
    }
    expect(new Webhook(secret).verify('{}', headers)).toEqual({})
    expect(Buffer.from(secret.slice('whsec_'.length), 'base64').length).toBe(33)
  })

  it('web-push takes its pair', async () => {
    const { getVapidHeaders } = consumer<{ getVapidHeaders(...words: unknown[]): object }>(
      'web-push/src/vapid-helper.js',
    )
    const [privateKey, publicKey] = await make('vapid')
    const headers = getVapidHeaders(
      'https://push.test',
      'mailto:a@b.test',
      publicKey,
      privateKey,
      'aes128gcm',
    )
    expect(Object.keys(headers)).toEqual(['Authorization'])
  })

  it.each([256, 384, 512])(
    'PyJWT and jsonwebtoken take a key for HS%i, as text and from base64',
    async bits => {
      const secret = await one(`jwt-secret:${String(bits)}`)
      const program = `
import base64, warnings, jwt
warnings.simplefilter("error")
name, text = facts
standard = base64.b64decode(text, validate=True)
assert standard == base64.urlsafe_b64decode(text)
assert len(standard) * 8 >= int(name[2:])
for key in (text, standard):
    assert jwt.decode(jwt.encode({"sub": "a"}, key, name), key, [name]) == {"sub": "a"}`
      expect(await python(program, [`HS${String(bits)}`, secret])).toBe('done')
      const { sign, verify } = consumer<{
        sign(claims: object, key: string, options: object): string
        verify(token: string, key: string): { sub?: string }
      }>('jsonwebtoken')
      expect(verify(sign({ sub: 'a' }, secret, { algorithm: `HS${String(bits)}` }), secret).sub).toBe('a')
    },
  )

  it.each(pairs)('jose signs with %s (%s) in every encoding', async (form, algorithm) => {
    const jose = consumer<Jose>('jose')
    const isUsual = algorithm !== 'PS384' && algorithm !== 'RS512'
    const sign = async (key: unknown): Promise<string> =>
      await new jose.SignJWT({ sub: 'a' }).setProtectedHeader({ alg: algorithm }).sign(key)
    const [pem, publicPem] = await make(form)
    const token = await sign(await jose.importPKCS8(pem!, algorithm))
    expect((await jose.jwtVerify(token, await jose.importSPKI(publicPem!, algorithm))).payload.sub).toBe('a')

    const [jwks, publicJwks] = (await make(`${form}:jwks`)).map(
      text => JSON.parse(text) as { keys: object[] },
    )
    const [jwk] = jwks!.keys as { kid: string; d?: string; alg: string }[]
    const [publicJwk] = publicJwks!.keys as { kid: string; d?: string }[]
    expect([publicJwk!.kid, publicJwk!.d, typeof jwk!.d]).toEqual([
      await jose.calculateJwkThumbprint(jwk),
      undefined,
      'string',
    ])
    const other = await sign(await jose.importJWK(jwk, algorithm))
    const key = isUsual ? jose.createLocalJWKSet(publicJwks) : await jose.importJWK(publicJwk, algorithm)
    expect((await jose.jwtVerify(other, key)).payload.sub).toBe('a')
    await expect(jose.jwtVerify(token, key)).rejects.toThrow()
  })

  it.each(pairs)('PyJWT, jwcrypto and cryptography read %s (%s)', async (form, algorithm) => {
    const program = `
import base64, json, jwt
from cryptography.hazmat.primitives import serialization as s
from jwcrypto.jwk import JWK
algorithm = facts["algorithm"]
def sees(private, public):
    token = jwt.encode({"sub": "a"}, private, algorithm)
    assert jwt.decode(token, public, [algorithm]) == {"sub": "a"}
for private, public in (
    facts["pem"],
    [text.replace("\\\\n", "\\n") for text in facts["escaped"]],
    [base64.b64decode(text).decode() for text in facts["base64"]],
):
    assert private.startswith("-----BEGIN PRIVATE KEY-----\\n")
    assert public.startswith("-----BEGIN PUBLIC KEY-----\\n")
    key = s.load_pem_private_key(private.encode(), None)
    spki = (s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
    assert key.public_key().public_bytes(*spki) == s.load_pem_public_key(public.encode()).public_bytes(*spki)
    sees(private, public)
private, public = [json.loads(base64.b64decode(text)) for text in facts["jwk"]]
assert "d" in private and "d" not in public
assert private["kid"] == public["kid"] == JWK(**public).thumbprint()
sees(jwt.PyJWK(private, algorithm).key, jwt.PyJWK(public, algorithm).key)`
    const pem = await make(form)
    const { key } = readPrivateKey(pem[0]!)!
    const as = (encoding: KeyEncoding): string[] => [
      encodePrivateKey(key, encoding),
      encodePublicKey(key, encoding),
    ]
    const facts = { algorithm, pem, escaped: as('escaped'), base64: as('base64'), jwk: as('jwk-base64') }
    for (const text of [...facts.escaped, ...facts.base64, ...facts.jwk]) expect(text).not.toContain('\n')
    expect(await python(program, facts)).toBe('done')
  })

  it('python-jose takes a JWK by its own algorithm', async () => {
    const program = `
import json
from jose import jwt
private, public = [json.loads(text) for text in facts]
assert jwt.decode(jwt.encode({"sub": "a"}, private, "RS256"), public, "RS256")["sub"] == "a"`
    expect(await python(program, await make('rsa:2048:jwk'))).toBe('done')
  })
})
