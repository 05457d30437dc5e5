import type { HookName, RotationKind } from '../../manifest/manifest.ts'

/** How secrets of one kind are rotated, as far as it differs from the others. */
export interface Kind {
  readonly id: RotationKind
  /** For people: what a rotation of this kind does. */
  readonly summary: string
  /** `made`: the new value is generated here. `given`: a person brings it, and no schedule can. `followed`: by another's. */
  readonly value: 'made' | 'given' | 'followed'
  /** Hooks without which a rotation would break something: of each line one must be there. */
  readonly needs: readonly { readonly oneOf: readonly HookName[]; readonly why: string }[]
}
