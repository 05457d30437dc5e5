import { type KeyEncoding, parseForm } from '../form.ts'
import type { Family } from './family.ts'
import { splitWords } from './name.ts'
import { publicPrefix } from './name-words.ts'
import type { Decided } from './relations.ts'
import type { Scope, Variable } from './variable.ts'

/** Where words about a pair of keys may stand: often one comment for both halves. */
export const pairScopes: readonly Scope[] = ['value', 'inline', 'direct', 'covering', 'named', 'section']

export type Half = 'private' | 'public'

/** Which half of a pair a name says it is, and what both names share; `undefined` for other names. */
export function readHalf(name: string): { readonly half: Half; readonly stem: string } | undefined {
  const words = splitWords(name.replace(publicPrefix, ''))
  const at = words.findIndex(word => word === 'PRIVATE' || word === 'PUBLIC')
  const rest = words.filter((_, index) => index !== at)
  if (at === -1 || !rest.some(word => keyWords.has(word))) return undefined
  return { half: words[at] === 'PRIVATE' ? 'private' : 'public', stem: rest.join('_') }
}

const keyWords = new Set(['KEY', 'KEYS', 'PEM', 'JWK', 'JWKS', 'KEYSET'])

/**
 * Words that tell that the application itself made the pair. Vendors hand out pairs too, and wallets and servers have some that
 * stand for money and access: without one of these words a pair is never generated.
 */
const ownWords = new Set(
  `JWT JWTS JWS JWE JWK JWKS TOKEN TOKENS AUTH SIGNING SIGN SIGNATURE SESSION ENCRYPTION OIDC OPENID PASSPORT RSA ECDSA
  ED25519 EDDSA VAPID`.split(/\s+/),
)
/** Pairs of other kinds, or somebody else's. */
const foreignWords = new Set('SSH DKIM WALLET DEPLOYER SAML GPG PGP TLS SSL APNS AGE ACME HOST'.split(' '))

export function isOwnPair({
  words,
  hasVendor,
}: {
  readonly words: readonly string[]
  readonly hasVendor: boolean
}): boolean {
  return !hasVendor && words.some(word => ownWords.has(word)) && !words.some(word => foreignWords.has(word))
}

/** The form of a private half: which kind of key, by words and values around it, and how it is written. */
export function formOfPair(variable: Variable): string {
  const kind = kindOfPair(variable)
  const encoding = encodingOf(variable)
  return kind === 'vapid' || encoding === undefined || encoding === 'pem' ? kind : `${kind}:${encoding}`
}

function kindOfPair(variable: Variable): string {
  const { name, text, family } = variable
  if (name.words.includes('VAPID')) return 'vapid'
  const hint = variable.hint(pairScopes, 'pair')
  const named = name.words.find(word => kindsByName.has(word))
  return (
    hint?.form ??
    (named === undefined ? undefined : kindsByName.get(named)) ??
    kindOfText(text) ??
    kindOfAlgorithm(family) ??
    usualKind
  )
}

/** What most libraries for tokens take, in the smallest size of 128 bits. */
const usualKind = 'rsa:3072'

const kindsByName: ReadonlyMap<string, string> = new Map([
  ['RSA', usualKind],
  ['ECDSA', 'ec:256'],
  ['ED25519', 'ed25519'],
  ['EDDSA', 'ed25519'],
])

function kindOfText(text: string): string | undefined {
  const head = decode(text).slice(0, 4096)
  if (/-----BEGIN RSA |"kty"\s*:\s*"RSA"/.test(head)) return usualKind
  if (/-----BEGIN EC |"kty"\s*:\s*"EC"/.test(head)) return 'ec:256'
  return /"kty"\s*:\s*"OKP"/.test(head) ? 'ed25519' : undefined
}

/** `JWT_ALGORITHM=ES384` beside it. */
function kindOfAlgorithm(family: Family): string | undefined {
  for (const words of [['JWT', 'ALGORITHM'], ['JWT', 'ALGO'], ['JWT', 'ALG'], ['ALGORITHM']]) {
    const found = kindsByAlgorithm.get(family.value(...words) ?? '')
    if (found !== undefined) return found
  }
  return undefined
}

