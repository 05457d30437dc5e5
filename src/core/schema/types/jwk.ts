import type { ValueTypeDefinition } from '../value-type.ts'

/** What RFC 7518 and RFC 8037 ask of each kind of key. */
const needed: Readonly<Record<string, readonly string[]>> = {
  oct: ['k'],
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
}

export const jwkType: ValueTypeDefinition = {
  id: 'jwk',
  check: value =>
    isJwk(value)
      ? undefined
      : {
          problem: 'must be a JSON Web Key',
          fix: 'write one JSON object with kty and the members of its kind',
        },
}

function isJwk(value: string): boolean {
  try {
    const key: unknown = JSON.parse(value)
    if (typeof key !== 'object' || key === null || !('kty' in key)) return false
    const { kty } = key
    if (typeof kty !== 'string' || !Object.hasOwn(needed, kty)) return false
    const members = new Map<string, unknown>(Object.entries(key))
    return (needed[kty] ?? []).every(member => {
      const text: unknown = members.get(member)
      return typeof text === 'string' && /^[A-Za-z0-9_-]+$/.test(text)
    })
  } catch {
    // The parser's own message quotes the text.
    return false
  }
}
