import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { connectUsualStore } from './targets.ts'
import { readValue } from './values.ts'

export interface PassphraseRequest {
  readonly isRemove: boolean
  /** A file with the new passphrase. */
  readonly newFile?: string
}

export interface PassphraseReport {
  readonly path: string
  readonly action: 'protected' | 'changed' | 'removed' | 'none'
}

/** What a person can type and nobody guesses in an afternoon; `generate passphrase` makes far better ones. */
const minCharacters = 12

/** Puts the identity file of this user under a passphrase, under another one, or under none. */
export async function changePassphrase(
  context: Context,
  { isRemove, newFile }: PassphraseRequest,
): Promise<PassphraseReport> {
  const { keyFile } = await connectUsualStore(context)
  const found = await keyFile?.look()
  if (keyFile === undefined || found === undefined) {
    throw new SecretsError('store.identity_missing', 'there is no identity file that could be protected', {
      hints: ['the first "secrets set" into a local store makes one'],
    })
  }
  const { path, isProtected } = found
  if (isRemove && !isProtected) return { path, action: 'none' }
  const next = async (): Promise<Secret | undefined> =>
    isRemove ? undefined : requireStrong(await newPassphrase(context, isProtected, newFile))
  await keyFile.protect(next, context.signal)
  return { path, action: isRemove ? 'removed' : isProtected ? 'changed' : 'protected' }
}

/** Of a file that has none yet, `SECRETS_PASSPHRASE_FILE` is the new one; of one that has, it is the present one. */
async function newPassphrase(
  context: Context,
  isProtected: boolean,
  newFile: string | undefined,
): Promise<Secret> {
  const named = context.env['SECRETS_PASSPHRASE_FILE']
  const file = newFile ?? (isProtected || named === '' ? undefined : named)
  if (file !== undefined) return await readValue(context, file, true)
  const { terminal } = context
  if (!terminal.isInteractive) {
    throw new SecretsError(
      'usage.needs_input',
      'a new passphrase is needed, and there is no terminal to ask',
      {
        hints: ['run it in a terminal, or give a file: secrets provider passphrase --new-file FILE'],
      },
    )
  }
  const first = requireStrong(await terminal.askSecret('New passphrase: '))
  const second = await terminal.askSecret('The same again: ')
  if (first.reveal() === second.reveal()) return first
  throw new SecretsError('usage.needs_input', 'the two passphrases differ; nothing was changed', {
    hints: ['type the same one twice'],
  })
}

function requireStrong(passphrase: Secret): Secret {
  if (Array.from(passphrase.reveal()).length >= minCharacters) return passphrase
  throw new SecretsError(
    'usage.too_weak',
    `a passphrase has at least ${String(minCharacters)} characters; nothing was changed`,
    { hints: ['take some words: secrets generate passphrase'] },
  )
}
