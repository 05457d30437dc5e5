import { dirname, isAbsolute, join } from 'node:path'
import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'

const fileMode = 0o600
const keyBytes = 32

/** `secrets` in the user's configuration directory; never in a project. */
export function userDirectory({ env }: Pick<Context, 'env'>): string {
  const config = env['XDG_CONFIG_HOME']
  // The XDG specification: a relative path is ignored.
  if (config !== undefined && isAbsolute(config)) return join(config, 'secrets')
  const home = [env['HOME'], env['USERPROFILE']].find(path => path !== undefined && path !== '')
  if (home !== undefined) return join(home, '.config', 'secrets')
  throw new SecretsError('audit.unwritable', 'there is no home directory for the key of the audit log', {
    hints: ['set HOME or XDG_CONFIG_HOME, or name the key file in SECRETS_AUDIT_KEY_FILE'],
  })
}

/** `SECRETS_AUDIT_KEY_FILE`, for users or machines that share a log, else the user's own. */
export function keyPath(context: Context): string {
  const given = context.env['SECRETS_AUDIT_KEY_FILE']
  if (given !== undefined && given !== '') return context.resolve(given)
  return join(userDirectory(context), 'audit.key')
}

/** The key that the chain is made with; `undefined` when there is none yet. A file that others may read is tightened. */
export async function readKey(context: Context): Promise<Uint8Array | undefined> {
  const path = keyPath(context)
  const content = await context.files.read(path, { maxBytes: 4096 })
  if (content === undefined) return undefined
  const text = Buffer.from(content.bytes).toString('latin1').trim()
  const key = Buffer.from(text, 'base64url')
  if (key.length !== keyBytes || key.toString('base64url') !== text) {
    throw new SecretsError('audit.wrong_key', 'the file with the key of the audit log holds no such key', {
      at: { path },
      hints: ['restore it from a backup: without it earlier entries cannot be verified'],
    })
  }
  if ((content.mode & 0o077) !== 0 && context.env['OS'] !== 'Windows_NT') {
    await context.files.replace(path, content.bytes, { mode: fileMode, base: content.version })
    context.terminal.note(`others could read ${path}: its mode is now 0600; they may have forged entries`)
  }
  return key
}

/** Makes the key at the first entry; another process that is faster wins. */
export async function createKey(context: Context): Promise<Uint8Array> {
  const path = keyPath(context)
  const key = context.random.bytes(keyBytes)
  await context.files.makeDirectory(dirname(path), 0o700)
  const text = `${Buffer.from(key).toString('base64url')}\n`
  if (await context.files.publish(path, Buffer.from(text), fileMode)) return key
  return (await readKey(context)) ?? key
}
