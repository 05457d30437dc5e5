import type { EnvDocument } from '../env-file/index.ts'
import type { ClassifyOptions, Decision } from './decision.ts'
import { readEnvSpec } from './env-spec.ts'
import { relateFilePairs } from './file-pairs.ts'
import { firstRules, lastRules } from './other-rules.ts'
import { openRules } from './open-rules.ts'
import { ownRules } from './own-rules.ts'
import { passwordRules } from './password-rules.ts'
import { relatePairs } from './pairs.ts'
import { type Decided, relate } from './relations.ts'
import type { DecisionRule } from './rule.ts'
import { readVariables, type Variable } from './variable.ts'
import { withhold } from './withheld.ts'

export type { ClassifyOptions, Decision, Override } from './decision.ts'
export { relateFiles } from './across.ts'
export { deriveValue } from './relations.ts'

/** In the order in which they are asked; the last one always has an answer. */
export const decisionRules: readonly DecisionRule[] = [
  ...firstRules,
  ...ownRules,
  ...openRules,
  ...passwordRules,
  ...lastRules,
]

/**
 * What to do with each variable of a template, one decision for each name (for its last assignment), in the order of the
 * file. Pure and linear in the size of the document. What a person said decides first (overrides, then
 * directives and decorators), then the rules, then the relations between variables.
 */
export function classify(document: EnvDocument, options: ClassifyOptions = {}): Decision[] {
  const file = options.file ?? document.path
  const variables = readVariables(document)
  const decided = new Map<string, Decided>()
  for (const variable of variables) {
    const said = options.overrides?.get(variable.node.name)
    decided.set(
      variable.node.name,
      said === undefined
        ? (readDirective(document, variable) ?? readEnvSpec(variable) ?? decide(variable))
        : { reason: 'the manifest says so', ...said, confidence: 1, rule: 'override' },
    )
  }
  for (const [name, outcome] of relatePairs(variables, decided)) decided.set(name, outcome)
  for (const [name, outcome] of relateFilePairs(variables, decided)) decided.set(name, outcome)
  for (const [name, outcome] of relate(variables, decided)) decided.set(name, outcome)
  for (const [name, outcome] of withhold(variables, decided)) decided.set(name, outcome)
  return variables.flatMap(({ node, name }) => {
    const outcome = decided.get(name.name)
    const evidence = { line: node.valueLine, column: node.valueColumn }
    return outcome === undefined ? [] : [{ file, name: node.name, line: node.line, evidence, ...outcome }]
  })
}

function readDirective(document: EnvDocument, { node }: Variable): Decided | undefined {
  const said = { reason: 'a directive above it says so', confidence: 1, rule: 'directive' }
  const evidence = { line: node.line, column: node.nameColumn }
  for (const { verb, args } of document.directivesFor(node).toReversed()) {
    if (verb === 'generate') return { decision: 'generate', form: args[0] ?? 'hex:32', ...said, evidence }
    if (verb === 'ask' || verb === 'keep') return { decision: verb, ...said, evidence }
  }
  return undefined
}

function decide(variable: Variable): Decided {
  for (const rule of decisionRules) {
    const outcome = rule.decide(variable)
    if (outcome !== undefined) return { ...outcome, rule: rule.id }
  }
  return { decision: 'keep', reason: 'usable as it stands', confidence: 0.5, rule: 'setting' }
}
