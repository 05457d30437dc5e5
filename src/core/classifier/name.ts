import {
  accountWords,
  imagePassword,
  issuedQualifiers,
  issuedSecretQualifiers,
  neutralWords,
  outsideAccountWords,
  outsideWords,
  ownDoorWords,
  ownWords,
  publicPrefix,
  publicQualifiers,
  serviceWords,
  sharedWords,
  supplyWords,
  trailingWords,
} from './name-words.ts'
import { vendorPairs, vendorWords } from './vendors.ts'

/** The word that says what kind of thing the value is. */
export type Head = 'password' | 'secret' | 'key' | 'token' | 'salt' | 'cookie' | 'iv'

/**
 * Who makes the value, as far as the name says. `own`: a secret of the application itself. `maybe`: a secret, but whose
 * is open. `door`: a token or interface key by which the project guards a door of its own. `issued`: an outside
 * service gives it. `pair`: half of a key pair. `password`: of an account. `supply`: an address, id or
 * name that somebody may have to supply. `plain`: anything else.
 */
export type Role = 'own' | 'maybe' | 'door' | 'issued' | 'pair' | 'password' | 'supply' | 'plain'

export interface NameFacts {
  readonly name: string
  /** In capitals, without the prefix that all of the file shares and without trailing words such as `DEV`. */
  readonly words: readonly string[]
  readonly head: Head | undefined
  /** The words before the head. */
  readonly qualifiers: readonly string[]
  readonly role: Role
  /** The name says that the value is public: `NEXT_PUBLIC_…`, `SITE_KEY`. */
  readonly isPublic: boolean
  readonly hasVendor: boolean
  /** Which kind of service of serviceWords it belongs to. */
  readonly service: string | undefined
  /** Whose account of that service, beside the application's own: `ROOT`, `ADMIN`; empty for the application's. */
  readonly account: string
  /** A container image takes it from its environment. */
  readonly isImagePassword: boolean
  /** For passwords: the account is on a server that the template does not start. */
  readonly isOutsideAccount: boolean
}

const headWords: ReadonlyMap<string, Head> = new Map([
  ['PASSWORD', 'password'],
  ['PASSWORDS', 'password'],
  ['PASSWD', 'password'],
  ['PASSWRD', 'password'],
  ['PASS', 'password'],
  ['PWD', 'password'],
  ['PASSCODE', 'password'],
  ['PASSPHRASE', 'password'],
  ['SECRET', 'secret'],
  ['SECRETS', 'secret'],
  ['KEY', 'key'],
  ['KEYS', 'key'],
  ['TOKEN', 'token'],
  ['TOKENS', 'token'],
  ['SALT', 'salt'],
  ['SALTS', 'salt'],
  ['PEPPER', 'salt'],
  ['COOKIE', 'cookie'],
  ['IV', 'iv'],
])

/** `mail__auth__pass`, `jwtSecret`, `AUTHPASSWORD`, `SECRET_KEY_1` → words in capitals, numbers left out. */
export function splitWords(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .flatMap(splitCompound)
    .filter(word => word !== '' && !/^\d+$/.test(word))
}

const compound =
  /^([A-Z0-9]*?)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API|ACCESS|PRIVATE|PUBLIC|SIGNING|ENCRYPTION|APP|MASTER|LICENSE|SESSION|JWT)(KEY|SECRET|TOKEN)?\d*$/

function splitCompound(word: string): readonly string[] {
  // Words joined by hand are short; the bound keeps the pattern's backtracking small.
  const match = word.length > 64 ? null : compound.exec(word)
  if (match === null) return [word]
  const [, before = '', middle = '', after = ''] = match
  // Only what ends in a head is split: `WHATSAPP` and `GRAPHAPI` stay as they are.
  if (after === '' && !headWords.has(middle)) return [word]
  return [before, middle, after]
}

