import type { ValueProblem, ValueSpec, ValueTypeDefinition } from '../value-type.ts'

/** Items between separators, or a JSON array of texts and numbers (what pydantic and others read). */
export function createListType(
  checkItem: (value: string, spec: ValueSpec) => ValueProblem | undefined,
): ValueTypeDefinition {
  return {
    id: 'list',
    check(value, spec) {
      const items = itemsOf(value, spec)
      if (items === undefined) {
        return { problem: 'must be a list', fix: 'write the items with commas between them, or a JSON array' }
      }
      for (const [index, item] of items.entries()) {
        const found = item === '' ? emptyItem : checkItem(item, itemSpec(spec))
        if (found) return { ...found, problem: `${found.problem} (item ${String(index + 1)})` }
      }
      return undefined
    },
    measure: (value, spec) => ({ amount: itemsOf(value, spec)?.length ?? 0, unit: 'items' }),
  }
}

const emptyItem: ValueProblem = {
  problem: 'must be a list without empty items',
  fix: 'remove the separator that stands for nothing',
}

function itemSpec({ items, protocols, credentials, tls }: ValueSpec): ValueSpec {
  return {
    ...(items && { type: items }),
    ...(protocols && { protocols }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(tls === undefined ? {} : { tls }),
  }
}

/** `undefined` for what begins like a JSON array and is none of texts and numbers. */
export function itemsOf(value: string, { separator }: ValueSpec): string[] | undefined {
  const trimmed = value.trim()
  if (separator !== undefined || !trimmed.startsWith('[')) {
    return trimmed === '' ? [] : trimmed.split(separator ?? ',').map(item => item.trim())
  }
  try {
    const items: unknown = JSON.parse(trimmed)
    if (!Array.isArray(items)) return undefined
    const isPlain = items.every(item => typeof item === 'string' || typeof item === 'number')
    return isPlain ? items.map(String) : undefined
  } catch {
    return undefined
  }
}
