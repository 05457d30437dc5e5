import type { Decision, Replacement } from './decision.ts'
import { findLanguageAmong } from '../template-language.ts'
import { accountWords, genericDatabaseWords } from './name-words.ts'
import type { Outcome, Variable } from './variable.ts'

export type Decided = Outcome & Pick<Decision, 'rule' | 'from' | 'replace' | 'isWithheld' | 'value'>

/** A shorter password is found in other texts by chance. */
const shortest = 3

/**
 * Second pass: a value that repeats or embeds one that will be generated must follow it, or the parts of a set-up no longer
 * fit together. Gives the outcomes that change.
 */
export function relate(
  variables: readonly Variable[],
  decided: ReadonlyMap<string, Decided>,
): ReadonlyMap<string, Decided> {
  const changed = new Map<string, Decided>()
  const isGenerated = ({ name }: Variable): boolean =>
    decided.get(name.name)?.decision === 'generate' && !changed.has(name.name)
  const generated = new Sources(variables.filter(isGenerated))
  if (generated.isEmpty) return changed
  for (const variable of variables) {
    const own = decided.get(variable.name.name)
    if (own === undefined || own.confidence === 1) continue
    const source = findStated(variable, generated) ?? findTwin(variable, own, generated)
    if (source !== undefined && isGenerated(source)) changed.set(variable.name.name, followOf(source))
  }
  const left = new Sources(variables.filter(isGenerated))
  for (const variable of variables) {
    const own = decided.get(variable.name.name)
    if (own === undefined || own.confidence === 1 || own.decision === 'generate') continue
    const embedded = findEmbedded(variable, left)
    if (embedded !== undefined) changed.set(variable.name.name, embedded)
  }
  return changed
}

/** More variables with one text and one service than this are no real template; it bounds the work for hostile ones. */
const mostTwins = 50

/** The variables that are generated, by name and by what the template has for them. */
export class Sources {
  readonly #byName: ReadonlyMap<string, Variable>
  readonly #byText = new Map<string, Variable[]>()

  constructor(variables: readonly Variable[]) {
    this.#byName = new Map(variables.map(variable => [variable.name.name, variable]))
    for (const variable of variables) {
      const { head, service } = variable.name
      if (head !== 'password' && service === undefined) continue
      for (const key of [textKey(variable.text, service), textKey(variable.text, 'any')]) {
        const known = this.#byText.get(key)
        if (known === undefined) this.#byText.set(key, [variable])
        else if (known.length < mostTwins) known.push(variable)
      }
    }
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0
  }

  find(name: string): Variable | undefined {
    return this.#byName.get(name)
  }

  /** Passwords and keys of services with this text; of one kind of service, or of `any`. */
  withText(text: string, service: string | undefined): readonly Variable[] {
    return this.#byText.get(textKey(text, service)) ?? []
  }
}

function textKey(text: string, service: string | undefined): string {
  return `${service ?? ''}:${text}`
}

export function followOf({ name }: Variable): Decided {
  return {
    decision: 'derive',
    from: `same-as:${name.name}`,
    reason: `the same account as ${name.name}`,
    confidence: 0.85,
    rule: 'same-value',
  }
}

/** "must be the same as NAME" in the comment of a secret whose own value does not say otherwise. */
function findStated(variable: Variable, generated: Sources): Variable | undefined {
  if (variable.name.head === undefined) return undefined
  for (const { text } of variable.comments.slice(0, 2)) {
    const stated = statedPattern.exec(text)?.[1]
    if (stated === undefined) continue
    const source = stated === variable.name.name ? undefined : generated.find(stated)
    const isFree =
      variable.text === '' || variable.text === source?.text || variable.value.placeholder !== undefined
    if (source !== undefined && isFree) return source
  }
  return undefined
}

