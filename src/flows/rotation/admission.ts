import type { Context } from '../../context.ts'
import { EnvDocument } from '../../core/env-file/index.ts'
import { SecretsError } from '../../core/errors.ts'
import { previousName } from '../../core/names.ts'
import type { RotationKind } from '../../core/manifest/manifest.ts'
import { inferKind } from '../../core/policy.ts'
import { findKind, missingHooks } from '../../core/rotation/kinds/index.ts'
import type { Inventory, SecretFacts } from '../inventory.ts'
import { cannotRotate } from './look-only.ts'
import { hooksFor } from './subject.ts'

/** Another place where a value stands: it would keep the old value when the secret alone is rotated. */
export interface OtherPlace {
  /** The id of the target that holds it. */
  readonly target: string
  readonly path: string
  readonly line: number
  readonly name: string
}

/**
 * Whether `rotate` alone may change this secret: we issue it ourselves and its kind is known (product rule: *ours* by
 * the manifest, a directive or init's record; *kind* by the manifest, else by name and form). `undefined` when it may.
 */
export function refuseKind(facts: SecretFacts, otherPlaces: readonly OtherPlace[]): SecretsError | undefined {
  const { name, target } = facts
  if (target.provider.rotation === undefined) return cannotRotate(target.config.id)
  const declared = facts.variable?.rotate?.kind
  if (declared !== undefined) return refuseDeclared(facts, declared)
  const inferred = inferKind({ name, ...(facts.form === undefined ? {} : { form: facts.form }) })
  if (inferred.required !== undefined) {
    return kindRequired(name, inferred.required.reason, [
      `say in the manifest how it is rotated: ${name}: { rotate: { kind: ${inferred.required.proposed} } }`,
    ])
  }
  if (facts.form === undefined) {
    return kindRequired(name, 'nothing says that this project issues it itself', [
      `if it does, put "# secrets: generate hex:32" above it, or say so in the manifest`,
      'a value that somebody else issued is rotated there first: kind external',
    ])
  }
  if (otherPlaces.length === 0) return undefined
  const listed = otherPlaces.map(
    place => `it stands in ${place.path}:${String(place.line)} (${place.name}) too`,
  )
  return kindRequired(name, 'its value is used in other places, which would keep the old one', [
    ...listed,
    `say in the manifest how they are rotated together: ${name}: { rotate: { kind: composite } }`,
  ])
}

/** What the manifest says of the kind counts; it must be one that has a plan, with the hooks without which it breaks. */
function refuseDeclared(facts: SecretFacts, declared: RotationKind): SecretsError | undefined {
  const { name } = facts
  const found = findKind(declared)
  if ('unsupported' in found) {
    return new SecretsError(
      'rotation.kind_unsupported',
      `"${name}" is of kind "${declared}", which has no plan yet: ${found.unsupported}`,
      { hints: ['rotate this one by hand'] },
    )
  }
  if (found.kind.value === 'followed') {
    return new SecretsError(
      'rotation.kind_required',
      `"${name}" is changed together with the secret inside it`,
      {
        hints: ['rotate that one: this one follows'],
      },
    )
  }
  const missing = missingHooks(found.kind, hooksFor(facts))
  if (missing.length === 0) return undefined
  const hints = missing.map(({ oneOf, why }) => `hooks: { ${oneOf.join(' or ')}: [{ run: [...] }] }: ${why}`)
  return new SecretsError(
    'rotation.kind_required',
    `"${name}" is of kind "${declared}", which is not rotated without its hooks`,
    { hints },
  )
}

function kindRequired(name: string, reason: string, hints: readonly string[]): SecretsError {
  return new SecretsError(
    'rotation.kind_required',
    `"${name}" is not rotated without a word about its kind: ${reason}`,
    {
      hints,
    },
  )
}

/** A short value is found everywhere by chance; equal values count at any length. */
const shortestPart = 8

/** Every other variable of the inventory's files that holds the value, alone or inside, also percent-encoded. */
export async function findOtherPlaces(
  context: Context,
  inventory: Inventory,
  facts: SecretFacts,
): Promise<readonly OtherPlace[]> {
  const places: OtherPlace[] = []
  const files = inventory.targets.flatMap(({ config }) => {
    const path = config.provider === 'dotenv' ? config.settings['path'] : undefined
    return path === undefined ? [] : [{ config, path }]
  })
  // A value is read only where there is a file to look for it in.
  if (files.length === 0) return places
  const current = await facts.target.provider.read(facts.name, 'current', context.signal)
  const wanted = current?.value.reveal() ?? ''
  if (wanted === '') return places
  const encoded = encodeURIComponent(wanted)
  const own = facts.target.config
  for (const { config, path } of files) {
    const content = await context.files.read(context.resolve(path))
    if (content === undefined) continue
    const document = EnvDocument.parse(content.bytes, path)
    for (const node of document.assignments) {
      const isSelf =
        config.id === own.id && (node.name === facts.name || node.name === previousName(facts.name))
      if (isSelf) continue
      const text = document.value(node)
      const isInside = wanted.length >= shortestPart && (text.includes(wanted) || text.includes(encoded))
      if (text === wanted || isInside)
        places.push({ target: config.id, path, line: node.line, name: node.name })
    }
  }
  return places
}
