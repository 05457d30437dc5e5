import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import { resolve } from 'node:path'
import type { Identity, Recipient, Stanza } from 'age-encryption'
import type { ProviderDeps } from '../../src/context.ts'
import { isSecretsError, SecretsError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import type { IdentityDeps } from './identity.ts'
import { collect, streamOf } from './seal.ts'

/** As age writes it: 256 MiB, about a second. */
const usualWorkFactor = 18
/** The file says what opening it costs. One gigabyte and some seconds are the most that a file may ask for. */
const maxWorkFactor = 20
const maxPassphraseBytes = 4096
const attempts = 3
const label = Buffer.from('age-encryption.org/v1/scrypt')

/** One question for each state of the file, however many stores it opens; forgotten with the files port. */
const unlocked = new WeakMap<IdentityDeps['files'], Map<string, Promise<Uint8Array>>>()

/** What is in the file. Throws `store.wrong_passphrase`, `usage.needs_input`, `store.wrong_identity`. */
export function unlock(deps: IdentityDeps, path: string, bytes: Uint8Array): Promise<Uint8Array> {
  const known = unlocked.get(deps.files) ?? new Map<string, Promise<Uint8Array>>()
  unlocked.set(deps.files, known)
  const key = Buffer.from(bytes).toString('latin1')
  const found = known.get(key) ?? unlockNow(deps, path, bytes)
  known.set(key, found)
  return found
}

async function unlockNow(deps: IdentityDeps, path: string, bytes: Uint8Array): Promise<Uint8Array> {
  await requireOpenable(bytes, path)
  const given = await passphraseFromFile(deps)
  if (given !== undefined) return await openProtected(bytes, given, path)
  for (let left = attempts; ; left -= 1) {
    const passphrase = await askPassphrase(deps, path)
    try {
      return await openProtected(bytes, passphrase, path)
    } catch (error) {
      if (!isSecretsError(error, 'store.wrong_passphrase') || left === 1) throw error
      deps.note('that is not the passphrase of that file; once more')
    }
  }
}

async function askPassphrase({ askSecret }: IdentityDeps, path: string): Promise<Secret> {
  try {
    if (askSecret !== undefined) return await askSecret(`Passphrase of ${path}: `)
  } catch (error) {
    if (!isSecretsError(error, 'usage.needs_input')) throw error
  }
  throw new SecretsError('usage.needs_input', 'the identity is under a passphrase, and nobody can be asked', {
    hints: ['run it in a terminal, or name a file with the passphrase in SECRETS_PASSPHRASE_FILE'],
    at: { path },
  })
}

/** `undefined` where the environment names no file. One line end at the end is not part of it. */
export async function passphraseFromFile({
  env,
  root,
  files,
}: Pick<ProviderDeps, 'env' | 'root' | 'files'>): Promise<Secret | undefined> {
  const named = env['SECRETS_PASSPHRASE_FILE']
  if (named === undefined || named === '') return undefined
  const path = resolve(root, named)
  const content = await files.read(path, { maxBytes: maxPassphraseBytes })
  if (content === undefined) {
    throw new SecretsError('file.missing', 'the file with the passphrase is not there', {
      hints: ['check SECRETS_PASSPHRASE_FILE; it is read from the directory of the project'],
      at: { path },
    })
  }
  if ((content.mode & 0o077) !== 0 && env['OS'] !== 'Windows_NT') {
    throw new SecretsError('store.passphrase_exposed', 'others may read the file with the passphrase', {
      hints: [
        `chmod 600 ${path}`,
        'where others work on that machine, choose a new one: secrets provider passphrase',
      ],
      at: { path },
    })
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content.bytes)
    return new Secret(text.replace(/\r?\n$/, ''))
  } catch {
    throw new SecretsError('file.unreadable', 'the file with the passphrase is not text in UTF-8', {
      at: { path },
    })
  }
}

/** Throws `store.wrong_passphrase`, and `store.wrong_identity` for what no passphrase opens. */
export async function openProtected(
  bytes: Uint8Array,
  passphrase: Secret,
  path: string,
): Promise<Uint8Array> {
  const plain = await decrypt(bytes, scryptIdentity(passphrase), path)
  if (plain === undefined) throw wrongPassphrase(path)
  return plain
}

/** Throws `store.wrong_identity`; nobody has to type anything for a file that no passphrase opens. */
async function requireOpenable(bytes: Uint8Array, path: string): Promise<void> {
  await decrypt(bytes, { unwrapFileKey: stanzas => (costOf(stanzas), null) }, path)
}

