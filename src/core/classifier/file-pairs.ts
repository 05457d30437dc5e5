import { ownerOfFile } from '../file-names.ts'
import type { Decided } from './relations.ts'
import type { Variable } from './variable.ts'

/**
 * `NAME` and `NAME_FILE` stand for one value, and only one of them may be set: the one for which the template has something that is
 * meant, else `NAME`. The place of a file is never generated. Gives the outcomes that change.
 */
export function relateFilePairs(
  variables: readonly Variable[],
  decided: ReadonlyMap<string, Decided>,
): ReadonlyMap<string, Decided> {
  const byName = new Map(variables.map(variable => [variable.name.name, variable]))
  const changed = new Map<string, Decided>()
  const change = (name: string, outcome: Omit<Decided, 'rule' | 'confidence'>): void => {
    if (decided.get(name)?.confidence !== 1)
      changed.set(name, { ...outcome, confidence: 0.9, rule: 'file-pair' })
  }
  for (const variable of variables) {
    const { name } = variable.name
    const owner = byName.get(ownerOfFile(name) ?? '')
    if (owner === undefined) {
      const isPlace = ownerOfFile(name) !== undefined || /_(?:PATH|FILENAME)$/.test(name)
      if (!isPlace || decided.get(name)?.decision !== 'generate') continue
      const decision = variable.text === '' ? 'ask-optional' : 'ask'
      change(name, { decision, reason: 'the place of a file, and no secret itself' })
    } else if (isMeant(variable) && !isMeant(owner)) {
      const reason = `its value comes from the file that ${name} names; only one of the two may be set`
      change(owner.name.name, { decision: 'keep', value: '', isWithheld: true, reason })
    } else if (!isMeant(variable)) {
      const reason = `${owner.name.name} stands for the same value; only one of the two may be set`
      change(name, { decision: 'keep', value: '', isWithheld: true, reason })
    }
  }
  return changed
}

/** Something that can be used as it stands. */
function isMeant({ text, value }: Variable): boolean {
  return text.trim() !== '' && value.kind !== 'unset' && value.placeholder === undefined
}
