import type { HookName, RotateConfig, RotationKind } from '../../manifest/manifest.ts'
import type { OptionalStep } from '../plan.ts'

/** How secrets of one kind are rotated, as far as it differs from the others. */
export interface Kind {
  readonly id: RotationKind
  /** For people: what a rotation of this kind does. */
  readonly summary: string
  /** `made`: the new value is generated here. `given`: a person brings it, and no schedule can. `followed`: by another's. */
  readonly value: 'made' | 'given' | 'followed'
  /** Steps that it has whatever its hooks are. */
  readonly steps?: readonly OptionalStep[]
  /** Times that a rotation waits for: without them nobody knows how long. */
  readonly times?: readonly (keyof RotateConfig & ('refreshTtl' | 'tokenTtl'))[]
  /** Hooks without which a rotation would break something: of each line one must be there. */
  readonly needs: readonly { readonly oneOf: readonly HookName[]; readonly why: string }[]
}
