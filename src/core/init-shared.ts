import type { Decision } from './classifier/index.ts'
import { findPlaceholder } from './placeholder.ts'

/** One file of several that are filled together, as far as sharing needs it. */
export interface SharingFile {
  readonly environment: string
  readonly decisions: readonly Decision[]
  /** What stands in the target already. */
  readonly values: ReadonlyMap<string, string>
}

/** A secret that several files must agree on. */
export interface SharedSecret {
  readonly name: string
  readonly environment: string
  /** The one form of all of them. */
  readonly form: string
  /** The value that one of them has already. */
  readonly value?: string
}

/** Cookies and pages of one server: another server with the same name for it has its own. */
const ownOfEach = /(?:^|_)(?:SESSION|COOKIE|COOKIES|CSRF|XSRF)(?:_|$)|^(?:APP_KEY|SECRET_KEY_BASE)$/

/** Forms that nobody asked for: another one of the group counts more. */
const usualForms = new Set(['hex:32', 'password:24'])

interface Group {
  readonly name: string
  readonly environment: string
  readonly forms: string[]
  /** Those of them that somebody asked for. */
  readonly asked: Set<string>
  readonly values: string[]
}

/**
 * Which secrets are one value in several files of one environment: those of the same name that are generated in at least two of
 * them, because a token that one signs is verified by the other. Not where the names belong to one server each, where
 * two files ask for different forms, or where two have different values already.
 */
export function findShared(files: readonly SharingFile[]): ReadonlyMap<string, SharedSecret> {
  const groups = new Map<string, Group>()
  for (const { environment, decisions, values } of files) {
    for (const { name, decision, form = 'hex:32', isUsualForm } of decisions) {
      if (decision !== 'generate' || form.startsWith('public-of:') || ownOfEach.test(name.toUpperCase()))
        continue
      const key = sharingKey(environment, name)
      const group = groups.get(key) ?? { name, environment, forms: [], asked: new Set(), values: [] }
      group.forms.push(form)
      if (isUsualForm !== true && !usualForms.has(form)) group.asked.add(form)
      const value = values.get(name) ?? ''
      if (value !== '' && findPlaceholder(value) === undefined) group.values.push(value)
      groups.set(key, group)
    }
  }
  const shared = new Map<string, SharedSecret>()
  for (const [key, { name, environment, forms, asked, values }] of groups) {
    const [form, other] = [...asked]
    const [value, otherValue] = [...new Set(values)]
    if (forms.length < 2 || other !== undefined || otherValue !== undefined) continue
    const usual = forms[0] ?? 'hex:32'
    shared.set(key, { name, environment, form: form ?? usual, ...(value === undefined ? {} : { value }) })
  }
  return shared
}

export function sharingKey(environment: string, name: string): string {
  return `${environment} ${name}`
}
