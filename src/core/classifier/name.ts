import {
  accountWords,
  imagePassword,
  issuedQualifiers,
  issuedSecretQualifiers,
  outsideAccountWords,
  outsideWords,
  ownDoorWords,
  ownWords,
  publicPrefix,
  publicQualifiers,
  serviceWords,
  supplyWords,
  trailingWords,
} from './name-words.ts'
import { vendorPairs, vendorWords } from './vendors.ts'

/** The word that says what kind of thing the value is. */
export type Head = 'password' | 'secret' | 'key' | 'token' | 'salt' | 'cookie'

/**
 * Who makes the value, as far as the name says. `own`: a secret of the application itself. `maybe`: a secret, but
 * whose is open. `door`: a token or interface key by which the project guards a door of its own. `issued`: an
 * outside service gives it. `pair`: half of a key pair. `password`: of an account. `supply`: an
 * address, id or name that somebody may have to supply. `plain`: anything else.
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
  /** For passwords and service keys: which kind of service, and whose account of it. */
  readonly service: string | undefined
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
])

/** `mail__auth__pass`, `jwtSecret`, `AUTHPASSWORD`, `SECRET_KEY_1` → words in capitals. */
export function splitWords(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .flatMap(splitCompound)
    .filter(word => word !== '' && !/^\d+$/.test(word))
}

const compound =
  /^([A-Z0-9]*?)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API|SECRET|ACCESS|PRIVATE|PUBLIC|SIGNING|ENCRYPTION|APP|MASTER|LICENSE|SESSION|JWT)(KEY|SECRET|TOKEN)?\d*$/

function splitCompound(word: string): readonly string[] {
  const match = compound.exec(word)
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
  const isPublic =
    publicPrefix.test(name) || (head === 'key' && publicQualifiers.has(qualifiers.at(-1) ?? ''))
  const hasVendor = isVendor(words)
  const role = roleOf(words, head, qualifiers, hasVendor)
  const service = Object.keys(serviceWords).find(each => words.some(word => serviceWords[each]?.has(word)))
  return {
    name,
    words,
    head,
    qualifiers,
    role,
    isPublic,
    hasVendor,
    service,
    account: qualifiers.filter(word => accountWords.has(word)).join('_'),
    isImagePassword: imagePassword.test(words.join('_')),
    isOutsideAccount: hasVendor || qualifiers.some(word => outsideAccountWords.has(word)),
  }
}

function significantWords(name: string, ownPrefix: readonly string[]): readonly string[] {
  const all = splitWords(name)
  const isOwn = ownPrefix.length > 0 && ownPrefix.every((word, at) => all[at] === word)
  const words = isOwn && all.length > ownPrefix.length ? all.slice(ownPrefix.length) : [...all]
  while (words.length > 1 && trailingWords.has(words.at(-1) ?? '')) words.pop()
  return words
}

function splitHead(words: readonly string[]): { head: Head | undefined; qualifiers: readonly string[] } {
  const head = headWords.get(words.at(-1) ?? '')
  if (head === undefined) return { head, qualifiers: words.slice(0, -1) }
  const before = words.at(-2)
  // SECRET_KEY and SECRET_TOKEN are secrets; KEY_SECRET stays with its qualifier KEY.
  const isCompound = (head === 'key' || head === 'token') && before === 'SECRET'
  return isCompound
    ? { head: 'secret', qualifiers: words.slice(0, -2) }
    : { head, qualifiers: words.slice(0, -1) }
}

function isVendor(words: readonly string[]): boolean {
  return words.some((word, at) => vendorWords.has(word) || vendorPairs.has(`${word}_${words[at + 1] ?? ''}`))
}

function roleOf(
  words: readonly string[],
  head: Head | undefined,
  qualifiers: readonly string[],
  hasVendor: boolean,
): Role {
  if (head === undefined) return supplyWords.has(words.at(-1) ?? '') ? 'supply' : 'plain'
  const has = (table: ReadonlySet<string>): boolean => qualifiers.some(word => table.has(word))
  if (head === 'password') {
    const isKeyLike = qualifiers.some(word => /^(?:SESSION|COOKIE|ENCRYPTION|IRON)$/.test(word))
    return isKeyLike && !hasVendor ? 'own' : 'password'
  }
  if (isPair(qualifiers, head)) return 'pair'
  if (hasVendor || isAccessPair(words)) return 'issued'
  if (head === 'cookie') return has(new Set(['ERLANG', 'RELEASE', 'NODE'])) ? 'own' : 'plain'
  if (head === 'salt') return 'own'
  if (head === 'token') return roleOfToken(qualifiers)
  if (has(outsideWords)) return 'issued'
  const last = qualifiers.at(-1) ?? ''
  if (head === 'secret') return roleOfSecret(qualifiers, last)
  if (issuedQualifiers.has(last)) return has(ownDoorWords) ? 'door' : 'issued'
  if (publicQualifiers.has(last)) return 'plain'
  if (qualifiers.length === 0) return 'maybe'
  return has(ownWords) ? 'own' : 'maybe'
}

function roleOfSecret(qualifiers: readonly string[], last: string): Role {
  if (issuedSecretQualifiers.has(last)) {
    const isOwnDoor = qualifiers.some(word => ownDoorWords.has(word))
    return isOwnDoor ? 'door' : last === 'API' && qualifiers.length === 1 ? 'maybe' : 'issued'
  }
  const isBare = qualifiers.length === 0
  return isBare || last === 'ACCESS' || qualifiers.some(word => ownWords.has(word)) ? 'own' : 'maybe'
}

function roleOfToken(qualifiers: readonly string[]): Role {
  if (qualifiers.some(word => outsideWords.has(word))) return 'issued'
  if (qualifiers.some(word => ownDoorWords.has(word))) return 'door'
  return qualifiers.some(word => issuedQualifiers.has(word)) ? 'issued' : 'maybe'
}

function isPair(qualifiers: readonly string[], head: Head): boolean {
  if (head !== 'key') return false
  return qualifiers.some(word => /^(?:PRIVATE|PUBLIC|RSA|ECDSA|ED25519|VAPID|PEM|JWK|JWKS|SSH)$/.test(word))
}

/** `ACCESS_KEY`, `SECRET_ACCESS_KEY`, `ACCESS_KEY_SECRET`: the two halves of what a cloud issues. */
function isAccessPair(words: readonly string[]): boolean {
  return words.some((word, at) => word === 'ACCESS' && words[at + 1] === 'KEY')
}
