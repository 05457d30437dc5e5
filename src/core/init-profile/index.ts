import type { Decision } from '../classifier/index.ts'
import type { EnvDocument } from '../env-file/index.ts'
import { canonicalName } from '../environment.ts'
import { splitName } from '../schema/secret-names.ts'
import { type ProfiledKind, type ProfileLine, profileLines } from './lines.ts'

export { profileLines } from './lines.ts'

/** The profile of an environment; none for a developer's machine. */
export function profileOf(environment: string): ProfiledKind | undefined {
  const name = canonicalName(environment)
  if (name === 'development') return undefined
  return name === 'test' || name === 'staging' ? name : 'production'
}

/**
 * The decisions for an environment that a template for developers is used for: settings that stand at a developer's default get the
 * environment's, and free forms of production are longer. What a person said, a value that is somebody's choice, and a
 * value that a comment names for that environment (`# LOG_LEVEL=warn # production`) count more. Pure.
 */
export function applyProfile(
  decisions: readonly Decision[],
  template: EnvDocument,
  environment: string,
): readonly Decision[] {
  const kind = profileOf(environment)
  if (kind === undefined) return decisions
  const lines = indexLines()
  const stated = statedValues(template, environment)
  return decisions.map(decision => {
    if (decision.confidence === 1) return decision
    if (decision.decision === 'generate') return kind === 'production' ? withLongerForm(decision) : decision
    const own = stated.get(decision.name)
    const isSetting = decision.decision === 'keep' && decision.value === undefined
    if (own !== undefined && isSetting) {
      const reason = `line ${String(own.line)} of the template names it for ${environment}`
      return { ...decision, value: own.value, reason, confidence: 0.9, rule: 'profile' }
    }
    const node = template.find(decision.name)
    const line = isSetting && node !== undefined ? findLine(lines, decision.name) : undefined
    const wanted = line?.to[kind]
    const value = node === undefined ? '' : template.value(node)
    if (line === undefined || wanted === undefined || !line.from.test(value.trim())) return decision
    const text = wanted === 'environment' ? canonicalName(environment) : spell(wanted, value.trim())
    return profiled(decision, line, text, environment)
  })
}

function profiled(decision: Decision, line: ProfileLine, wanted: string, environment: string): Decision {
  const changed = {
    reason: `in ${environment}: ${line.reason} (${line.source.title})`,
    confidence: 0.9,
    rule: `profile:${line.id}`,
  }
  if (wanted !== 'ask') return { ...decision, ...changed, value: wanted }
  return { ...decision, ...changed, decision: 'ask', isWithheld: true }
}

const spellings: readonly (readonly [on: string, off: string])[] = [
  ['true', 'false'],
  ['1', '0'],
  ['yes', 'no'],
  ['on', 'off'],
  ['enabled', 'disabled'],
  ['enable', 'disable'],
]

/** A switch in the words and letters of the value that it replaces; words in its letters. */
function spell(wanted: string, old: string): string {
  const [lower, isOn] = [old.toLowerCase(), wanted === 'on']
  const pair = spellings.find(each => each.includes(lower))
  const text = pair !== undefined && (isOn || wanted === 'off') ? pair[isOn ? 0 : 1] : wanted
  if (wanted === 'ask') return wanted
  if (old !== lower && old === old.toUpperCase()) return text.toUpperCase()
  return /^[A-Z]/.test(old) ? text.charAt(0).toUpperCase() + text.slice(1) : text
}

let known: ReadonlyMap<string, ProfileLine> | undefined

function indexLines(): ReadonlyMap<string, ProfileLine> {
  known ??= new Map(profileLines.flatMap(line => line.names.map(name => [name, line] as const)))
  return known
}

/** The line of the longest tail of the name. */
function findLine(lines: ReadonlyMap<string, ProfileLine>, name: string): ProfileLine | undefined {
  const words = splitName(name)
  const whole = lines.get(`=${words.join('_')}`)
  if (whole !== undefined) return whole
  for (let at = 0; at < words.length; at += 1) {
    const line = lines.get(words.slice(at).join('_'))
    if (line !== undefined) return line
  }
  return undefined
}

/** `# NAME=value # production`, or the same below a comment that names that environment alone. */
function statedValues(
  template: EnvDocument,
  environment: string,
): ReadonlyMap<string, { readonly value: string; readonly line: number }> {
  const found = new Map<string, { value: string; line: number }>()
  for (const [at, node] of template.nodes.entries()) {
    if (node.kind !== 'commented-assignment') continue
    const [, value = '', note = ''] = /^(\S*)(?:\s+#+\s*(.*))?$/.exec(node.text) ?? []
    const above = template.nodes[at - 1]
    const said = note === '' && above?.kind === 'comment' ? above.text : note
    const named = environmentsIn(said)
    if (value !== '' && named.size === 1 && named.has(canonicalName(environment))) {
      found.set(node.name, { value, line: node.line })
    }
  }
  return found
}

function environmentsIn(text: string): ReadonlySet<string> {
  const words =
    text.toLowerCase().match(/\b(?:dev|development|test|testing|staging|prod|production)\b/g) ?? []
  return new Set(words.map(word => canonicalName(word === 'testing' ? 'test' : word)))
}

/** Nobody asked for the form, so that nothing breaks by a longer one. */
function withLongerForm(decision: Decision): Decision {
  if (decision.isUsualForm !== true) return decision
  if (decision.form === 'password:24') {
    return { ...decision, form: 'password:32', reason: `${decision.reason}; longer in production` }
  }
  // HMAC takes keys of any length, and one as long as its widest hash serves all of them (RFC 7518 §3.2).
  const isSigning = decision.form === 'hex:32' && splitName(decision.name).includes('JWT')
  return isSigning
    ? { ...decision, form: 'hex:64', reason: `${decision.reason}; longer in production` }
    : decision
}
