import { SecretsError, type Place } from '../core/errors.ts'
import type { Manifest } from '../core/manifest/manifest.ts'
import { suggest } from '../core/suggest.ts'
import { levels, loadRules, rulesFor, type Level, type Rule, type ValueSource } from '../rules/index.ts'

export interface ChosenRules {
  readonly known: readonly Rule[]
  readonly levels: ReadonlyMap<string, Level>
  readonly names: ReadonlyMap<string, readonly string[]>
}

/**
 * The rules with what the manifest and `--rule id=level` (which counts more) make of them. Throws
 * `usage.unknown_rule`, `usage.invalid_argument` or `manifest.invalid`: a rule that is none would be taken for one
 * that is off.
 */
export async function chooseRules(
  sources: readonly ValueSource[],
  manifest: Manifest | undefined,
  options: readonly string[],
): Promise<ChosenRules> {
  const declared = [...(manifest?.rules ?? [])]
  const given = options.map(readOption)
  const known = await rulesFor(
    sources,
    [...declared, ...given].map(([id]) => id),
  )
  for (const [id, { names, at }] of declared) {
    const rule = findRule(known, id, at)
    if (names === undefined || rule.names !== undefined) continue
    throw new SecretsError(
      'manifest.invalid',
      `the rule "${id}" looks at every variable: it takes no names`,
      { at },
    )
  }
  for (const [id] of given) findRule(known, id)
  const declaredLevels = declared.flatMap(([id, { level }]) =>
    level === undefined ? [] : [[id, level] as const],
  )
  return {
    known,
    levels: new Map([...declaredLevels, ...given]),
    names: new Map(
      declared.flatMap(([id, { names }]) => (names === undefined ? [] : [[id, names] as const])),
    ),
  }
}

/** Every rule, or the one that is asked for. Throws `usage.unknown_rule`. */
export async function listRules(id: string | undefined): Promise<readonly Rule[]> {
  const rules = await loadRules()
  return id === undefined ? rules : [findRule(rules, id)]
}

function readOption(option: string): readonly [id: string, level: Level] {
  const [id = '', word = '', ...rest] = option.split('=')
  const level = levels.find(one => one === word)
  if (level !== undefined && rest.length === 0) return [id, level]
  throw new SecretsError('usage.invalid_argument', '--rule takes the id of a rule and a level', {
    hints: [`for example: --rule weak=warning; levels are ${levels.join(', ')}`],
  })
}

function findRule(rules: readonly Rule[], id: string, at?: Place): Rule {
  const rule = rules.find(one => one.id === id)
  if (rule !== undefined) return rule
  const near = suggest(
    id,
    rules.map(one => one.id),
  )
  // What was typed is repeated only where it is close to an id.
  const message = near === undefined ? 'there is no such rule' : `there is no rule "${id}"`
  throw new SecretsError(at === undefined ? 'usage.unknown_rule' : 'manifest.invalid', message, {
    hints: [near === undefined ? 'see: secrets rules' : `did you mean: ${near}`],
    ...(at === undefined ? {} : { at }),
  })
}
