import type { Hooks, RotationKind } from '../../manifest/manifest.ts'
import { composite } from './composite.ts'
import { encryption } from './encryption.ts'
import { external } from './external.ts'
import type { Kind } from './kind.ts'
import { manual } from './manual.ts'
import { verifier } from './verifier.ts'

export type { Kind } from './kind.ts'

/** One line for each kind that has a plan. */
const kinds: readonly Kind[] = [verifier, external, encryption, manual, composite]

/** Why a kind of the manifest has no plan yet. */
const unsupported: Readonly<Partial<Record<RotationKind, string>>> = {
  signing:
    'readers would have to accept the new value before it is current, and no store can show it to them yet',
}

export type FoundKind = { readonly kind: Kind } | { readonly unsupported: string }

export function findKind(id: RotationKind): FoundKind {
  const kind = kinds.find(one => one.id === id)
  return kind === undefined ? { unsupported: unsupported[id] ?? 'nobody knows it' } : { kind }
}

/** What the kind needs and the manifest does not give. */
export function missingHooks(kind: Kind, hooks: Hooks): Kind['needs'] {
  return kind.needs.filter(({ oneOf }) => oneOf.every(name => hooks[name] === undefined))
}
