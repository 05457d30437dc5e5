import type { Context } from '../../context.ts'
import { EnvDocument } from '../../core/env-file/index.ts'
import { SecretsError } from '../../core/errors.ts'
import { previousName } from '../../core/names.ts'
import type { RotationKind } from '../../core/manifest/manifest.ts'
import { inferKind } from '../../core/policy.ts'
import { findKind, type Kind, missingHooks } from '../../core/rotation/kinds/index.ts'
import type { Inventory, SecretFacts } from '../inventory.ts'
import { cannotAnnounce, cannotRotate } from './look-only.ts'
import { hooksFor, scheduleOf } from './subject.ts'

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
 * In an emergency nothing is waited for, so nobody has to say how long.
 */
export function refuseKind(
  facts: SecretFacts,
  otherPlaces: readonly OtherPlace[],
  isEmergency = false,
): SecretsError | undefined {
  const { name, target, copyOf } = facts
  if (target.provider.rotation === undefined) return cannotRotate(target.config.id)
  if (copyOf !== undefined) return changedWith(facts, copyOf.config.id)
  const declared = facts.variable?.rotate?.kind
  if (declared !== undefined) return refuseDeclared(facts, declared, isEmergency)
  const inferred = inferKind({ name, ...(facts.form === undefined ? {} : { form: facts.form }) })
  if (inferred.required !== undefined) {
    return kindRequired(name, inferred.required.reason, [
      `say in the manifest how it is rotated: ${name}: { rotate: { ${proposal(inferred.required.proposed)} } }`,
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

function changedWith({ name, target }: SecretFacts, leader: string): SecretsError {
  return new SecretsError(
    'rotation.kind_required',
    `"${name}" in ${target.config.id} is changed together with the one in ${leader}`,
    { hints: ['name the secret alone: every target of its environment follows'] },
  )
}

/** A fleet that reads copies would have to know an announced value too, and no target announces for another. */
export function refuseCopies({ name, variable }: SecretFacts, copies: readonly string[]): void {
  const kind = variable?.rotate?.kind
  if (kind === undefined || findKind(kind).steps?.includes('announce') !== true) return
  throw new SecretsError(
    'rotation.kind_unsupported',
    `"${name}" is of kind "${kind}" and stands in ${copies.join(' and ')} too: a value is announced in one target only`,
    { hints: ['let its readers read one target, or rotate it by hand'] },
  )
}

/** As it stands in the manifest, with the times that only its owner knows as an example. */
function proposal(kind: RotationKind): string {
  return [`kind: ${kind}`, ...timesIn(findKind(kind).times)].join(', ')
}

/** How soon instances that read the value once a start, and tokens of an hour, would be served. */
const exampleTimes = { refreshTtl: '5m', tokenTtl: '60m' } as const

function timesIn(times: Kind['times'] = []): readonly string[] {
  return times.map(time => `${time}: ${exampleTimes[time]}`)
}

/** What the manifest says of the kind counts, with the hooks and times without which it breaks something. */
function refuseDeclared(
  facts: SecretFacts,
  declared: RotationKind,
  isEmergency: boolean,
): SecretsError | undefined {
  const { name } = facts
  const kind = findKind(declared)
  if (kind.value === 'followed') {
    return new SecretsError(
      'rotation.kind_required',
      `"${name}" is changed together with the secret inside it`,
      {
        hints: ['rotate that one: this one follows'],
      },
    )
  }
  const refused = isEmergency ? undefined : (refuseUnannounced(facts, kind) ?? refuseUntimed(facts, kind))
  if (refused !== undefined) return refused
  const missing = missingHooks(kind, hooksFor(facts))
  if (missing.length === 0) return undefined
  const hints = missing.map(({ oneOf, why }) => `hooks: { ${oneOf.join(' or ')}: [{ run: [...] }] }: ${why}`)
  return new SecretsError(
    'rotation.kind_required',
    `"${name}" is of kind "${declared}", which is not rotated without its hooks`,
    { hints },
  )
}

function refuseUnannounced({ name, target }: SecretFacts, { steps = [] }: Kind): SecretsError | undefined {
  const isAble = target.provider.rotation?.announce !== undefined
  return steps.includes('announce') && !isAble ? cannotAnnounce(name) : undefined
}

function refuseUntimed(facts: SecretFacts, { id, times = [] }: Kind): SecretsError | undefined {
  const schedule = scheduleOf(facts)
  const missing = times.filter(time => schedule[time] === undefined)
  if (missing.length === 0) return undefined
  return new SecretsError(
    'rotation.kind_required',
    `"${facts.name}" is of kind "${id}", and nobody says ${missing.join(' and ')}`,
    {
      hints: [
        `say it in the manifest, for example: ${facts.name}: { rotate: { ${proposal(id)} } }`,
        'refreshTtl: after how long every instance has read the value again; tokenTtl: how long a token lives',
      ],
    },
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
