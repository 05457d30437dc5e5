import { join, resolve } from 'node:path'
import type { ProviderDeps } from '../../src/context.ts'
import { isSecretsError, SecretsError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { encodePath } from './address.ts'
import { nonEmpty, type VaultSettings } from './settings.ts'

/** How this connection becomes somebody: a token that is there, or a login that gives one. */
export type Credentials =
  | { readonly token: Secret }
  | { readonly login: { readonly path: string; readonly fields: Readonly<Record<string, Secret | string>> } }

type CredentialDeps = Pick<ProviderDeps, 'files' | 'env' | 'root'>

const maxBytes = 64 * 1024

/** From the environment and from files that it names, never from the manifest, which is committed. */
export async function readCredentials({ auth }: VaultSettings, deps: CredentialDeps): Promise<Credentials> {
  const login = `auth/${encodePath(auth.mount)}/login`
  const role: Record<string, string> = auth.role === undefined ? {} : { role: auth.role }
  switch (auth.method) {
    case 'token':
      return { token: await readToken(deps) }
    case 'approle': {
      const fields = {
        role_id: await variable(deps, 'VAULT_ROLE_ID'),
        secret_id: await variable(deps, 'VAULT_SECRET_ID'),
      }
      return { login: { path: login, fields } }
    }
    case 'userpass': {
      const user = await variable(deps, 'VAULT_USERNAME')
      const password = await variable(deps, 'VAULT_PASSWORD')
      return { login: { path: `${login}/${encodeURIComponent(user.reveal())}`, fields: { password } } }
    }
    case 'jwt':
      return { login: { path: login, fields: { ...role, jwt: await variable(deps, 'VAULT_JWT') } } }
  }
}

/** `VAULT_TOKEN`, else the file that `vault login` and `bao login` write. */
async function readToken(deps: CredentialDeps): Promise<Secret> {
  const given = nonEmpty(deps.env['VAULT_TOKEN'])
  if (given !== undefined) return requireToken(given, 'VAULT_TOKEN')
  const home = nonEmpty(deps.env['HOME']) ?? nonEmpty(deps.env['USERPROFILE'])
  const path = home === undefined ? undefined : join(home, '.vault-token')
  const content = path === undefined ? undefined : await deps.files.read(path, { maxBytes })
  if (path === undefined || content === undefined) {
    throw new SecretsError('provider.auth', 'there is no token for the store', {
      hints: [
        'set VAULT_TOKEN, or sign in: vault login, bao login',
        'or choose another method: auth: approle',
      ],
    })
  }
  if ((content.mode & 0o077) !== 0 && deps.env['OS'] !== 'Windows_NT') {
    throw new SecretsError('provider.auth', 'other users of this machine may read the token file', {
      at: { path },
      hints: ['sign in again, because it may be known, then: chmod 600 ~/.vault-token'],
    })
  }
  return requireToken(Buffer.from(content.bytes).toString('utf8').trim(), '~/.vault-token')
}

/** A token goes into a header: printable ASCII without blanks. */
function requireToken(text: string, from: string): Secret {
  if (/^[\x21-\x7e]{1,8192}$/.test(text)) return new Secret(text)
  throw new SecretsError('provider.auth', `what stands in ${from} cannot be a token`, {
    hints: ['sign in again: vault login, bao login'],
  })
}

/** The variable, else the content of the file that the variable with `_FILE` names. */
async function variable({ env, files, root }: CredentialDeps, name: string): Promise<Secret> {
  const given = nonEmpty(env[name])
  if (given !== undefined) return new Secret(given)
  const file = nonEmpty(env[`${name}_FILE`])
  const hints = [`set ${name}, or name a file that holds it in ${name}_FILE`]
  if (file === undefined) throw new SecretsError('provider.auth', `${name} is not set`, { hints })
  const path = resolve(root, file)
  const content = await files.read(path, { maxBytes }).catch((error: unknown) => {
    if (!isSecretsError(error, 'env_file.symlink')) throw error
    throw new SecretsError('provider.auth', `${name}_FILE names a link`, {
      at: { path },
      hints: [`links are not followed: name the file itself, or put its content into ${name}`],
    })
  })
  const text = content === undefined ? undefined : nonEmpty(Buffer.from(content.bytes).toString('utf8'))
  if (text !== undefined) return new Secret(text)
  throw new SecretsError('provider.auth', `the file that ${name}_FILE names is missing or empty`, {
    at: { path },
    hints,
  })
}
