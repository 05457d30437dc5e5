import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { defaultForm, formatForm, parseForm } from '../core/form.ts'
import { checkName } from '../core/names.ts'
import type { Provider, VersionInfo } from '../core/provider.ts'
import type { Secret } from '../core/secret.ts'
import { generateValue } from '../generators/index.ts'
import { factsOf, withInventory } from './inventory.ts'
import { placeFor, requireFitting } from './values.ts'

export interface CreateRequest {
  /** As `generate` reads it; absent: what the manifest or a directive says of the name, else 32 random bytes in hex. */
  readonly form?: string
  /** `--yes`: a value that is there already may be lost. */
  readonly isConfirmed: boolean
}

export interface CreatedSecret {
  readonly version: VersionInfo['version']
  readonly form: string
}

/**
 * A new value that nobody sees, made here and stored. A value that is there already would be lost without a grace
 * period: that has to be confirmed. Where the store can, another writer's value that came meanwhile is kept
 * (`provider.conflict`).
 */
export async function createSecret(
  context: Context,
  word: string,
  { form: asked, isConfirmed }: CreateRequest,
): Promise<CreatedSecret> {
  const name = checkName(word)
  // What the command line says is looked at before any store is asked.
  const wanted = asked === undefined ? undefined : parseForm(asked)
  return await withInventory(context, async inventory => {
    const { target, isThere } = await placeFor(context, inventory, name)
    const declared = factsOf(inventory, target, name).form
    const form = wanted ?? (declared === undefined ? defaultForm : parseForm(declared))
    const value = await generateValue(form, context.random)
    requireFitting(target, name, value)
    if (isThere && !isConfirmed) await confirmLoss(context, name, target.config.id)
    const { version } = await store(context, target.provider, name, value, isThere)
    return { version, form: formatForm(form) }
  })
}

async function store(
  { clock, signal }: Context,
  provider: Provider,
  name: string,
  value: Secret,
  isThere: boolean,
): Promise<VersionInfo> {
  const options = { at: clock.now() }
  if (isThere || provider.writeIf === undefined) return await provider.write(name, value, options, signal)
  return await provider.writeIf(name, value, 'absent', options, signal)
}

async function confirmLoss({ terminal }: Context, name: string, target: string): Promise<void> {
  if (!terminal.isInteractive) {
    throw new SecretsError('usage.needs_confirmation', `"${name}" has a value already, which would be lost`, {
      hints: [
        `keep it accepted for a grace period: secrets rotate ${name}`,
        'or add --yes if nothing uses it',
      ],
    })
  }
  const isMeant = await terminal.confirm(`Replace the value of "${name}" in ${target}? The old one is lost.`)
  if (!isMeant) throw new SecretsError('usage.interrupted', 'not confirmed; nothing was changed')
}
