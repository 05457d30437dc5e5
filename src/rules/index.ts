import { cycle } from './cycle.ts'
import { duplicate } from './duplicate.ts'
import { empty } from './empty.ts'
import { environment } from './environment.ts'
import { missing } from './missing.ts'
import { placeholder } from './placeholder.ts'
import {
  environmentKind,
  findingAt,
  severities,
  type Finding,
  type Level,
  type Rule,
  type RuleInput,
} from './rule.ts'
import { sameValue } from './same-value.ts'
import type { ValueSource } from './source.ts'
import { syntax } from './syntax.ts'
import { type } from './type.ts'
import { unknown } from './unknown.ts'
import { weak } from './weak.ts'

export { findingIds } from './finding-id.ts'
export { factsText, type FileFacts, type ReaderConflict } from './files/facts.ts'
export {
  environmentKind,
  levels,
  severities,
  type Finding,
  type Level,
  type Rule,
  type RuleExample,
  type RuleFacts,
} from './rule.ts'
export { sourceOfService } from './compose/source.ts'
export { isPublicName } from './public-name.ts'
export {
  holdsSecret,
  sourceOfDocument,
  sourceOfProcess,
  unreadValue,
  type SecretFileFact,
  type ValueSource,
} from './source.ts'

/** Rules that have something to say everywhere: one file and one line each. Reports come in this order for one place. */
const generalRules: readonly Rule[] = [
  syntax,
  missing,
  empty,
  unknown,
  duplicate,
  cycle,
  placeholder,
  weak,
  type,
  environment,
  sameValue,
]

/** The registry. */
export async function loadRules(): Promise<readonly Rule[]> {
  const { deploymentRules } = await import('./deployment/index.ts')
  return [
    ...(await loadSpecialRules()),
    ...deploymentRules,
    ...(await loadFileRules()),
    ...(await loadComposeRules()),
  ]
}

async function loadComposeRules(): Promise<readonly Rule[]> {
  const { composeRules } = await import('./compose/index.ts')
  return composeRules
}

async function loadFileRules(): Promise<readonly Rule[]> {
  const { fileRules } = await import('./files/index.ts')
  return fileRules
}

async function loadSpecialRules(): Promise<readonly Rule[]> {
  const { specialRules } = await import('./special/index.ts')
  return [...generalRules, ...specialRules]
}

/**
 * The rules that these sources call for; the others would stay silent, and are not even loaded. `named` are the ids
 * that a person wrote elsewhere: unless all are known here, everything is loaded to tell which are none.
 */
export async function rulesFor(
  sources: readonly ValueSource[],
  named: readonly string[] = [],
): Promise<readonly Rule[]> {
  const allowed = sources.flatMap(({ schema, variables }) =>
    [...schema.values(), ...variables].flatMap(({ allows }) => allows.map(({ rule }) => rule)),
  )
  const isKnown = (id: string): boolean => generalRules.some(rule => rule.id === id)
  const isDeployed = sources.some(({ environment: name }) =>
    ['staging', 'production'].includes(environmentKind(name)),
  )
  if (isDeployed || ![...allowed, ...named].every(isKnown)) return await loadRules()
  const values = sources.some(hasSpecial) ? await loadSpecialRules() : generalRules
  const ofFiles = sources.some(({ facts }) => facts !== undefined) ? await loadFileRules() : []
  const ofCompose = sources.some(({ kind }) => kind === 'compose') ? await loadComposeRules() : []
  return [...values, ...ofFiles, ...ofCompose]
}

/** Whether one of the special rules may have something to say; cheap, and true too often rather than too seldom. */
function hasSpecial({ variables, schema, code, secretFiles }: ValueSource): boolean {
  if (
    code !== undefined ||
    secretFiles !== undefined ||
    [...schema.values()].some(({ relations }) => relations !== undefined)
  )
    return true
  return variables.some(
    ({ name, value, graceUntil }) =>
      graceUntil !== undefined ||
      name.endsWith('_OLD_UNTIL') ||
      signsInNames.some(sign => name.includes(sign)) ||
      value.includes('_live_') ||
      looksLikeKey(value) ||
      value.includes('$production$') ||
      (schema.get(name)?.isSecretDeclared === true && schema.get(name)?.secret === false),
  )
}

