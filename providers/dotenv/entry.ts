import type { AssignmentNode, DirectiveNode, EnvDocument } from '../../src/core/env-file/index.ts'
import { placeOf } from '../../src/core/env-file/index.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { matchesFingerprint } from '../../src/core/fingerprint.ts'
import type { Instant } from '../../src/core/instant.ts'
import { nextName, previousName } from '../../src/core/names.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import type { Observation } from '../../src/core/rotation/port.ts'
import { Secret } from '../../src/core/secret.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import { type PendingRecord, readPending, readRotation, type RotationRecord } from './record.ts'

/** The version of a value that no rotation of ours has touched, and of one that was changed by hand after one. */
const untouched: VersionId = 'initial'
export const edited: VersionId = 'edited'

/** Everything that a file says of one secret. */
export interface Entry {
  readonly name: SecretName
  readonly node: AssignmentNode
  readonly value: Secret
  readonly version: VersionId
  readonly record?: { readonly node: DirectiveNode; readonly facts: RotationRecord }
  readonly pending?: { readonly node: DirectiveNode; readonly facts: PendingRecord }
  readonly previous?: { readonly node: AssignmentNode; readonly value: Secret; readonly isOurs: boolean }
  /** What stands at `NAME_NEXT`; ours is the announced value. */
  readonly next?: { readonly node: AssignmentNode; readonly isOurs: boolean }
}

/** `undefined` when the file has no such variable. Throws for a damaged directive, which may hold a staged value. */
export function readEntry(document: EnvDocument, name: SecretName): Entry | undefined {
  const node = document.find(name)
  if (node === undefined) return undefined
  const value = new Secret(document.value(node))
  const { record, pending } = readDirectives(document, node, name)
  const previousNode = document.find(previousName(name))
  const nextNode = document.find(nextName(name))
  const previousValue = previousNode === undefined ? undefined : new Secret(document.value(previousNode))
  return {
    name,
    node,
    value,
    version: versionOf(value, record?.facts, pending?.facts),
    ...(record === undefined ? {} : { record }),
    ...(pending === undefined ? {} : { pending }),
    ...(nextNode === undefined
      ? {}
      : { next: { node: nextNode, isOurs: isAnnounced(document.value(nextNode), pending?.facts) } }),
    ...(previousNode === undefined || previousValue === undefined
      ? {}
      : {
          previous: {
            node: previousNode,
            value: previousValue,
            isOurs: matchesFingerprint(previousValue, record?.facts.previous?.check ?? ''),
          },
        }),
  }
}

function isAnnounced(text: string, pending: PendingRecord | undefined): boolean {
  return pending?.announced !== undefined && areEqualSecrets(new Secret(text), pending.value)
}

/** The record decides where it knows the value; else what a staged value was put on; else nobody knows. */
function versionOf(
  value: Secret,
  record: RotationRecord | undefined,
  pending: PendingRecord | undefined,
): VersionId {
  if (record !== undefined) return matchesFingerprint(value, record.check) ? record.version : edited
  if (pending !== undefined) return matchesFingerprint(value, pending.baseCheck) ? pending.base : edited
  return untouched
}

function readDirectives(
  document: EnvDocument,
  assignment: AssignmentNode,
  name: SecretName,
): Pick<Entry, 'record' | 'pending'> {
  const found: { record?: NonNullable<Entry['record']>; pending?: NonNullable<Entry['pending']> } = {}
  for (const node of directiveNodesAbove(document, assignment)) {
    const { directive } = node
    if ('problem' in directive) throw damaged(document, node)
    if (directive.verb === 'rotation' && directive.args[0] === name) {
      const facts = readRotation(directive)
      if (facts === undefined) throw damaged(document, node)
      found.record = { node, facts }
    }
    if (directive.verb === 'pending' && Object.hasOwn(directive.keys, name)) {
      const facts = readPending(name, directive)
      if (facts === undefined) throw damaged(document, node)
      found.pending = { node, facts }
    }
  }
  return found
}

/** The comment lines of ours directly above a variable, the readable and the damaged ones. */
export function directiveNodesAbove(
  document: EnvDocument,
  assignment: AssignmentNode,
): readonly DirectiveNode[] {
  const found: DirectiveNode[] = []
  for (let at = document.indexOf(assignment) - 1; ; at -= 1) {
    const above = document.nodes[at]
    if (above?.kind !== 'directive') return found
    found.push(above)
  }
}

function damaged(document: EnvDocument, node: DirectiveNode): SecretsError {
  return new SecretsError('env_file.invalid_directive', 'a "# secrets:" comment cannot be read', {
    at: placeOf(document.path, node),
    hints: ['undo the edit of that line; it may hold a staged value, so do not throw it away unseen'],
  })
}

/** Several assignments of one name: readers take the last one, people the first one they see. */
export function refuseDuplicate(document: EnvDocument, name: SecretName): void {
  const all = document.findAll(name)
  const second = all[1]
  if (second === undefined) return
  throw new SecretsError('env_file.duplicate_name', `"${name}" is assigned ${String(all.length)} times`, {
    at: placeOf(document.path, second),
    hints: ['readers use the last one; remove the others, then run it again'],
  })
}

/** What the file says of the rotation of one secret. */
export function observeEntry(entry: Entry | undefined): Observation {
  if (entry === undefined) return {}
  const { record, pending, previous, next } = entry
  const isTaken = previous !== undefined && !previous.isOurs
  const isRecorded = record !== undefined && record.facts.version === entry.version
  return {
    current: { version: entry.version, ...(isRecorded ? sinceOf(record.facts) : {}) },
    ...(pending === undefined
      ? {}
      : {
          pending: {
            version: pending.facts.version,
            base: pending.facts.base,
            mark: pending.facts.mark,
            // Somebody may have taken it out again: then readers do not find it.
            announced: next?.isOurs === true ? (pending.facts.announced ?? false) : false,
          },
        }),
    ...(record === undefined ? {} : { rotation: rotationFacts(record.facts, previous) }),
    ...(isTaken ? { taken: previousName(entry.name) } : {}),
    ...(next?.isOurs === false ? { nextTaken: nextName(entry.name) } : {}),
  }
}

export function sinceOf({ at }: RotationRecord): { readonly since?: Instant } {
  return at === undefined ? {} : { since: at }
}

function rotationFacts(
  facts: RotationRecord,
  previous: Entry['previous'],
): NonNullable<Observation['rotation']> {
  const { version, at, mode, verifiedAt } = facts
  const isServed = previous?.isOurs === true
  return {
    version,
    mode,
    ...(at === undefined ? {} : { at }),
    ...(facts.previous === undefined
      ? {}
      : {
          previous: { version: facts.previous.version, status: isServed ? 'accepted' : 'destroyed' },
          deadline: facts.previous.until,
        }),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
  }
}
