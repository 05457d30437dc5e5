import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import type { Instant } from '../../core/instant.ts'
import { readDigest } from '../../core/trust/digest.ts'
import type { LoadedManifest } from '../manifest.ts'
import { loadTrustRecord } from './record-file.ts'
import { gatherTrust, type TrustSubject } from './subject.ts'

/** `new`: never recorded for this path. `changed`: another content was. */
export type RecordedState =
  { readonly state: 'new' | 'changed' } | { readonly state: 'trusted'; readonly at: Instant }

/**
 * Before anything that the manifest says is done beyond the project's own files: a remote store contacted, a command
 * run, code loaded. Throws `trust.required` unless this user has recorded exactly the bytes that were parsed and the
 * files that they name. `--trust` decides alone where it is given: it accepts one digest, whatever was recorded. Gives
 * what was compared.
 */
export async function requireTrust(context: Context, manifest: LoadedManifest): Promise<TrustSubject> {
  const given = acceptedDigest(context)
  const subject = await gatherTrust(context, manifest)
  if (given === subject.digest) return subject
  const state = given === undefined ? (await recordedState(context, manifest, subject)).state : 'other'
  if (state !== 'trusted') throw trustError(context, manifest, subject, state)
  return subject
}

/** What this user has recorded of the manifest; `--trust`, which lasts for a run, does not count. */
export async function recordedState(
  context: Context,
  { source }: LoadedManifest,
  { digest }: TrustSubject,
): Promise<RecordedState> {
  const entry = (await loadTrustRecord(context)).get(source.path)
  if (entry === undefined) return { state: 'new' }
  return entry.sha256 === digest ? { state: 'trusted', at: entry.at } : { state: 'changed' }
}

/** The digest of `--trust`. What was typed is not repeated: it may be something else pasted there. */
export function acceptedDigest({ options }: Context): string | undefined {
  if (options.trust === undefined) return undefined
  const digest = readDigest(options.trust)
  if (digest !== undefined) return digest
  throw new SecretsError('usage.invalid_argument', '--trust takes a SHA-256: 64 hexadecimal digits', {
    hints: ['see it, where you have read the manifest: secrets trust --print'],
  })
}

const messages = {
  new: 'nobody has said yet that this manifest may contact stores, run commands or load code for you',
  changed: 'the manifest or a file that it names is not what you trusted: it has changed since',
  other: '--trust names another content than that of the manifest and the files that it names',
} as const

export function trustError(
  { options }: Context,
  { path }: LoadedManifest,
  { digest }: TrustSubject,
  state: keyof typeof messages,
): SecretsError {
  const where = options.manifest === undefined ? '' : ` --manifest ${quoteWord(options.manifest)}`
  return new SecretsError('trust.required', messages[state], {
    at: { path },
    hints: [
      `see what it would do, read it, then say so: secrets trust${where}`,
      `where nobody can be asked, for exactly this content: --trust ${digest}`,
    ],
  })
}

function quoteWord(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : '<file>'
}
