import type { KeyPairs, KeyPairSpec } from '../context.ts'

/** OpenSSL's key generation, off the main thread. Its module is loaded at the first use: few commands make keys. */
export const systemKeyPairs: KeyPairs = {
  generate: spec =>
    new Promise((resolve, reject) => {
      const done = (error: Error | null, _public: unknown, key: Buffer): void => {
        if (error === null) resolve(key)
        else reject(error)
      }
      start(spec, done)
    }),
}

const encoding = {
  publicKeyEncoding: { format: 'der', type: 'spki' },
  privateKeyEncoding: { format: 'der', type: 'pkcs8' },
} as const

function start(spec: KeyPairSpec, done: (error: Error | null, publicKey: Buffer, key: Buffer) => void): void {
  const { generateKeyPair } = process.getBuiltinModule('node:crypto')
  switch (spec.type) {
    case 'rsa':
      generateKeyPair('rsa', { modulusLength: spec.bits, publicExponent: 0x10001, ...encoding }, done)
      break
    case 'ec':
      generateKeyPair('ec', { namedCurve: spec.curve, ...encoding }, done)
      break
    case 'ed25519':
      generateKeyPair('ed25519', encoding, done)
      break
  }
}
