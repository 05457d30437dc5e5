import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { checkName } from '../core/names.ts'
import type { Provider } from '../core/provider.ts'
import { type Inventory, type OpenTarget, withInventory } from './inventory.ts'
import { absentError } from './rotation/select.ts'
import { holderOf, refuseOpenRotation, requireOneChosen, soleTarget } from './values.ts'

export interface DeleteRequest {
  /** Erase it for good, with what the store keeps of it. */
  readonly isPurge: boolean
  /** `--yes`: what would be asked is confirmed. */
  readonly isConfirmed: boolean
}

/**
 * Removes a secret: recoverable where the store can do that, until it is purged. A purge also takes what an earlier
 * delete has left, and nothing brings it back, so it is never done unasked.
 */
export async function deleteSecret(context: Context, word: string, request: DeleteRequest): Promise<void> {
  const name = checkName(word)
  await withInventory(context, async inventory => {
    requireOneChosen(context, inventory)
    if (request.isPurge) await purge(context, inventory, name, request)
    else await remove(context, inventory, name, request)
  })
}

async function remove(
  context: Context,
  inventory: Inventory,
  name: string,
  { isConfirmed }: DeleteRequest,
): Promise<void> {
  const target = await holderOf(context, inventory, name)
  if (target === undefined) throw await absentError(context, inventory, name)
  await refuseOpenRotation(context, inventory, target, name)
  if (context.terminal.isInteractive && !isConfirmed) {
    await requireAgreement(context, `Delete "${name}" from ${target.config.id}?`)
  }
  await target.provider.remove(name, context.signal)
}

async function purge(
  context: Context,
  inventory: Inventory,
  name: string,
  { isConfirmed }: DeleteRequest,
): Promise<void> {
  const target = (await holderOf(context, inventory, name)) ?? soleTarget(inventory)
  const erase = purgeOf(target)
  await refuseOpenRotation(context, inventory, target, name)
  if (!isConfirmed) {
    if (!context.terminal.isInteractive) throw unconfirmed(name)
    await requireAgreement(
      context,
      `Erase "${name}" from ${target.config.id} for good, with everything kept of it?`,
    )
  }
  await erase(name, context.signal)
}

function purgeOf({ provider, config }: OpenTarget): Required<Provider>['purge'] {
  const { purge } = provider
  if (purge !== undefined) return (name, signal) => purge.call(provider, name, signal)
  throw new SecretsError('usage.invalid_argument', `the store of "${config.id}" cannot erase for good`, {
    hints: ['delete it without --purge; who runs the store may erase it there'],
  })
}

async function requireAgreement({ terminal }: Context, question: string): Promise<void> {
  if (await terminal.confirm(question)) return
  throw new SecretsError('usage.interrupted', 'not confirmed; nothing was changed')
}

function unconfirmed(name: string): SecretsError {
  return new SecretsError(
    'usage.needs_confirmation',
    `nobody has confirmed that "${name}" is erased for good`,
    {
      hints: [
        'nothing brings it back: add --yes if that is meant',
        'without --purge a store that can keeps it',
      ],
    },
  )
}