/** PEM, PEM in base64, or a JSON Web Key. */
function looksLikeKey(value: string): boolean {
  return (
    value.length > 60 &&
    (value.includes(' KEY-----') || value.startsWith('LS0tLS1') || value.includes('"RSA"'))
  )
}

const signsInNames = ['VITE_', 'PUBLIC_', 'REACT_APP_', 'GATSBY_', 'VUE_APP_', 'JWT', 'ALGORITHM']

/** A finding that a person accepted with `# secrets: allow`. */
export interface AllowedFinding extends Finding {
  readonly reason: string
}

export interface RuleReport {
  /** By path, then line. */
  readonly findings: readonly Finding[]
  readonly allowed: readonly AllowedFinding[]
}

/** What the manifest and the command line say of the rules. */
export interface RuleChoice {
  readonly isChosen?: (id: string) => boolean
  /** Rule id → the level of all its findings. */
  readonly levels?: ReadonlyMap<string, Level>
}

/**
 * Runs the rules over all values. What `# secrets: allow <rule> reason="…"` accepts, above the variable in the file or
 * in the template, is told apart and not lost. `known` are the rules whose ids count in an allowance. Pure; nothing in
 * the report holds a value.
 */
export function checkRules(
  input: RuleInput,
  known: readonly Rule[],
  { isChosen = () => true, levels: chosenLevels = new Map() }: RuleChoice = {},
): RuleReport {
  const accepted = allowances(input)
  const findings: Finding[] = []
  const allowed: AllowedFinding[] = []
  const chosen = known.filter(({ id }) => isChosen(id) && chosenLevels.get(id) !== 'off')
  for (const found of chosen.flatMap(rule => rule.check(input))) {
    const level = chosenLevels.get(found.rule)
    const finding = level === undefined || level === 'off' ? found : { ...found, severity: level }
    const reason = finding.name && accepted.get(`${finding.path}\0${finding.name}\0${finding.rule}`)
    if (reason === undefined || reason === '') findings.push(finding)
    else allowed.push({ ...finding, reason })
  }
  const unnamed = checkAllowances(input, known)
  return { findings: [...findings, ...unnamed].sort(byPlace), allowed: allowed.sort(byPlace) }
}

/** `path, name, rule` → reason. A template's directive counts for its own findings and for every file made from it. */
function allowances({ sources }: RuleInput): ReadonlyMap<string, string> {
  const accepted = new Map<string, string>()
  for (const source of sources) {
    for (const { name, at, allows } of source.schema.values()) {
      for (const { rule, reason } of allows) {
        for (const path of [source.path, at.path]) accepted.set(`${path}\0${name}\0${rule}`, reason)
      }
    }
    for (const { name, at, allows } of source.variables) {
      for (const { rule, reason } of allows) accepted.set(`${at.path}\0${name}\0${rule}`, reason)
    }
  }
  return accepted
}

/** An allowance that accepts nothing would be taken for one that works. */
function checkAllowances({ sources }: RuleInput, known: readonly Rule[]): readonly Finding[] {
  const ids = new Set(known.filter(({ isOfFile }) => isOfFile !== true).map(({ id }) => id))
  return sources.flatMap(({ variables }) =>
    variables
      .filter(({ allows }) => allows.some(({ rule }) => !ids.has(rule)))
      .map(({ name, at }) =>
        findingAt(at, {
          rule: syntax.id,
          severity: 'warning',
          name,
          message: `the allow above "${name}" names no rule that looks at a variable`,
          fix: 'see: secrets rules ID, which says how its findings are accepted',
        }),
      ),
  )
}

function byPlace(a: Finding, b: Finding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1
  return (
    a.line - b.line || a.column - b.column || severities.indexOf(a.severity) - severities.indexOf(b.severity)
  )
}
