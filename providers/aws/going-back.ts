import { SecretsError } from '../../src/core/errors.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { PendingFacts, RevertOptions } from '../../src/core/rotation/port.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { Entry } from './entry.ts'
import {
  deadlineTag,
  fenceLabel,
  isStagingLabel,
  pendingLabel,
  previousLabel,
  retiredTag,
  tokens,
} from './names.ts'
import { type AwsStore, conflict, mirror } from './store.ts'

// Both ways back make a new version that holds the older value and flip to it: the version that a late commit names as
// its base is then current no more, and never again.

/**
 * First the fence, then the labels of the staged version: whoever looks in between finds the value given up, because
 * the fence's id says for which version it was made.
 */
export async function abort(
  store: AwsStore,
  name: SecretName,
  { version, base }: PendingFacts,
  signal: AbortSignal,
): Promise<void> {
  const object = store.objectOf(name)
  let entry = await store.look(object, signal)
  if (entry?.current === version) throw conflict(name)
  if (entry === undefined) return
  // Whatever the labels say: as long as its base is current a flip to it can still come.
  if (entry.current === base) {
    await fence(store, name, entry, version, signal)
    entry = await store.look(object, signal)
    if (entry?.current === version) throw conflict(name)
    if (entry === undefined) return
  }
  for (const label of entry.described.versions.get(version) ?? []) {
    if (label !== pendingLabel && !isStagingLabel(label)) continue
    await store.api.label(object, label, { from: version }, signal)
  }
}

/** An open grace period goes on: its facts are written for the fence first, and its old value gets AWSPREVIOUS back. */
async function fence(
  store: AwsStore,
  name: SecretName,
  entry: Entry,
  staged: VersionId,
  signal: AbortSignal,
): Promise<void> {
  const object = store.objectOf(name)
  const { current: base, described, rotation } = entry
  const token = tokens.fence(described.arn, base, staged)
  const { value } = await store.valueOf(object, base, signal)
  await repeat(store, name, token, value, signal)
  const facts = rotation?.facts
  const before = facts?.version === base && facts.previous?.status === 'accepted' ? facts.previous : undefined
  if (facts !== undefined && before !== undefined) {
    const { at, mode, deadline } = facts
    const kept = { previous: before.version, mode, ...(at === undefined ? {} : { at }) }
    await store.api.tag(object, deadlineTag(token, kept, deadline), signal)
  }
  if ((await store.flip(object, base, token, signal)) === 'refused') return
  if (before !== undefined) {
    await store.api.label(object, previousLabel, { from: base, to: before.version }, signal)
  }
}

export async function revert(
  store: AwsStore,
  name: SecretName,
  from: VersionId,
  to: VersionId,
  { at, keepNewUntil }: RevertOptions,
  signal: AbortSignal,
): Promise<void> {
  const object = store.objectOf(name)
  const entry = await store.look(object, signal)
  if (entry === undefined) throw conflict(name)
  const { described, rotation } = entry
  const token = tokens.reverted(described.arn, from, to)
  if (entry.current === token) return
  if (entry.current !== from || rotation?.facts.version !== from) throw conflict(name)
  if (rotation.facts.previous?.version !== to) throw conflict(name)
  if (rotation.facts.previous.status !== 'accepted') throw nothingToRollBack(name)
  const { value } = await store.valueOf(object, to, signal)
  await repeat(store, name, token, value, signal)
  const facts = { previous: from, at, mode: rotation.facts.mode }
  const tags = keepNewUntil === undefined ? retiredTag(token, facts) : deadlineTag(token, facts, keepNewUntil)
  await store.api.tag(object, tags, signal)
  if (described.labels.get(pendingLabel) === from) {
    // It must not look like a value that is staged on the base that it came from.
    await store.api.label(object, pendingLabel, { from }, signal)
  }
  if ((await store.flip(object, from, token, signal)) === 'refused') {
    if ((await store.look(object, signal))?.current !== token) throw conflict(name)
  }
  if (keepNewUntil === undefined) await mirror(store, name, { current: token }, from, signal)
}

/** The value once more, under another version id, not current yet. Repeated it changes nothing. */
async function repeat(
  store: AwsStore,
  name: SecretName,
  token: VersionId,
  value: Secret,
  signal: AbortSignal,
): Promise<void> {
  const request = { token, value, labels: [fenceLabel] }
  const outcome = await store.api.put(store.objectOf(name), request, signal)
  if (outcome !== token) throw conflict(name)
}

function nothingToRollBack(name: SecretName): SecretsError {
  return new SecretsError(
    'rotation.nothing_to_roll_back',
    `the previous value of "${name}" is no longer served`,
    { hints: ['it was retired or written over; its version may still be readable by its id'] },
  )
}
