import { dirname, isAbsolute, join } from 'node:path'
import type { Context, FileContent } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { formatTrustRecord, parseTrustRecord, type TrustRecord } from '../../core/trust/record.ts'

const maxBytes = 4_194_304

/** `trust.json` in the user's configuration directory; never in a project. */
export function trustPath({ env }: Pick<Context, 'env'>): string {
  const config = env['XDG_CONFIG_HOME']
  // The XDG specification: a relative path is ignored.
  if (config !== undefined && isAbsolute(config)) return join(config, 'secrets', 'trust.json')
  const home = [env['HOME'], env['USERPROFILE']].find(path => path !== undefined && path !== '')
  if (home !== undefined) return join(home, '.config', 'secrets', 'trust.json')
  throw new SecretsError('trust.damaged', 'there is no home directory to remember trust in', {
    hints: ['set HOME or XDG_CONFIG_HOME', 'or accept one content for one run: --trust <sha256>'],
  })
}

/** What this user has trusted so far; empty where nothing was. Throws `trust.damaged` rather than forget an entry. */
export async function loadTrustRecord(context: Context): Promise<TrustRecord> {
  const path = trustPath(context)
  return readContent(context, path, await context.files.read(path, { maxBytes }))
}

/** Writes the record, changed by `change` on what stands there now; one writer at a time. */
export async function updateTrustRecord(
  context: Context,
  change: (record: TrustRecord) => TrustRecord,
): Promise<void> {
  const path = trustPath(context)
  await context.files.makeDirectory(dirname(path), 0o700)
  await context.files.withLock(path, context.signal, async () => {
    const content = await context.files.read(path, { maxBytes })
    const bytes = new TextEncoder().encode(formatTrustRecord(change(readContent(context, path, content))))
    await context.files.replace(path, bytes, { mode: 0o600, base: content?.version ?? 'absent' })
  })
}

function readContent(context: Context, path: string, content: FileContent | undefined): TrustRecord {
  if (content === undefined) return new Map()
  if ((content.mode & 0o022) !== 0 && context.env['OS'] !== 'Windows_NT') {
    throw new SecretsError('trust.damaged', 'others may write the file that holds what you trust', {
      at: { path },
      hints: ['look whether its entries are yours, then: chmod 600', 'or remove it, and trust again'],
    })
  }
  const record = parseTrustRecord(new TextDecoder().decode(content.bytes))
  if (record !== undefined) return record
  throw new SecretsError('trust.damaged', 'the file that holds what you trust cannot be read', {
    at: { path },
    hints: ['restore it from a backup, or remove it: then nothing is trusted until you run: secrets trust'],
  })
}
