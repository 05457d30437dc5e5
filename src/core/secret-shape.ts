import { findPlaceholder } from './placeholder.ts'

interface Shape {
  /** A noun phrase; quotes nothing of the value. */
  readonly what: string
  readonly pattern: RegExp
}

/** Texts that only a key in use has: issuers mark them so that they are found. Bounded, so that they run in linear time. */
const shapes: readonly Shape[] = [
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY-----/ },
  { what: 'a live key of Stripe', pattern: /\b[rs]k_live_[A-Za-z0-9]{10}/ },
  { what: 'an access key of AWS', pattern: /\b(?:AKIA|ASIA)(?![A-Z0-9]{0,9}EXAMPLE)[A-Z0-9]{16}\b/ },
  { what: 'a token of GitHub', pattern: /\bgh[pousr]_[A-Za-z0-9]{30}|\bgithub_pat_[A-Za-z0-9_]{40}/ },
  { what: 'a token of GitLab', pattern: /\bglpat-[\w-]{18}/ },
  {
    what: 'a token of Slack',
    pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10}|hooks\.slack\.com\/services\/T\w{6,20}\/B/,
  },
  { what: 'a webhook of Discord', pattern: /discord(?:app)?\.com\/api\/webhooks\/\d{10,20}\/[\w-]{20}/ },
  { what: 'a key of SendGrid', pattern: /\bSG\.[\w-]{16,32}\.[\w-]{16}/ },
  { what: 'a key of OpenAI or Anthropic', pattern: /\bsk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9]{2}[\w-]{18}/ },
  { what: 'a key of Google', pattern: /\bAIza[\w-]{35}|\bya29\.[\w-]{20}|\bGOCSPX-[\w-]{20}/ },
  { what: 'a token of npm', pattern: /\bnpm_[A-Za-z0-9]{30}/ },
  { what: 'a token of Shopify', pattern: /\bshp(?:at|ss|ca|pa)_[0-9a-f]{24}/ },
  { what: 'a token of DigitalOcean', pattern: /\bdo[opr]_v1_[0-9a-f]{40}/ },
  { what: 'a key of Mailgun', pattern: /\bkey-[0-9a-f]{32}\b/ },
  { what: 'a webhook secret', pattern: /\bwhsec_[A-Za-z0-9+/]{24}/ },
]

/** Longer values are judged by their start: keys are short, and documents hold anything. */
const longest = 16_384

/** What kind of live key a text holds; `undefined` for placeholders, test keys, and everything that only looks random. */
export function findLiveKey(value: string): string | undefined {
  const text = value.slice(0, longest)
  if (findPlaceholder(text) !== undefined) return undefined
  return shapes.find(({ pattern }) => pattern.test(text))?.what
}

/**
 * Whether a text may be a secret by its looks alone: a live key, a signed token, or something as random as a generated value.
 * Errs on the side of yes: it decides what is not published.
 */
export function looksSecret(value: string): boolean {
  const text = value.trim().slice(0, longest)
  if (findPlaceholder(text) !== undefined) return false
  if (findLiveKey(text) !== undefined || /\beyJ[\w-]{8,4096}\.[\w-]{8}/.test(text)) return true
  return (text.match(/[A-Za-z0-9+/=_~-]{16,}/g) ?? []).some(looksRandom)
}

/** Sixteen characters and more without a break, of which a person would have written words. */
function looksRandom(text: string): boolean {
  if (/^[0-9a-f]{16,}$|^[0-9A-F]{16,}$/.test(text)) return /\d/.test(text) && new Set(text).size > 4
  // Parts of words and paths end at their separators.
  return (
    text.split(/[-_/=]/).some(part => part.length >= 12 && isMixed(part)) ||
    isMixed(text.replace(/[-_/=+]/g, ''))
  )
}

/** Digits among letters, or capitals inside, as no word of a language has them. */
function isMixed(text: string): boolean {
  if (text.length < 12) return false
  // Words that begin with a capital, as in names of classes and places.
  const plain = text.replace(/[A-Z](?=[a-z]{3})/g, letter => letter.toLowerCase())
  let changes = 0
  for (let at = 1; at < plain.length; at += 1) {
    if (kindOf(plain.charAt(at)) !== kindOf(plain.charAt(at - 1))) changes += 1
  }
  return changes >= Math.max(4, text.length / 5)
}

function kindOf(character: string): 'digit' | 'upper' | 'lower' {
  if (/\d/.test(character)) return 'digit'
  return character === character.toUpperCase() ? 'upper' : 'lower'
}
