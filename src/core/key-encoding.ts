import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { type KeyEncoding, keyEncodings } from './form.ts'

/** Every character of every encoding, as the inside of a bracket expression. */
export const encodingAlphabet = String.raw`A-Za-z0-9+/=_{}\[\]:,"\n\\ -`

/** `key`: PKCS#8 in DER. */
export function encodePrivateKey(key: Uint8Array, encoding: KeyEncoding): string {
  const object = privateKeyOf(key)
  return encode(encoding, {
    pem: () => object.export({ format: 'pem', type: 'pkcs8' }).toString(),
    jwk: () => object.export({ format: 'jwk' }),
  })
}

/** The public half of a private key (PKCS#8 in DER). */
export function encodePublicKey(key: Uint8Array, encoding: KeyEncoding): string {
  const object = createPublicKey(privateKeyOf(key))
  return encode(encoding, {
    pem: () => object.export({ format: 'pem', type: 'spki' }).toString(),
    jwk: () => object.export({ format: 'jwk' }),
  })
}

/** A private key in any of the encodings, also PKCS#1 and SEC 1, as PKCS#8 in DER; `undefined` for a text that is none. */
export function readPrivateKey(text: string): { key: Uint8Array; encoding: KeyEncoding } | undefined {
  for (const encoding of keyEncodings) {
    const object = tryRead(text, encoding)
    if (object !== undefined) return { key: object.export({ format: 'der', type: 'pkcs8' }), encoding }
  }
  return undefined
}

/** Errors of OpenSSL and JSON say nothing more than that it is no key, and may quote it. */
function tryRead(text: string, encoding: KeyEncoding): KeyObject | undefined {
  try {
    switch (encoding) {
      case 'pem':
        return createPrivateKey(text)
      case 'escaped':
        return createPrivateKey(text.replaceAll('\\n', '\n'))
      case 'base64':
        return createPrivateKey(decode(text))
      case 'jwk':
        return ofJwk(JSON.parse(text))
      case 'jwks':
        return ofJwk((JSON.parse(text) as { keys?: readonly unknown[] }).keys?.[0])
      case 'jwk-base64':
        return ofJwk(JSON.parse(decode(text)))
    }
  } catch {
    return undefined
  }
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}

function ofJwk(value: unknown): KeyObject {
  return createPrivateKey({ key: value as JsonWebKey, format: 'jwk' })
}

function privateKeyOf(key: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' })
}

interface Exports {
  pem(): string
  jwk(): JsonWebKey
}

function encode(encoding: KeyEncoding, { pem, jwk }: Exports): string {
  switch (encoding) {
    case 'pem':
      return pem()
    case 'escaped':
      return pem().replaceAll('\n', '\\n')
    case 'base64':
      return Buffer.from(pem()).toString('base64')
    case 'jwk':
      return JSON.stringify(describe(jwk()))
    case 'jwks':
      return JSON.stringify({ keys: [describe(jwk())] })
    case 'jwk-base64':
      return Buffer.from(JSON.stringify(describe(jwk()))).toString('base64')
  }
}

/** With what verifiers choose a key by: its id, use and algorithm. */
function describe(jwk: JsonWebKey): JsonWebKey {
  return { ...jwk, kid: thumbprint(jwk), use: 'sig', alg: algorithms[jwk.crv ?? 'RSA'] }
}

/** The usual algorithm for a key of that curve (RFC 7518 section 3.1, RFC 8037 section 3.1). */
const algorithms: Readonly<Record<string, string>> = {
  RSA: 'RS256',
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'EdDSA',
}

/** RFC 7638: SHA-256 over the required members only, in the order of their names, without blanks. */
function thumbprint(jwk: JsonWebKey): string {
  const members =
    jwk.kty === 'RSA' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x', ...(jwk.kty === 'EC' ? ['y'] : [])]
  const required = Object.fromEntries(members.map(name => [name, jwk[name]]))
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url')
}

/** VAPID (RFC 8292): the raw numbers of a P-256 key in URL-safe base64, as web push libraries take them. */
export function encodeVapidPrivate(key: Uint8Array): string {
  return privateKeyOf(key).export({ format: 'jwk' }).d ?? ''
}

/** The uncompressed point that belongs to it. `undefined` for a text that is no private key of the curve in that encoding. */
export function vapidPublicOf(privateText: string): string | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(privateText)) return undefined
  try {
    const curve = createECDH('prime256v1')
    curve.setPrivateKey(Buffer.from(privateText, 'base64url'))
    return curve.getPublicKey('base64url')
  } catch {
    return undefined
  }
}
