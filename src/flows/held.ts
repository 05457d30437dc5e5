import { SecretsError } from '../core/errors.ts'
import { previousName } from '../core/names.ts'
import { mapParallel } from '../core/parallel.ts'
import type { HeldSecret, Provider, SecretName } from '../core/provider.ts'
import type { Observation } from '../core/rotation/port.ts'
import type { Secret } from '../core/secret.ts'
import { areEqualSecrets } from '../core/secret-equality.ts'

/** More than the rate of any store lets through at once; the store's own limits are kept by its policy. */
const concurrent = 16
/** How often a secret may change while it is read: each time means that somebody else has finished a rotation. */
const attempts = 5

export interface Wanted {
  isWanted(name: SecretName): boolean
  /** Of these a value that is staged is read too: its readers accept it before it is current. */
  readonly signed: readonly SecretName[]
}

/**
 * Every secret of a store with its values, or those that are wanted. Of each one current and previous value belong
 * together, also while it is being rotated.
 */
export async function readHeld(
  provider: Provider,
  { isWanted, signed }: Wanted,
  signal: AbortSignal,
): Promise<readonly HeldSecret[]> {
  if (provider.readAll !== undefined) {
    // First what is staged: a value that becomes current in between is then known as either, never as neither.
    const staged = new Map(
      await mapParallel(signed.filter(isWanted), concurrent, async name => {
        const pending = await provider.rotation?.pending(name, signal)
        return [name, pending?.value] as const
      }),
    )
    const held = await provider.readAll(signal)
    return held.filter(({ name }) => isWanted(name)).map(one => withNext(one, staged.get(one.name)))
  }
  const names: SecretName[] = []
  for await (const { name } of provider.list('', signal)) if (isWanted(name)) names.push(name)
  const found = await mapParallel(names, concurrent, name =>
    readOne(provider, name, signed.includes(name), signal),
  )
  const companions = new Set(
    found.flatMap(one => (one?.hadPrevious === true ? [previousName(one.held.name)] : [])),
  )
  return found.flatMap(one => (one === undefined || companions.has(one.held.name) ? [] : [one.held]))
}

interface Found {
  readonly held: HeldSecret
  /** The store has a place for its previous value, whatever stands there now. */
  readonly hadPrevious: boolean
}

async function readOne(
  provider: Provider,
  name: SecretName,
  isSigned: boolean,
  signal: AbortSignal,
): Promise<Found | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const observed = await provider.rotation?.observe(name, signal)
    const current = await provider.read(name, 'current', signal)
    if (current === undefined) return undefined
    const facts = observed?.rotation?.previous
    const hadPrevious = facts !== undefined
    if (observed !== undefined && observed.current?.version !== current.version) continue
    const now = await withStaged(provider, { name, ...current }, isSigned ? observed : undefined, signal)
    if (now === 'moved') continue
    if (facts?.status !== 'accepted') return { held: now, hadPrevious }
    const previous = await provider.read(name, 'previous', signal)
    if (previous === undefined || previous.version !== facts.version) continue
    const deadline = observed?.rotation?.deadline
    const accepted = { value: previous.value, ...(deadline === undefined ? {} : { deadline }) }
    return { held: { ...now, previous: accepted }, hadPrevious }
  }
  throw new SecretsError('provider.conflict', `"${name}" changes faster than it can be read`, {
    hints: ['another program writes it; run this again when that has ended'],
  })
}

/** With the value that was staged at that moment. */
async function withStaged(
  { rotation }: Provider,
  held: HeldSecret,
  observed: Observation | undefined,
  signal: AbortSignal,
): Promise<HeldSecret | 'moved'> {
  const staged = observed?.pending?.version
  if (staged === undefined) return held
  const pending = await rotation?.pending(held.name, signal)
  return pending?.version === staged ? withNext(held, pending.value) : 'moved'
}

function withNext(held: HeldSecret, next: Secret | undefined): HeldSecret {
  return next === undefined || areEqualSecrets(next, held.value) ? held : { ...held, next }
}
