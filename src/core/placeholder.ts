import { patterns, type PlaceholderKind, type PlaceholderSort } from './placeholder-patterns.ts'

export type { PlaceholderKind, PlaceholderSort } from './placeholder-patterns.ts'

export interface Placeholder {
  readonly kind: PlaceholderKind
  readonly sort: PlaceholderSort
  /** A noun phrase that completes "the value is …"; quotes nothing of the value. */
  readonly reason: string
}

/**
 * Whether a value is a placeholder or a published default, and why; `undefined` when it is neither, or empty. Never
 * throws, and takes time linear in the value's length. Ask only for values that should be secret or supplied by
 * somebody: a name such as `session_token` consists of the same words as a lazy secret does. A URL is judged by its
 * password and host too.
 */
export function findPlaceholder(value: string): Placeholder | undefined {
  const text = value.trim()
  if (text === '' || text.length > longest) return undefined
  const url = text.includes('://') ? splitUrl(text) : undefined
  if (url === undefined) return findInText(text)
  return findInUrl(url)
}

/** Words that somebody wrote to be replaced are short; long values are keys, certificates and documents. */
const longest = 256

function findInText(text: string): Placeholder | undefined {
  const lower = text.toLowerCase()
  const letters = lower.replace(/[^a-z]+/g, '')
  for (const { kind, sort, reason, pattern, letters: isLetters, needs } of patterns) {
    const within = isLetters === true ? letters : lower
    if (needs !== undefined && !needs.some(word => within.includes(word))) continue
    if (isLetters === true && !isWordy(text)) continue
    if (pattern.test(isLetters === true ? letters : text)) return { kind, sort, reason }
  }
  if (wellKnownDefaults.has(lower))
    return { kind: 'default', sort: 'default', reason: 'a well-known default' }
  if (isLazySecret(text))
    return { kind: 'placeholder', sort: 'words', reason: 'made of everyday words for secrets' }
  return undefined
}

/** Random text spells words by chance; words that a person wrote stand in runs of letters with few digits. */
function isWordy(text: string): boolean {
  const digits = text.replace(/[^0-9]/g, '').length
  return digits * 2 <= text.length
}

interface UrlParts {
  readonly user: string
  readonly password: string | undefined
  readonly rest: string
}

