import { findPlaceholder } from './placeholder.ts'
import { findLiveKey, looksSecret } from './secret-shape.ts'

const userInfo = /([a-z][a-z0-9+.-]{0,40}:\/\/)([^\s/?#@:]{0,256})(?::([^\s/?#@]{0,512}))?@/gi
const parameter =
  /([?&;](?:[\w.-]{0,40}(?:key|token|secret|password|passwd|pwd|sig|signature|auth))=)([^\s&;#]{1,2048})/gi

/** Stands where a secret stood: `init` knows it, and a password inside a URL is found by it. */
export const replacement = 'change-me'

/** Passwords, keys of web addresses and secret parameters inside addresses, replaced by the placeholder. */
export function cleanUrls(text: string): string {
  return text
    .replace(userInfo, (whole, scheme: string, user: string, password: string | undefined) => {
      if (password === undefined)
        return /^https?:/i.test(scheme) && user !== '' ? `${scheme}${replacement}@` : whole
      return isHarmless(password) ? whole : `${scheme}${user}:${replacement}@`
    })
    .replace(parameter, (whole, name: string, value: string) =>
      isHarmless(value) ? whole : `${name}${replacement}`,
    )
}

function isHarmless(password: string): boolean {
  return password === '' || password.startsWith('$') || findPlaceholder(password) !== undefined
}

/**
 * What kind of secret in use stands in a text that is published; quotes nothing of it. A vendor's key by its shape, a private
 * key, an address with a password or parameter that no person made up. Random-looking text alone is none: examples look so too.
 */
export function findLiveSecret(text: string): string | undefined {
  return findLiveKey(text) ?? findEncodedKey(text) ?? findInUrl(text)
}

/** A private key in base64, on one line, or as JSON Web Key. */
function findEncodedKey(text: string): string | undefined {
  const encoded = /^['"]?(LS0tLS1CRUdJTi[A-Za-z0-9+/]{40})/.exec(text.trim())?.[1]
  if (encoded !== undefined && /PRIVATE KEY/.test(Buffer.from(encoded, 'base64').toString('latin1')))
    return 'a private key'
  return /"kty"\s{0,4}:/.test(text) && /"d"\s{0,4}:\s{0,4}"[\w-]{20}/.test(text) ? 'a private key' : undefined
}

function findInUrl(text: string): string | undefined {
  if (!text.includes('://')) return undefined
  for (const [, scheme = '', , password = ''] of text.matchAll(userInfo)) {
    if (!isHarmless(password) && looksChosenForUse(password)) return `an address (${scheme}) with a password`
  }
  for (const [, , value = ''] of text.matchAll(parameter)) {
    if (!isHarmless(value) && looksSecret(value)) return 'an address with a secret parameter'
  }
  return undefined
}

/** Random, or a password as people are told to make them: three kinds of characters, in no word. */
function looksChosenForUse(password: string): boolean {
  if (looksSecret(password)) return true
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter(kind => kind.test(password)).length
  return password.length >= 10 && kinds >= 3
}
