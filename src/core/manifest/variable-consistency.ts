import { formatDuration } from '../duration.ts'
import { SecretsError, type Place } from '../errors.ts'
import { formKinds, parseForm } from '../form.ts'
import { checkValue, valueTypeDefinitions } from '../schema/check-value.ts'
import type { RotateConfig, VariableFacts } from './manifest.ts'
import type { YamlNode } from './yaml-source.ts'

type Report = (at: Place, text: string) => void

/**
 * Keys of one variable (or of its override, with what it inherits) that contradict each other. `node` is where the
 * facts are written; only what is written there is reported, so that an inherited fault is told once.
 */
export function checkFacts(facts: VariableFacts, node: YamlNode | undefined, report: Report): void {
  const at = (key: string): Place | undefined => node?.children.get(key)?.at
  const complain = (key: string, text: string): void => {
    const place = at(key)
    if (place !== undefined) report(place, `"${key}" ${text}`)
  }
  checkType(facts, complain)
  checkBounds(facts, complain)
  checkDefault(facts, complain)
  checkForm(facts, complain)
  checkGrace(facts.rotate, node?.children.get('rotate'), report)
}

type Complain = (key: string, text: string) => void

function checkType(facts: VariableFacts, complain: Complain): void {
  const { type, items } = facts
  if (type !== 'list') {
    for (const key of ['items', 'separator']) complain(key, 'needs type: list')
  }
  if (type !== 'url' && items !== 'url') complain('protocols', 'needs type: url')
  const isAddress = [type, items].some(one => one === 'url' || one?.endsWith('-url') === true)
  if (!isAddress)
    for (const key of ['credentials', 'tls']) complain(key, 'needs a type for addresses, such as url')
  if (type !== 'json') complain('schema', 'needs type: json')
  if (type === 'enum' && facts.values === undefined) complain('type', 'enum needs values')
}

function checkBounds({ type, min, max, length }: VariableFacts, complain: Complain): void {
  if (min !== undefined && max !== undefined && min > max) {
    complain('min', 'is above max')
    return
  }
  if (length !== undefined && (min !== undefined || max !== undefined))
    complain('length', 'stands without min and max')
  if (type !== undefined && valueTypeDefinitions[type].measure === undefined)
    for (const key of ['min', 'max', 'length']) complain(key, `has no meaning for type: ${type}`)
  const isNumber = type === 'integer' || type === 'number' || type === 'port'
  if (isNumber) complain('length', `has no meaning for type: ${type}; use min and max`)
}

function checkDefault(facts: VariableFacts, complain: Complain): void {
  if (facts.secret === true) {
    // The manifest is committed: a default of a secret would publish it, and so would the list of its values.
    complain('default', 'is not for a secret: leave it out, or set secret: false')
    complain('values', 'is not for a secret: leave it out, or set secret: false')
    return
  }
  if (facts.default === undefined) return
  // Patterns and schemas are compiled later, and look at the default themselves.
  const { pattern: _pattern, schema: _schema, ...others } = facts
  const found = checkValue(others, facts.default)
  if (found !== undefined) complain('default', found.problem)
}

/** The form's own message may name what it was given. */
function checkForm({ generate }: VariableFacts, complain: Complain): void {
  if (generate === undefined) return
  try {
    parseForm(generate)
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    complain(
      'generate',
      `must be a form such as hex:32, of one of these kinds: ${Object.keys(formKinds).join(', ')}`,
    )
  }
}

/** A grace period that ends before every reader has seen the new value would lock somebody out. */
function checkGrace(rotate: RotateConfig | undefined, node: YamlNode | undefined, report: Report): void {
  if (rotate === undefined || node === undefined) return
  if (rotate.every === 0)
    report(node.children.get('every')?.at ?? node.at, '"every" must be longer than nothing')
  const { grace, every, refreshTtl = 0, tokenTtl = 0 } = rotate
  if (grace !== undefined && typeof every === 'number' && every > 0 && grace >= every) {
    const place = node.children.get('grace') ?? node.children.get('every') ?? node
    report(place.at, '"grace" must be shorter than "every": a rotation waits until the last one is over')
  }
  const shortest = refreshTtl + Math.max(refreshTtl, tokenTtl)
  if (grace === undefined || grace >= shortest) return
  const place =
    node.children.get('grace') ?? node.children.get('refreshTtl') ?? node.children.get('tokenTtl') ?? node
  report(place.at, `"grace" must be at least ${formatDuration(shortest)}: ${graceSum(refreshTtl, tokenTtl)}`)
}

/** Who reads late still signs with the old value, and what was signed last has to live its time. */
function graceSum(refreshTtl: number, tokenTtl: number): string {
  return tokenTtl > refreshTtl
    ? `refreshTtl ${formatDuration(refreshTtl)} + tokenTtl ${formatDuration(tokenTtl)}`
    : `2 × refreshTtl ${formatDuration(refreshTtl)}`
}