const kindsByAlgorithm: ReadonlyMap<string, string> = new Map([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map(name => [name, usualKind] as const),
  ['ES256', 'ec:256'],
  ['ES384', 'ec:384'],
  ['ES512', 'ec:521'],
  ['EdDSA', 'ed25519'],
])

/** How a key is written: as the one that stands there, else as the name or a comment says. */
function encodingOf(variable: Variable): KeyEncoding | undefined {
  const { text, name } = variable
  const ofText = encodingOfText(text)
  if (ofText !== undefined) return ofText
  const words = splitWords(name.name)
  const isBase64 = words.some(word => word === 'BASE64' || word === 'B64')
  if (words.includes('JWKS') || words.includes('KEYSET')) return 'jwks'
  if (words.includes('JWK')) return isBase64 ? 'jwk-base64' : 'jwk'
  const comments = variable.comments.slice(0, 2).map(group => group.text)
  return isBase64 || comments.some(comment => /\bbase64\b/i.test(comment)) ? 'base64' : undefined
}

function encodingOfText(text: string): KeyEncoding | undefined {
  const isEncoded = /^[A-Za-z0-9+/_-]{64,}={0,2}$/.test(text)
  const head = decode(text).trimStart()
  if (head.startsWith('-----BEGIN')) return isEncoded ? 'base64' : text.includes('\\n') ? 'escaped' : 'pem'
  if (!head.startsWith('{')) return undefined
  return isEncoded ? 'jwk-base64' : /"keys"\s*:/.test(head) ? 'jwks' : 'jwk'
}

/** The text of a value in base64, as far as it is one. */
function decode(text: string): string {
  return /^[A-Za-z0-9+/_-]{64,}={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('latin1') : text
}

/** Whether the value is a key as it stands, in one of the encodings. */
export function isKeyText(text: string): boolean {
  return encodingOfText(text) !== undefined
}

/**
 * The public half follows a private one that is generated, whatever it was by itself. Gives the outcomes that change.
 */
export function relatePairs(
  variables: readonly Variable[],
  decided: ReadonlyMap<string, Decided>,
): ReadonlyMap<string, Decided> {
  const sources = new Map<string, Variable>()
  for (const variable of variables) {
    const found = readHalf(variable.name.name)
    const own = decided.get(variable.name.name)
    if (found?.half === 'private' && own?.decision === 'generate' && isPairForm(own.form))
      sources.set(found.stem, variable)
  }
  const changed = new Map<string, Decided>()
  for (const variable of variables) {
    const found = readHalf(variable.name.name)
    const source = found?.half === 'public' ? sources.get(found.stem) : undefined
    if (source === undefined || !isOpen(variable) || decided.get(variable.name.name)?.confidence === 1)
      continue
    changed.set(variable.name.name, {
      decision: 'generate',
      form: formOfPublic(variable, source, decided.get(source.name.name)?.form ?? ''),
      reason: `the public half of ${source.name.name}`,
      confidence: 0.85,
      rule: 'public-half',
    })
  }
  return changed
}

function isPairForm(form = ''): boolean {
  return /^(?:rsa|ec|ed25519|vapid)(?::|$)/.test(form)
}

function formOfPublic(variable: Variable, source: Variable, sourceForm: string): string {
  const own = encodingOf(variable)
  const isOther =
    own !== undefined && own !== (parseForm(sourceForm).encoding ?? 'pem') && sourceForm !== 'vapid'
  return `public-of:${source.name.name}${isOther ? `:${own}` : ''}`
}

/** Nothing stands there that is something else than a key: no path, no switch, no reference. */
export function isOpen({ value, text }: Pick<Variable, 'value' | 'text'>): boolean {
  switch (value.kind) {
    case 'empty':
    case 'unset':
    case 'key-material':
      return true
    case 'text':
    case 'structure':
      return value.placeholder !== undefined || isKeyText(text)
    case 'setting':
    case 'reference':
    case 'path':
    case 'url':
      return false
    default:
      value.kind satisfies never
      return false
  }
}
