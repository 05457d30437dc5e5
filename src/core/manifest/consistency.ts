import type { Place } from '../errors.ts'
import { checkGroups, checkRelations } from './relation-consistency.ts'
import { checkFacts } from './variable-consistency.ts'
import { variableIn, type EnvironmentTarget, type Manifest } from './manifest.ts'
import { checkAudit } from './operate.ts'
import { problemAt, quoteKey, type ManifestProblem } from './problem.ts'
import { suggest } from '../suggest.ts'
import type { YamlNode } from './yaml-source.ts'

type Report = (at: Place, text: string) => void

/**
 * What the shape cannot say: keys that contradict each other, names that must exist, secrets in the wrong place.
 * `declared` are the environments of the file, also those that could not be read.
 */
export function checkConsistency(
  manifest: Manifest,
  root: YamlNode,
  declared: readonly string[],
): ManifestProblem[] {
  const problems: ManifestProblem[] = []
  const report: Report = (at, text) => problems.push(problemAt(at, text))
  checkEnvironments(manifest, report)
  checkTargets(manifest, root, report)
  checkVariables(manifest, root, declared, report)
  checkGroups(manifest, root, report)
  return [...problems, ...checkAudit(manifest.audit, root.children.get('audit'))]
}

function checkEnvironments(manifest: Manifest, report: Report): void {
  const seen = new Set<string>()
  for (const { name, at } of manifest.environments.values()) {
    const lower = name.toLowerCase()
    if (seen.has(lower)) report(at, 'another environment has this name in other letters')
    seen.add(lower)
  }
}

function checkTargets(manifest: Manifest, root: YamlNode, report: Report): void {
  const places = new Map<string, string>()
  for (const environment of manifest.environments.values()) {
    const node = root.children.get('environments')?.children.get(environment.name)
    const ids = new Set<string>()
    environment.targets.forEach((target, index) => {
      const own = node?.children.get('targets')?.children.get(String(index)) ?? node
      if (ids.has(target.id)) report(own?.children.get('id')?.at ?? target.at, 'another target has this id')
      ids.add(target.id)
      checkSettings(target, own, report)
      const place = JSON.stringify([target.provider, Object.entries(target.settings).sort()])
      const other = places.get(place)
      if (other !== undefined && Object.keys(target.settings).length > 0) {
        report(
          target.at,
          `environment ${quoteKey(other) ?? 'above'} has the same place: a change of one would change both`,
        )
      }
      places.set(place, environment.name)
    })
  }
}

/** A manifest is committed, so an address in it must not carry a password. */
function checkSettings(target: EnvironmentTarget, node: YamlNode | undefined, report: Report): void {
  for (const [key, value] of Object.entries(target.settings)) {
    if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@/i.test(value)) continue
    report(
      node?.children.get(key)?.at ?? target.at,
      'an address in the manifest carries no user name or password',
    )
  }
}

function checkVariables(
  manifest: Manifest,
  root: YamlNode,
  declared: readonly string[],
  report: Report,
): void {
  for (const variable of manifest.variables.values()) {
    const node = root.children.get('variables')?.children.get(variable.name)
    checkFacts(variable, node, report)
    checkRelations(manifest, variable.name, variable, node, report)
    for (const [environment, override] of variable.environments) {
      if (declared.length > 0 && !declared.includes(environment)) {
        const meant = suggest(environment, declared)
        report(
          override.at,
          `this environment is not declared${meant === undefined ? '' : `: did you mean "${meant}"?`}`,
        )
      }
      const own = node?.children.get('environments')?.children.get(environment)
      checkFacts(variableIn(variable, environment), own, report)
      checkRelations(manifest, variable.name, variableIn(variable, environment), own, report)
    }
  }
}