const statedPattern =
  /\b(?:same|identical|match(?:es|ing)?|equals?)\b[^A-Z\n]{0,40}([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/

/** Another variable for the same account of the same service, with the same text in the template. */
export function findTwin(variable: Variable, own: Decided, generated: Sources): Variable | undefined {
  const { name, text } = variable
  const isSecret = name.head === 'password' || (name.role === 'issued' && name.service === 'storage')
  if (!isSecret || name.service === undefined || (own.decision !== 'generate' && text === ''))
    return undefined
  return generated
    .withText(text, name.service)
    .find(
      other =>
        other !== variable &&
        other.name.head === 'password' &&
        isSameAccount(other, variable) &&
        comesFirst(other, variable, own),
    )
}

/** Of two that are generated the one that the service's image reads leads, else the first. */
function comesFirst(other: Variable, variable: Variable, own: Decided): boolean {
  if (own.decision !== 'generate') return true
  if (other.name.isImagePassword !== variable.name.isImagePassword) return other.name.isImagePassword
  return other.node.line < variable.node.line
}

function isSameAccount(a: Variable, b: Variable): boolean {
  if (a.name.service !== b.name.service) return false
  // The keys of an object store are those of its root account until somebody makes others.
  if (a.name.service === 'storage') return true
  const [userA, userB] = [a.family.userOf(a.name), b.family.userOf(b.name)]
  if (a.name.account !== b.name.account || (userA !== undefined && userB !== undefined && userA !== userB))
    return false
  const [engineA, engineB] = [engineOf(a), engineOf(b)]
  return engineA === undefined || engineB === undefined || engineA === engineB
}

/** The word that names the software; undefined for `DB_PASSWORD`. */
function engineOf({ name }: Variable): string | undefined {
  const word = name.qualifiers.find(each => !genericDatabaseWords.has(each) && !accountWords.has(each))
  return word?.replace(/^(?:PG|PGSQL|POSTGRESQL)$/, 'POSTGRES').replace(/^MONGODB$/, 'MONGO')
}

const urlPassword = /([a-z][a-z0-9+.-]{0,40}):\/\/[^\s/:@,]{0,256}:([^\s/@,]{1,512})@/gi
const pairPassword = /(?:^|[\s;,?&])(?:password|passwd|pwd|pass)=([^\s;,&]{1,512})/gi

/** A URL or a connection string in which the password of a generated variable stands. */
export function findEmbedded({ name, text, value }: Variable, sources: Sources): Decided | undefined {
  if (value.kind === 'reference' || !/[:=]/.test(text)) return undefined
  const replace: Replacement[] = []
  for (const match of text.matchAll(urlPassword)) {
    const [whole, scheme = '', password = ''] = match
    const source = chooseSource(sources, password, serviceOfScheme(scheme) ?? name.service)
    if (source === undefined) continue
    const end = match.index + whole.length - 1
    replace.push({ start: end - password.length, end, from: source.name.name, isEncoded: true })
  }
  for (const match of text.matchAll(pairPassword)) {
    const password = match[1] ?? ''
    const source = chooseSource(sources, password, name.service)
    const end = match.index + match[0].length
    const isInUrl = text.includes('://')
    if (source === undefined || replace.some(each => each.end === end)) continue
    replace.push({ start: end - password.length, end, from: source.name.name, isEncoded: isInUrl })
  }
  const from = replace[0]?.from
  if (from === undefined || (value.language !== undefined && isOpenBeside(text, replace))) return undefined
  return {
    decision: 'derive',
    from: `contains:${from}`,
    replace: replace.sort((a, b) => a.start - b.start),
    reason: `it contains the password of ${from}`,
    confidence: 0.93,
    rule: 'embedded-password',
  }
}

/** Whether an expression of a template language is left when the passwords are in their places. */
function isOpenBeside(text: string, replace: readonly Replacement[]): boolean {
  let rest = ''
  let copied = 0
  for (const { start, end } of replace) {
    rest += text.slice(copied, start)
    copied = end
  }
  return findLanguageAmong(rest + text.slice(copied)) !== undefined
}

/** Many secrets may have the same placeholder: only a password, and that of the right service, is meant. */
function chooseSource(sources: Sources, password: string, service: string | undefined): Variable | undefined {
  if (password.length < shortest) return undefined
  for (const text of [password, decode(password)]) {
    const fitting = service === undefined ? [] : sources.withText(text, service)
    if (fitting.length > 0) return fitting.find(({ name }) => name.account === '') ?? fitting[0]
    const passwords = sources.withText(text, 'any')
    if (passwords.length === 1 && passwords[0]?.name.service === undefined) return passwords[0]
  }
  return undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function serviceOfScheme(scheme: string): string | undefined {
  const base = scheme.toLowerCase().split('+')[0] ?? ''
  if (
    /^(?:postgres(?:ql)?|mysql|mariadb|mongodb|mssql|sqlserver|jdbc|clickhouse|cockroachdb|neo4j|bolt)$/.test(
      base,
    )
  )
    return 'database'
  if (/^(?:rediss?|valkeys?|memcached)$/.test(base)) return 'cache'
  return /^(?:amqps?|mqtts?|nats|kafka|pyamqp)$/.test(base) ? 'queue' : undefined
}

/**
 * The value of a derived variable: that of the variable it repeats, or the template's value with the new passwords in
 * their places, percent-encoded inside a URL. `undefined` for other decisions, and while a value that it needs is not known.
 */
export function deriveValue(
  decision: Pick<Decision, 'decision' | 'from' | 'replace'>,
  templateValue: string,
  values: ReadonlyMap<string, string>,
): string | undefined {
  if (decision.decision !== 'derive' || decision.from === undefined) return undefined
  if (decision.from.startsWith('same-as:')) return values.get(decision.from.slice('same-as:'.length))
  let text = ''
  let copied = 0
  for (const { start, end, from, isEncoded } of decision.replace ?? []) {
    const value = values.get(from)
    if (value === undefined) return undefined
    text += templateValue.slice(copied, start) + (isEncoded ? encodeURIComponent(value) : value)
    copied = end
  }
  return copied === 0 ? undefined : text + templateValue.slice(copied)
}
