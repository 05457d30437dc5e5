import type { EnvDocument } from '../env-file/index.ts'
import { isPasswordName } from '../schema/secret-names.ts'
import type { Decision } from './decision.ts'

/** A password shorter than this is found in other texts by chance. */
const shortest = 4

/** The variable whose template value stands as the password in this URL: one that is called a password before any other. */
export function passwordInUrl(value: string, candidates: ReadonlyMap<string, string>): string | undefined {
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/i.exec(value)
  const password = match?.[1]
  if (password === undefined) return undefined
  const holders = [...candidates].filter(
    ([, text]) => text === password || encodeURIComponent(text) === password,
  )
  return (holders.find(([name]) => isPasswordName(name)) ?? holders[0])?.[0]
}

/** Another variable of the template with the same text, where the text is long enough not to be chance. */
export function sameText(value: string, candidates: ReadonlyMap<string, string>): string | undefined {
  if (value.length < shortest) return undefined
  for (const [name, text] of candidates) if (text === value) return name
  return undefined
}

/**
 * The value of a derived variable: the template's value with the password replaced by the new one (percent-encoded in
 * a URL where it needs that), or the new one itself. `undefined` while the value that it is made from is not known.
 */
export function deriveValue(
  decision: Decision,
  templateValue: string,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const [relation, source = ''] = (decision.from ?? '').split(':')
  const value = values.get(source)
  if (value === undefined) return undefined
  if (relation === 'same-as') return value
  const match = /^([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)([^\s/@]+)(@[\s\S]*)$/i.exec(templateValue)
  return match === null ? undefined : `${match[1] ?? ''}${encodeURIComponent(value)}${match[3] ?? ''}`
}

/** Template values of the variables that are generated: what others may contain. */
export function valuesOf(document: EnvDocument, names: ReadonlySet<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const node of document.assignments) {
    const value = document.value(node)
    if (names.has(node.name) && value.length >= shortest) found.set(node.name, value)
  }
  return found
}
