import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { formatInstant, type Instant } from '../../src/core/instant.ts'
import { Secret } from '../../src/core/secret.ts'
import { notAnIdentity, recipientOf } from './seal.ts'

type Env = ProviderDeps['env']
/** The first is the one to write with, the others open what was written before. */
export type Identities = readonly [Secret, ...Secret[]]
export type IdentityDeps = Pick<ProviderDeps, 'files' | 'env' | 'root' | 'note' | 'askSecret'>

export const fileMode = 0o600
export const maxBytes = 64 * 1024
const identityPattern = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/

/** `SECRETS_IDENTITY_FILE`, else `secrets/identity.txt` in the user's configuration directory. */
export function identityPath(env: Env, root: string): string {
  const given = env['SECRETS_IDENTITY_FILE']
  if (isSet(given)) return resolve(root, given)
  const config = env['XDG_CONFIG_HOME']
  // The XDG specification: a relative path is ignored.
  if (isSet(config) && isAbsolute(config)) return join(config, 'secrets', 'identity.txt')
  const home = [env['HOME'], env['USERPROFILE']].find(isSet)
  if (home !== undefined) return join(home, '.config', 'secrets', 'identity.txt')
  throw new SecretsError('store.identity_missing', 'there is no home directory to look for the identity in', {
    hints: ['set HOME, or name the identity file in SECRETS_IDENTITY_FILE'],
  })
}

/**
 * The identities in the file; `undefined` when there is no file.
 * A file that others may read is tightened, and the operator is told.
 */
export async function readIdentities(deps: IdentityDeps): Promise<Identities | undefined> {
  const path = identityPath(deps.env, deps.root)
  const content = await deps.files.read(path, { maxBytes })
  if (content === undefined) return undefined
  const identities = identitiesIn(await plainBytes(deps, path, content.bytes), path)
  const isOpen = (content.mode & 0o077) !== 0 && deps.env['OS'] !== 'Windows_NT'
  if (isOpen) {
    await deps.files.replace(path, content.bytes, { mode: fileMode, base: content.version })
    deps.note(
      `others could read ${path}: its mode is now 0600; if that machine is shared, make a new identity`,
    )
  }
  return identities
}

/** Throws `store.wrong_identity` where a line is neither an identity nor a comment. */
export function identitiesIn(bytes: Uint8Array, path: string): Identities {
  const lines = Buffer.from(bytes).toString('utf8').split(/\r?\n/)
  const keys = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'))
  const [first, ...others] = keys.map(key => new Secret(key))
  if (first === undefined || !keys.every(key => identityPattern.test(key))) throw notAnIdentity(path)
  return [first, ...others]
}

/** Whether the file is an age file, and not the identities themselves. */
export function isProtected(bytes: Uint8Array): boolean {
  return /^\s*(?:age-encryption\.org\/|-----BEGIN AGE )/.test(Buffer.from(bytes).toString('latin1', 0, 256))
}

/** Nothing of passphrases is loaded for whoever has none. */
export async function plainBytes(deps: IdentityDeps, path: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (!isProtected(bytes)) return bytes
  const { unlock } = await import('./passphrase.ts')
  return await unlock(deps, path, bytes)
}

/** Makes the identity of this user, in the form of age-keygen; another process that is faster wins. */
export async function createIdentity(deps: IdentityDeps, at: Instant | undefined): Promise<Identities> {
  const { generateX25519Identity } = await import('age-encryption')
  const path = identityPath(deps.env, deps.root)
  const identity = new Secret(await generateX25519Identity())
  const recipient = await recipientOf(identity)
  const created = at === undefined ? '' : `# created: ${formatInstant(at)}\n`
  const text = `${created}# public key: ${recipient}\n${identity.reveal()}\n`
  await deps.files.makeDirectory(dirname(path), 0o700)
  if (await deps.files.publish(path, Buffer.from(text), fileMode)) {
    deps.note(`made the key of your local store: ${path}`)
    deps.note('back it up where you keep passwords: without it nobody can read the store again')
    if (isSet(deps.env['SECRETS_PASSPHRASE_FILE']))
      deps.note('it has no passphrase yet, although a file with one is named: secrets provider passphrase')
    return [identity]
  }
  const others = await readIdentities(deps)
  if (others === undefined) throw identityMissing(path)
  return others
}

export function identityMissing(path: string): SecretsError {
  return new SecretsError('store.identity_missing', 'the store is encrypted and its identity is not here', {
    hints: [
      'put your backup of identity.txt there, or name it in SECRETS_IDENTITY_FILE',
      'a store cannot be read without the identity that it was written for',
    ],
    at: { path },
  })
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}
