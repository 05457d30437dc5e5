import type { StagedPending } from '../../src/core/document/entry.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { createFieldReader } from '../../src/core/json-fields.ts'
import type { VersionId } from '../../src/core/provider.ts'
import { decodeMark } from '../../src/core/rotation/record.ts'
import { Secret } from '../../src/core/secret.ts'

// The value that is staged for one field: a version of the secret of its own, which only holds that. It has a label of
// the field, so that several fields of one secret may be rotated at once.

const format = 1

export function encodeStaged({ base, baseCheck, mark, value }: Omit<StagedPending, 'version'>): Secret {
  return new Secret(JSON.stringify({ format, staged: { base, baseCheck, mark, value: value.reveal() } }))
}

/** Whether a version holds a staged value, and no value that readers ever found. */
export function isStaged(value: Secret): boolean {
  return value.reveal().startsWith(`{"format":${String(format)},"staged":{"base":`)
}

export function readStaged(object: string, version: VersionId, source: Secret): StagedPending {
  const malformed = (): Error =>
    new SecretsError(
      'store.damaged',
      `what this tool has staged in "${object}" was changed by somebody else`,
      {
        hints: [
          'look at its labels: aws secretsmanager describe-secret',
          'SECRETS_PENDING_… may be taken off',
        ],
      },
    )
  const read = createFieldReader(malformed)
  const document = read.record(read.parse(source.reveal()))
  if (document['format'] !== format) throw malformed()
  const staged = read.record(document['staged'])
  return {
    version,
    base: read.string(staged['base']),
    baseCheck: read.string(staged['baseCheck']),
    mark: decodeMark(read, staged['mark']),
    value: new Secret(read.string(staged['value'])),
  }
}
