import type { Place } from '../errors.ts'
import type { ValueSpec } from './value-type.ts'

/** One accepted finding: `# secrets: allow <rule> reason="…"` above the variable. */
export interface Allowance {
  readonly rule: string
  readonly reason: string
}

export const groupKinds = ['exactlyOne', 'allOrNone', 'notBoth'] as const

/** Variables that go together, or do not. */
export interface VariableGroup {
  readonly kind: (typeof groupKinds)[number]
  readonly names: readonly string[]
}

/** What a variable has to do with others, by their names; only the manifest says so. */
export interface Relations {
  /** Required while each of these variables has one of its values. */
  readonly requiredWhen?: ReadonlyMap<string, readonly string[]>
  /** Required while one of these is set. */
  readonly requiredWith?: readonly string[]
  readonly lessThan?: string
  readonly equals?: string
  readonly differentFrom?: string
  readonly startsWith?: string
  /** The name that took the place of this one. */
  readonly deprecated?: string
}

/** What is known of one variable in one environment, from manifest, directives and template. */
export interface SchemaEntry extends ValueSpec {
  readonly name: string
  /** Where it is declared: its line in the template, else in the manifest. */
  readonly at: Place
  readonly required: boolean
  /** `declared`: manifest or a comment says so; `template`: only because the template gives a value. */
  readonly requiredBy?: 'declared' | 'template'
  readonly secret: boolean
  /** Whether somebody said so (manifest, directive), not only the name. */
  readonly isSecretDeclared: boolean
  /** Whether type and ranges were declared, or only inferred from the template's example. */
  readonly isTypeDeclared: boolean
  /** Of generated values: `hex:32`. */
  readonly form?: string
  /** A person supplies it (`# secrets: ask`). */
  readonly isAsked: boolean
  readonly default?: string
  readonly description?: string
  /** Absent where there are none; groups stand with their first name. */
  readonly relations?: Relations & { readonly groups?: readonly VariableGroup[] }
  /** Stands in the template as a comment only: known, and never missing. */
  readonly isCommented: boolean
  readonly allows: readonly Allowance[]
}

/** Every variable that template or manifest name; empty where there is neither. */
export type Schema = ReadonlyMap<string, SchemaEntry>
