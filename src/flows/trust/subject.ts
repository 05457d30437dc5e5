import type { Context } from '../../context.ts'
import { isSecretsError } from '../../core/errors.ts'
import {
  type FileClaim,
  needsTrust,
  type ProviderKind,
  trustClaims,
  type TrustClaims,
} from '../../core/trust/claims.ts'
import { sha256, trustDigest } from '../../core/trust/digest.ts'
import { type LoadedManifest, pathBesideManifest } from '../manifest.ts'

/** Larger programs than this are not part of a repository. */
const maxBytes = 67_108_864

export interface TrustFile {
  readonly path: string
  readonly role: FileClaim['role']
  /** `undefined`: the manifest names it, and it is not there. */
  readonly sha256: string | undefined
}

/** What would be trusted, and the digest that stands for it. */
export interface TrustSubject {
  readonly isNeeded: boolean
  readonly digest: string
  readonly claims: TrustClaims
  readonly files: readonly TrustFile[]
}

/** Reads every file that the manifest names. A link among them is an error: what it points to can change unseen. */
export async function gatherTrust(context: Context, manifest: LoadedManifest): Promise<TrustSubject> {
  const claims = trustClaims(manifest, provider => kindOf(context, provider))
  const files: TrustFile[] = []
  for (const { path, role, isCertain } of claims.files) {
    const bytes = await readNamed(context, pathBesideManifest(manifest, path), isCertain)
    if (bytes === undefined && !isCertain) continue
    files.push({ path, role, sha256: bytes === undefined ? undefined : sha256(bytes) })
  }
  const digest = trustDigest(manifest.source.bytes, files)
  return { isNeeded: needsTrust(claims), digest, claims, files }
}

function kindOf(context: Context, provider: string): ProviderKind {
  return Object.hasOwn(context.providers, provider)
    ? (context.providers[provider]?.kind ?? 'foreign')
    : 'foreign'
}

/** A word of a command may as well name a directory, or be too long for a name: then it is no file to be trusted. */
async function readNamed(
  context: Context,
  path: string,
  isCertain: boolean,
): Promise<Uint8Array | undefined> {
  try {
    return (await context.files.read(path, { maxBytes }))?.bytes
  } catch (error) {
    const isNoFile =
      isSecretsError(error, 'env_file.not_a_file') || isSecretsError(error, 'env_file.unreadable')
    if (!isCertain && isNoFile) return undefined
    throw error
  }
}