function splitUrl(text: string): UrlParts | undefined {
  const match = /^[A-Za-z][A-Za-z0-9+.-]{0,40}:\/\/([^\s/?#]*)(.*)$/s.exec(text)
  if (match === null) return undefined
  const [, authority = '', rest = ''] = match
  const at = authority.lastIndexOf('@')
  const [user = '', ...password] = authority.slice(0, Math.max(at, 0)).split(':')
  return {
    user,
    password: password.length === 0 ? undefined : password.join(':'),
    rest: authority.slice(at + 1) + rest,
  }
}

/** What tells in a host or path that it is to be replaced; other words may stand there by right. */
const sortsOfUrls: ReadonlySet<PlaceholderSort> = new Set([
  'blank',
  'mask',
  'x-row',
  'change',
  'replace',
  'generate',
  'your',
  'example-address',
])

function findInUrl({ user, password, rest }: UrlParts): Placeholder | undefined {
  const inPassword =
    password === undefined || password === '' || password.startsWith('$') ? undefined : findInText(password)
  const found =
    inPassword === undefined
      ? undefined
      : { ...inPassword, reason: `an address whose password is ${inPassword.reason}` }
  if (found?.kind === 'placeholder') return found
  if (/^(?:host(?:name)?|server|address|ip):port\b|^(?:host|hostname)(?=[:/]|$)/i.test(rest)) {
    return { kind: 'placeholder', sort: 'blank', reason: 'a blank to fill in' }
  }
  for (const part of [user, rest]) {
    const other = part === '' || part.startsWith('$') ? undefined : findInText(part)
    if (other !== undefined && sortsOfUrls.has(other.sort)) return other
  }
  return found
}

/** Passwords and users that software ships with. Compared in lower case. */
const wellKnownDefaults: ReadonlySet<string> = new Set(
  `postgres postgresql mysql mariadb mongo mongodb redis rabbitmq guest root admin administrator minio minioadmin
  admin123 admin1234 password password1 password123 password1234 passw0rd p@ssw0rd p@ssword pa55word pass pass123 pass1234
  passwd pwd secret secret123 supersecret s3cret test test123 test1234 testtest demo user user123 username toor sa
  changeit letmein welcome welcome1 master hunter2 foobar foo bar baz default 123 1234 12345 root123 rootpassword dev development
  local localhost temp tmp none null nothing hello helloworld elastic neo4j keycloak grafana sonar nexus jenkins`.split(
    /\s+/,
  ),
)

/** A lazy secret has one of these … */
const coreWords =
  `secret secrets password passwd pass pwd passphrase token key salt pepper insecure unsafe credential cookie
  jwt session hash nonce`.split(/\s+/)
/** … and nothing besides these. */
const fillerWords =
  `a an the is are this that my our some any of for to in on at and or with not no so very super duper top ultra
  mega really even more most less much strong long short random simple weak good bad big dev develop development local only test tests testing
  staging prod production prd demo sample example default dummy fake mock temp temporary access refresh forgot confirm reset email mail
  verify verification auth authentication login sign signing signed signature private public api app application application web
  server client service user users admin root encryption encrypt encrypted string text value word phrase char chars
  character characters exactly least must be minimum min max here please use it do me i you we keep safe just
  hex base base64 digits digit number numbers bit bits byte bytes generic db database webhook oauth internal shared master
  data id sample unused unknown another new old first second one two three four env environment hs256 django rails flask laravel node
  express next spring`.split(/\s+/)
const knownWords: ReadonlySet<string> = new Set([...coreWords, ...fillerWords])
const coreWordSet: ReadonlySet<string> = new Set(coreWords)
const longestWord = Math.max(...[...knownWords].map(word => word.length))
/** A sentence of this length is no key that anybody committed by accident. */
const longestLazySecret = 80

/** `very-s3cret-session-key`, `justatestsecret`, `token_for_email`: only known words, one of them a word for a secret. */
function isLazySecret(text: string): boolean {
  if (text.length > longestLazySecret || !hasCoreWord(text)) return false
  const plain = text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/(?<=[a-z])3(?=[a-z])/g, 'e')
    .replace(/(?<=[a-z])0(?=[a-z])/g, 'o')
    .replace(/[@4](?=[a-z])/g, 'a')
    .replace(/(?<=[a-z])\$+/g, 's')
  const runs = plain.match(/[a-z]+/g) ?? []
  const rest = plain.replace(/[a-z\s._\-!?,:;+/]+/g, '')
  if (runs.length === 0 || rest.replace(/\D/g, '').length > 6 || /\D/.test(rest)) return false
  let hasCore = false
  for (const run of runs) {
    const words = splitWords(run)
    if (words === undefined) return false
    hasCore ||= words.some(word => coreWordSet.has(word))
  }
  return hasCore
}

/** Cheap, and never wrong where it says no: the digits and signs that may stand for letters are all read as letters. */
function hasCoreWord(text: string): boolean {
  const read = text.toLowerCase().replace(/[304@]|\$+/g, sign => letterOf[sign[0] ?? ''] ?? '')
  return coreWords.some(word => read.includes(word))
}

const letterOf: Readonly<Record<string, string>> = { '3': 'e', '0': 'o', '4': 'a', '@': 'a', $: 's' }

/** The fewest known words that spell `run`; `undefined` where none do. */
function splitWords(run: string): readonly string[] | undefined {
  const best: (readonly string[] | undefined)[] = [[]]
  for (let end = 1; end <= run.length; end++) {
    for (let start = Math.max(0, end - longestWord); start < end; start++) {
      const before = best[start]
      const word = run.slice(start, end)
      if (before === undefined || !knownWords.has(word)) continue
      const known = best[end]
      if (known === undefined || before.length + 1 < known.length) best[end] = [...before, word]
    }
  }
  return best[run.length]
}