/** `ownPrefix`: the words that the file's own variables share (see family.ts). */
export function readName(name: string, ownPrefix: readonly string[] = []): NameFacts {
  const words = significantWords(name, ownPrefix)
  const { head, qualifiers } = splitHead(words)
  const hasVendor = words.some(
    (word, at) => vendorWords.has(word) || vendorPairs.has(`${word}_${words[at + 1] ?? ''}`),
  )
  return {
    name,
    words,
    head,
    qualifiers,
    role: roleOf(words, head, qualifiers, hasVendor),
    isPublic: publicPrefix.test(name) || (head === 'key' && publicQualifiers.has(qualifiers.at(-1) ?? '')),
    hasVendor,
    service: Object.keys(serviceWords).find(each => words.some(word => serviceWords[each]?.has(word))),
    account: qualifiers.filter(word => accountWords.has(word)).join('_'),
    isImagePassword: imagePassword.test(words.join('_')),
    isOutsideAccount: hasVendor || qualifiers.some(word => outsideAccountWords.has(word)),
  }
}

function significantWords(name: string, ownPrefix: readonly string[]): readonly string[] {
  const all = splitWords(name)
  const isOwn = ownPrefix.length > 0 && ownPrefix.every((word, at) => all[at] === word)
  const words = isOwn && all.length > ownPrefix.length ? all.slice(ownPrefix.length) : [...all]
  while (words.length > 1 && isTrailing(words.at(-1) ?? '')) words.pop()
  return words
}

function isTrailing(word: string): boolean {
  return trailingWords.has(word) || /^V\d+$/.test(word)
}

function splitHead(words: readonly string[]): { head: Head | undefined; qualifiers: readonly string[] } {
  const head = headWords.get(words.at(-1) ?? '')
  // SECRET_KEY and SECRET_TOKEN are secrets; KEY_SECRET stays with its qualifier KEY.
  const isCompound = (head === 'key' || head === 'token') && words.at(-2) === 'SECRET'
  if (!isCompound) return { head, qualifiers: words.slice(0, -1) }
  return { head: 'secret', qualifiers: words.slice(0, -2) }
}

function roleOf(
  words: readonly string[],
  head: Head | undefined,
  qualifiers: readonly string[],
  hasVendor: boolean,
): Role {
  if (switchVerbs.has(words[0] ?? '') && words.length > 1) return 'plain'
  if (imagePassword.test(words.join('_'))) return 'password'
  if (head === undefined) return supplyWords.has(words.at(-1) ?? '') ? 'supply' : 'plain'
  const isOutside = hasVendor || qualifiers.some(word => outsideWords.has(word))
  return roles[head]({ words, qualifiers, hasVendor, isIssued: isOutside || isAccessPair(words) })
}

interface NameParts {
  readonly words: readonly string[]
  readonly qualifiers: readonly string[]
  readonly hasVendor: boolean
  /** By a word for something outside, or as half of an access pair. */
  readonly isIssued: boolean
}

const roles: Readonly<Record<Head, (parts: NameParts) => Role>> = {
  password: ({ qualifiers, hasVendor }) =>
    !hasVendor && qualifiers.some(word => keyLikePasswords.has(word)) ? 'own' : 'password',
  cookie: ({ qualifiers }) => (qualifiers.some(word => clusterCookies.has(word)) ? 'own' : 'plain'),
  // The initialization vector of a cipher; only its KEY beside it says that it is one (own-key-and-iv).
  iv: () => 'plain',
  salt: ({ hasVendor }) => (hasVendor ? 'issued' : 'own'),
  key: ({ qualifiers, isIssued }) =>
    isPair(qualifiers) ? 'pair' : isIssued ? 'issued' : roleOfKey(qualifiers),
  secret: ({ qualifiers, isIssued }) => (isIssued ? 'issued' : roleOfSecret(qualifiers)),
  token: ({ qualifiers, isIssued }) => (isIssued ? 'issued' : roleOfToken(qualifiers)),
}