/** `undefined` when the identity is not the one. */
async function decrypt(bytes: Uint8Array, identity: Identity, path: string): Promise<Uint8Array | undefined> {
  const { armor, Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  try {
    const text = Buffer.from(bytes).toString('latin1')
    const file = text.trimStart().startsWith('-----') ? armor.decode(text) : bytes
    return await collect(await decrypter.decrypt(streamOf(file)))
  } catch (error) {
    // The library gives its errors no codes; the text is fixed by the locked version, and a test holds it.
    if (error instanceof Error && error.message.startsWith('no identity matched')) return undefined
    throw unusable(path)
  }
}

/**
 * An identity file under a passphrase is what `age -p --armor` makes of it: an age file with one scrypt recipient, which
 * `age -d -i` opens by itself (C2SP age, "The scrypt recipient type"). Node's own scrypt is used in the place of the
 * library's: beside the main thread, so that Ctrl-C is still heard.
 */
export async function sealProtected(
  plain: Uint8Array,
  passphrase: Secret,
  salt: Uint8Array,
  workFactor = usualWorkFactor,
): Promise<Uint8Array> {
  const { armor, Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  encrypter.addRecipient(await scryptRecipient(passphrase, salt, workFactor))
  return Buffer.from(armor.encode(await collect(await encrypter.encrypt(streamOf(plain)))))
}

async function scryptRecipient(passphrase: Secret, salt: Uint8Array, workFactor: number): Promise<Recipient> {
  const { Stanza } = await import('age-encryption')
  const encoded = Buffer.from(salt).toString('base64').replaceAll('=', '')
  return {
    async wrapFileKey(fileKey) {
      const key = await wrappingKey(passphrase, salt, workFactor)
      const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 })
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()])
      return [new Stanza(['scrypt', encoded, String(workFactor)], body)]
    },
  }
}

function scryptIdentity(passphrase: Secret): Identity {
  return {
    async unwrapFileKey(stanzas) {
      const { salt, workFactor, body } = costOf(stanzas)
      const key = await wrappingKey(passphrase, salt, workFactor)
      const cipher = createDecipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 })
      cipher.setAuthTag(body.subarray(16))
      try {
        return new Uint8Array(Buffer.concat([cipher.update(body.subarray(0, 16)), cipher.final()]))
      } catch {
        return null
      }
    },
  }
}

/** What the header asks for; throws for everything that is not one scrypt stanza of a bearable cost. */
function costOf(stanzas: readonly Stanza[]): {
  readonly salt: Uint8Array
  readonly workFactor: number
  readonly body: Uint8Array
} {
  const [stanza] = stanzas
  // The specification: a scrypt stanza is the only one of its file.
  if (stanza === undefined || stanzas.length !== 1 || stanza.args.length !== 3) throw new Error('header')
  const [type, salt = '', factor = ''] = stanza.args
  const { body } = stanza
  const workFactor = /^[1-9]\d?$/.test(factor) ? Number(factor) : Number.NaN
  if (type !== 'scrypt' || !/^[A-Za-z0-9+/]{22}$/.test(salt)) throw new Error('stanza')
  if (!(workFactor <= maxWorkFactor) || body.length !== 32) throw new Error('work factor')
  return { salt: Buffer.from(salt, 'base64'), workFactor, body }
}

function wrappingKey(passphrase: Secret, salt: Uint8Array, workFactor: number): Promise<Buffer> {
  const [N, r] = [2 ** workFactor, 8]
  return new Promise((done, reject) => {
    const options = { N, r, p: 1, maxmem: 256 * N * r }
    scrypt(passphrase.reveal(), Buffer.concat([label, salt]), 32, options, (error, key) => {
      if (error === null) done(key)
      else reject(error)
    })
  })
}

function wrongPassphrase(path: string): SecretsError {
  return new SecretsError('store.wrong_passphrase', 'that passphrase does not open the identity file', {
    hints: [
      'try it again; a space at the end of a line counts',
      'without the passphrase only a backup from before it helps: there is no other way in',
    ],
    at: { path },
  })
}

function unusable(path: string): SecretsError {
  return new SecretsError('store.wrong_identity', 'the identity file cannot be opened with a passphrase', {
    hints: [
      'it is damaged, or it is no age file with a passphrase: put your backup of it there',
      `a work factor above ${String(maxWorkFactor)} is refused: it would take too long`,
    ],
    at: { path },
  })
}
