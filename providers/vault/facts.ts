import { factsKey, readRecords as read, type SecretRecords } from '../../src/core/document/records.ts'
import { SecretsError } from '../../src/core/errors.ts'
import type { Page } from './kv.ts'

export function readRecords(page: Page, shown: string): SecretRecords {
  return read(page, { damaged: () => damaged(shown), newer: () => newerFormat(shown) })
}

export function damaged(shown: string): SecretsError {
  return new SecretsError(
    'store.damaged',
    `what this tool keeps at "${shown}" was changed by somebody else`,
    {
      hints: [
        `undo that change: the earlier versions are kept (vault kv get -version=N, bao kv get -version=N)`,
        `without the key "${factsKey}" every value there counts as never rotated`,
      ],
    },
  )
}

function newerFormat(shown: string): SecretsError {
  return new SecretsError(
    'store.damaged',
    `the facts at "${shown}" have a format that this version does not know`,
    {
      hints: ['they were probably written by a newer version of this tool: use that one'],
    },
  )
}
