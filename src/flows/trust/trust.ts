import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { formatInstant } from '../../core/instant.ts'
import type { TrustClaims } from '../../core/trust/claims.ts'
import { label } from '../text-file.ts'
import { loadManifest, type LoadedManifest, manifestPath } from '../manifest.ts'
import { loadTrustRecord, updateTrustRecord } from './record-file.ts'
import { acceptedDigest, recordedState, trustError } from './require.ts'
import { gatherTrust, type TrustFile, type TrustSubject } from './subject.ts'

export interface TrustRequest {
  readonly isPrint: boolean
  readonly isConfirmed: boolean
}

export interface TrustReport {
  /** Relative to where the command works. */
  readonly manifest: string
  readonly sha256: string
  /** Before the command; `not-needed`: nothing in the manifest asks for trust. */
  readonly state: 'trusted' | 'new' | 'changed' | 'not-needed'
  /** `printed`: only the digest was asked for. */
  readonly action: 'recorded' | 'printed' | 'none'
  readonly since?: string
  readonly remotes: TrustClaims['remotes']
  readonly hooks: TrustClaims['hooks']
  readonly notify: TrustClaims['notify']
  readonly audit: TrustClaims['audit']
  readonly packages: TrustClaims['packages']
  readonly files: readonly (Omit<TrustFile, 'sha256'> & { readonly sha256: string | null })[]
}

export interface TrustOutcome {
  readonly report: TrustReport
  /** Beside the report: what it says was shown, and nobody has agreed to it. */
  readonly error?: SecretsError
}

/** Shows what the manifest would do; `ask` puts that before the user, who agrees or not. Then it is recorded. */
export async function runTrust(
  context: Context,
  request: TrustRequest,
  ask: (report: TrustReport) => Promise<boolean>,
): Promise<TrustOutcome> {
  const manifest = await requireManifest(context)
  const subject = await gatherTrust(context, manifest)
  const report = await describe(context, manifest, subject)
  const given = acceptedDigest(context)
  if (given !== undefined && given !== subject.digest) {
    return { report, error: trustError(context, manifest, subject, 'other') }
  }
  if (request.isPrint) return { report: { ...report, action: 'printed' } }
  if (report.state === 'trusted' || report.state === 'not-needed') return { report }
  const isAgreed = request.isConfirmed || given !== undefined
  if (!isAgreed && !context.terminal.isInteractive) return { report, error: unconfirmed() }
  if (!isAgreed && !(await ask(report))) {
    throw new SecretsError('usage.interrupted', 'not confirmed; nothing was recorded')
  }
  const entry = { sha256: subject.digest, at: context.clock.now() }
  await updateTrustRecord(context, record => new Map(record).set(manifest.source.path, entry))
  return { report: { ...report, action: 'recorded', since: formatInstant(entry.at) } }
}

/** Takes trust back, also of a manifest that is no longer there or no longer valid. `false`: there was none. */
export async function revokeTrust(context: Context): Promise<{ manifest: string; isRevoked: boolean }> {
  const path = manifestPath(context)
  const manifest = label(context.cwd, path)
  if (!(await loadTrustRecord(context)).has(path)) return { manifest, isRevoked: false }
  await updateTrustRecord(context, record => new Map([...record].filter(([known]) => known !== path)))
  return { manifest, isRevoked: true }
}

async function requireManifest(context: Context): Promise<LoadedManifest> {
  const manifest = await loadManifest(context)
  if (manifest !== undefined) return manifest
  throw new SecretsError('manifest.missing', 'there is no manifest here, so there is nothing to trust', {
    hints: ['without secrets.yaml no store is contacted and no command is run'],
    at: { path: 'secrets.yaml' },
  })
}

async function describe(
  context: Context,
  manifest: LoadedManifest,
  subject: TrustSubject,
): Promise<TrustReport> {
  const recorded = subject.isNeeded
    ? await recordedState(context, manifest, subject)
    : { state: 'not-needed' as const }
  const { remotes, hooks, notify, audit, packages } = subject.claims
  return {
    manifest: manifest.path,
    sha256: subject.digest,
    state: recorded.state,
    action: 'none',
    ...(recorded.state === 'trusted' ? { since: formatInstant(recorded.at) } : {}),
    ...{ remotes, hooks, notify, audit, packages },
    files: subject.files.map(({ sha256, ...file }) => ({ ...file, sha256: sha256 ?? null })),
  }
}

function unconfirmed(): SecretsError {
  return new SecretsError('usage.needs_confirmation', 'nobody has agreed to what the manifest would do', {
    hints: [
      'read what is listed, the manifest and the files, then: secrets trust --yes',
      'for one run only, give the digest to the command itself: --trust <sha256>',
    ],
  })
}
