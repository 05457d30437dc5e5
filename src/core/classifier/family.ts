import type { AssignmentNode, EnvDocument } from '../env-file/index.ts'
import { ownWords, outsideWords, serviceWords } from './name-words.ts'
import { readName, splitWords, type NameFacts } from './name.ts'
import { readHalf } from './pairs.ts'
import { vendorWords } from './vendors.ts'

/** Where the service of a password is, as far as the template says. */
export type HostKind = 'none' | 'empty' | 'this-machine' | 'same-network' | 'elsewhere'

/** The variables of one template in relation to each other. */
export class Family {
  readonly names: ReadonlyMap<AssignmentNode, NameFacts>
  /** Words of a name, joined by `_`, without the shared prefix → its value. */
  readonly #values = new Map<string, string>()
  /** Kind of service → values of the addresses that the template has for it. */
  readonly #hosts = new Map<string, string[]>()
  /** Half and stem of the halves of key pairs → value. */
  readonly #halves = new Map<string, string>()

  constructor(document: EnvDocument) {
    const prefix = findOwnPrefix(document.assignments.map(({ name }) => name))
    const names = new Map<AssignmentNode, NameFacts>()
    for (const node of document.assignments) {
      const facts = readName(node.name, prefix)
      const value = document.value(node)
      names.set(node, facts)
      const half = readHalf(node.name)
      if (half !== undefined) this.#halves.set(`${half.half} ${half.stem}`, value)
      this.#values.set(facts.words.join('_'), value)
      // Short names are looked up whole too: a prefix may be part of what somebody asks for.
      if (prefix.length > 0) this.#values.set(splitWords(node.name).join('_'), value)
      if (facts.service !== undefined && addressWords.has(facts.words.at(-1) ?? '')) {
        this.#hosts.set(facts.service, [...(this.#hosts.get(facts.service) ?? []), value])
      }
    }
    // A commented-out address can be set, so the service may be elsewhere.
    for (const node of document.nodes) {
      if (node.kind !== 'commented-assignment') continue
      const facts = readName(node.name, prefix)
      if (!addressWords.has(facts.words.at(-1) ?? '')) continue
      const key = facts.words.join('_')
      if (!this.#values.has(key)) this.#values.set(key, '')
    }
    this.names = names
  }

  has(...words: readonly string[]): boolean {
    return this.#values.has(words.join('_'))
  }

  value(...words: readonly string[]): string | undefined {
    return this.#values.get(words.join('_'))
  }

  /** The value of the other half of a pair of keys. */
  valueOfPartner(name: string): string | undefined {
    const found = readHalf(name)
    return found && this.#halves.get(`${found.half === 'private' ? 'public' : 'private'} ${found.stem}`)
  }

  /** What stands beside a secret that a vendor issues: its other half, the account or application it belongs to. */
  hasIssuedSibling({ qualifiers, head }: NameFacts): boolean {
    if (qualifiers.length === 0) return false
    const stem = qualifiers.join('_')
    const isThere = (suffix: string): boolean => this.#values.has(`${stem}_${suffix}`)
    // The application's own block has an id beside its secret too.
    if (stem === 'APP') return isThere('ID') && !['NAME', 'ENV', 'URL', 'DEBUG', 'PORT'].some(isThere)
    return issuedSiblings.some(isThere) || (head === 'secret' && (isThere('KEY') || isThere('PUBLIC_KEY')))
  }

  /** `X_ENABLED=false`, `ENABLE_X=false`: the feature that the variable belongs to is off. */
  isSwitchedOff({ words }: NameFacts): boolean {
    for (let length = words.length - 1; length > 0; length--) {
      const stem = words.slice(0, length)
      for (const name of [
        [...stem, 'ENABLED'],
        [...stem, 'ENABLE'],
        ['ENABLE', ...stem],
        ['USE', ...stem],
      ]) {
        const value = this.value(...name)
        if (value !== undefined) return /^(?:|false|0|no|off|null)$/i.test(value)
      }
    }
    return false
  }

  /** Where the service is whose password this is: by the address beside it, else by any for that kind of service. */
  hostOf({ qualifiers, service, account }: NameFacts): HostKind {
    for (let length = qualifiers.length; length > 0; length--) {
      const stem = qualifiers.slice(0, length).join('_')
      for (const word of addressWords) {
        const value = this.#values.get(`${stem}_${word}`)
        if (value !== undefined) return readHost(value)
      }
    }
    const hosts = service === undefined || account !== '' ? undefined : this.#hosts.get(service)
    return hosts?.[0] === undefined ? 'none' : readHost(hosts[0])
  }

  /** The value of the user name that goes with a password. */
  userOf({ qualifiers }: NameFacts): string | undefined {
    for (let length = qualifiers.length; length > 0; length--) {
      const stem = qualifiers.slice(0, length)
      for (const word of ['USER', 'USERNAME', 'LOGIN', 'USER_NAME']) {
        const value = this.value(...stem, word)
        if (value !== undefined) return value
      }
    }
    return undefined
  }
}

const addressWords: ReadonlySet<string> = new Set([
  'HOST',
  'HOSTNAME',
  'HOSTS',
  'SERVER',
  'URL',
  'URI',
  'ADDR',
  'ADDRESS',
  'ENDPOINT',
  'DSN',
  'SOCKET',
  'SERVERS',
  'BROKERS',
  'BROKER',
  'NODES',
])

const issuedSiblings =
  `ID CLIENT_ID APP_ID APP_KEY API_KEY API_ID ACCESS_KEY ACCESS_KEY_ID ACCESS_ID KEY_ID PUBLISHABLE_KEY ACCOUNT_SID
  ACCOUNT_ID CLIENT_KEY TENANT_ID MERCHANT_ID SITE_KEY CONSUMER_KEY PROJECT_ID ORG_ID WORKSPACE_ID BUCKET REGION
  API_TOKEN API_SECRET`.split(/\s+/)

/** Fewer names than this share a word by chance. */
const fewestNames = 5

/** The first word of at least half of the names: the project's own name, which says nothing of a single variable. */
function findOwnPrefix(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const name of names) {
    const first = /^[A-Za-z0-9]+(?=_)/.exec(name)?.[0].toUpperCase()
    if (first !== undefined) counts.set(first, (counts.get(first) ?? 0) + 1)
  }
  for (const [word, count] of counts) {
    if (count >= fewestNames && count * 2 >= names.length && !isMeaningful(word)) return [word]
  }
  return []
}

function isMeaningful(word: string): boolean {
  const isService = Object.values(serviceWords).some(words => words.has(word))
  return isService || vendorWords.has(word) || ownWords.has(word) || outsideWords.has(word)
}

function readHost(value: string): HostKind {
  const text = value.trim().toLowerCase()
  if (/^(?:|null|none)$/.test(text)) return 'empty'
  const host = /^(?:[a-z0-9+.:-]{1,40}:\/\/)?(?:[^\s/@]*@)?\[?([^\s/?#\],:]*)/.exec(text)?.[1] ?? ''
  if (/^(?:localhost|127\.|0\.0\.0\.0|::1|host\.docker\.internal)/.test(host)) return 'this-machine'
  return /^[a-z0-9][\w-]*$/.test(host) && !/your|example|change/.test(host) ? 'same-network' : 'elsewhere'
}