/** `REMOVE_API_KEYS`, `REQUIRE_PASSWORD`: a switch, not a secret. */
const switchVerbs = new Set(
  'ENABLE DISABLE ALLOW DENY USE REQUIRE REMOVE HIDE SHOW SKIP IGNORE IS HAS WITH NO CHECK ROTATE'.split(' '),
)

/** Passwords from which an application derives a key, as iron-session does. */
const keyLikePasswords = new Set(['SESSION', 'COOKIE', 'ENCRYPTION', 'IRON'])
/** The shared secret by which Erlang nodes know each other. */
const clusterCookies = new Set(['ERLANG', 'RELEASE', 'NODE'])

/** `PRIVATE` elsewhere than before `KEY` is the prefix of a framework. */
function isPair(qualifiers: readonly string[]): boolean {
  if (/^(?:PRIVATE|PUBLIC)$/.test(qualifiers.at(-1) ?? '')) return true
  return qualifiers.some(word => /^(?:RSA|ECDSA|ED25519|VAPID|PEM|JWK|JWKS|SSH)$/.test(word))
}

/** What only an application of one's own does with a secret, whatever else the name says. */
const cryptoWords = new Set('JWT SESSION COOKIE CSRF XSRF ENCRYPTION ENCRYPT HMAC CIPHER'.split(' '))

function roleOfSecret(qualifiers: readonly string[]): Role {
  const last = qualifiers.at(-1)
  if (last === undefined || last === 'ACCESS') return 'own'
  if (/^(?:CLIENT|CONSUMER|MERCHANT|PARTNER)$/.test(last)) return 'issued'
  // The secret half of an API_KEY or CLIENT_KEY.
  if (last === 'KEY' && issuedQualifiers.has(qualifiers.at(-2) ?? '')) return 'issued'
  if (qualifiers.some(word => cryptoWords.has(word))) return 'own'
  if (issuedSecretQualifiers.has(last)) {
    if (qualifiers.some(word => ownDoorWords.has(word))) return 'door'
    // Tutorials sign their tokens with a bare API_SECRET.
    return last === 'API' && qualifiers.length === 1 ? 'maybe' : 'issued'
  }
  return isOwn(qualifiers) ? 'own' : 'maybe'
}

function roleOfKey(qualifiers: readonly string[]): Role {
  const last = qualifiers.at(-1)
  if (last === undefined) return 'maybe'
  if (publicQualifiers.has(last)) return 'plain'
  if (qualifiers.some(word => cryptoWords.has(word))) return 'own'
  if (issuedQualifiers.has(last)) return qualifiers.some(word => ownDoorWords.has(word)) ? 'door' : 'issued'
  return isOwn(qualifiers) ? 'own' : 'maybe'
}

/** A word for crypto of one's own; one that vendors use too counts only where no word could be a product's name. */
function isOwn(qualifiers: readonly string[]): boolean {
  if (qualifiers.some(word => ownWords.has(word) && !sharedWords.has(word))) return true
  return qualifiers.some(word => sharedWords.has(word)) && qualifiers.every(isKnown)
}

function isKnown(word: string): boolean {
  return ownWords.has(word) || neutralWords.has(word) || ownDoorWords.has(word) || trailingWords.has(word)
}

function roleOfToken(qualifiers: readonly string[]): Role {
  if (qualifiers.some(word => ownDoorWords.has(word))) return 'door'
  return qualifiers.some(word => issuedQualifiers.has(word) || word === 'REFRESH') ? 'issued' : 'maybe'
}

/** `ACCESS_KEY`, `SECRET_ACCESS_KEY`, `ACCESS_KEY_SECRET`: the two halves of what a cloud issues. */
function isAccessPair(words: readonly string[]): boolean {
  return words.some((word, at) => word === 'ACCESS' && words[at + 1] === 'KEY' && words[at - 1] !== 'JWT')
}
