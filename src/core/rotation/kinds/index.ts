import type { Hooks, RotationKind } from '../../manifest/manifest.ts'
import { composite } from './composite.ts'
import { encryption } from './encryption.ts'
import { external } from './external.ts'
import type { Kind } from './kind.ts'
import { manual } from './manual.ts'
import { signing } from './signing.ts'
import { verifier } from './verifier.ts'

export type { Kind } from './kind.ts'

/** One line for each kind of the manifest. */
const kinds: Readonly<Record<RotationKind, Kind>> = {
  verifier,
  signing,
  external,
  encryption,
  manual,
  composite,
}

export function findKind(id: RotationKind): Kind {
  return kinds[id]
}

/** What the kind needs and the manifest does not give. */
export function missingHooks(kind: Kind, hooks: Hooks): Kind['needs'] {
  return kind.needs.filter(({ oneOf }) => oneOf.every(name => hooks[name] === undefined))
}
