import { findLiveSecret } from '../live-secret.ts'
import { findCycles } from '../references.ts'
import type { Decided } from './relations.ts'
import type { Variable } from './variable.ts'

/**
 * Last pass: texts of the template that must stand in no target. A secret in use that was committed, an expression that a
 * program fills in first, a reference that leads back to itself: what is not generated or derived is asked for, and never
 * copied. Only `keep`, said by a person, lets the text be. Gives the outcomes that change.
 */
export function withhold(
  variables: readonly Variable[],
  decided: ReadonlyMap<string, Decided>,
): ReadonlyMap<string, Decided> {
  const literal = variables.filter(({ node }) => node.quote !== 'single')
  const cycles = findCycles(literal.map(({ name, text }) => ({ name: name.name, value: text })))
  const changed = new Map<string, Decided>()
  for (const variable of variables) {
    const { name } = variable.name
    const own = decided.get(name)
    const found = reasonOf(variable, cycles.get(name))
    if (own === undefined || found === undefined) continue
    const isSaid = own.confidence === 1
    if (own.decision === 'keep' && isSaid) continue
    const isOpen = own.decision === 'keep' || (!isSaid && own.decision.startsWith('ask'))
    // What works without stays what works without.
    const decision = own.decision === 'ask-optional' ? 'ask-optional' : 'ask'
    changed.set(name, isOpen ? { ...found, decision, isWithheld: true } : { ...own, isWithheld: true })
  }
  return changed
}

function reasonOf(
  { text, value }: Variable,
  cycle: readonly string[] | undefined,
): Pick<Decided, 'reason' | 'confidence' | 'rule'> | undefined {
  const live = findLiveSecret(text)
  if (live !== undefined) {
    const reason = `${live} stands in the template, published with it: it is not copied; have a new one issued`
    return { reason, confidence: 0.9, rule: 'live-secret' }
  }
  if (value.language !== undefined) {
    const reason = `the template has an expression of ${value.language}, which is no value`
    return { reason, confidence: 0.9, rule: 'template-language' }
  }
  if (cycle === undefined) return undefined
  const reason = `it refers to itself: ${cycle.slice(0, mostShown).join(' → ')}${cycle.length > mostShown ? ' → …' : ''}`
  return { reason, confidence: 0.95, rule: 'cycle' }
}

const mostShown = 6
