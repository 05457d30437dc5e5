import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import type { Secret } from '../../src/core/secret.ts'
import {
  fileMode,
  identitiesIn,
  identityMissing,
  identityPath,
  type IdentityDeps,
  isProtected,
  maxBytes,
  plainBytes,
} from './identity.ts'
import { openProtected, sealProtected } from './passphrase.ts'

type Deps = IdentityDeps & Pick<ProviderDeps, 'random'>

export async function lookAtKeyFile(
  deps: IdentityDeps,
): Promise<{ readonly path: string; readonly isProtected: boolean } | undefined> {
  const path = identityPath(deps.env, deps.root)
  const content = await deps.files.read(path, { maxBytes })
  return content && { path, isProtected: isProtected(content.bytes) }
}

/**
 * Comments and further keys stay: the whole text goes under the passphrase, or comes out of it. The replace is refused
 * when the file is no longer the one that was opened. `workFactor`: for tests.
 */
export async function protectKeyFile(
  deps: Deps,
  next: () => Promise<Secret | undefined>,
  signal: AbortSignal,
  workFactor?: number,
): Promise<void> {
  const path = identityPath(deps.env, deps.root)
  const content = await deps.files.read(path, { maxBytes })
  if (content === undefined) throw identityMissing(path)
  const plain = await plainBytes(deps, path, content.bytes)
  // What opens no store is not worth a passphrase, and might be something else of the user's.
  identitiesIn(plain, path)
  const passphrase = await next()
  const bytes = passphrase === undefined ? plain : await sealed(deps, plain, passphrase, path, workFactor)
  signal.throwIfAborted()
  await deps.files.replace(path, bytes, { mode: fileMode, base: content.version })
}

/** Opened once before it takes the place of what can be opened today. */
async function sealed(
  { random }: Deps,
  plain: Uint8Array,
  passphrase: Secret,
  path: string,
  workFactor: number | undefined,
): Promise<Uint8Array> {
  const bytes = await sealProtected(plain, passphrase, random.bytes(16), workFactor)
  if (Buffer.compare(await openProtected(bytes, passphrase, path), plain) === 0) return bytes
  throw new SecretsError('internal.unexpected', 'the protected identity does not open; nothing was changed')
}
