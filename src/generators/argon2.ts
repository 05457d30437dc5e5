import { passwordHash } from './password-hash.ts'

/** The least that OWASP recommends: 19 MiB of memory, two passes, one lane. */
const cost = { m: 19_456, t: 2, p: 1 } as const
const hashBytes = 32

export const argon2 = passwordHash({
  kind: 'argon2',
  summary: 'a password and its Argon2id hash (19 MiB, 2 passes)',
  source: 'RFC 9106, in the PHC string format; OWASP Password Storage Cheat Sheet',
  alphabet: 'A-Za-z0-9+/$=,',
  pattern: /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  async hash(password, salt) {
    const { argon2id } = await import('@noble/hashes/argon2.js')
    const hash = argon2id(password, salt, { ...cost, dkLen: hashBytes })
    const { m, t, p } = cost
    return `$argon2id$v=19$m=${String(m)},t=${String(t)},p=${String(p)}$${unpadded(salt)}$${unpadded(hash)}`
  },
})

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
