import type { Context, TargetConfig } from '../../context.ts'
import { isSecretsError } from '../../core/errors.ts'
import type { Provider } from '../../core/provider.ts'
import type { LoadedManifest } from '../manifest.ts'
import { auditProvider } from './audited.ts'
import { auditLogOf } from './log.ts'
import { noteRefusal } from './watch.ts'

/** Opens a store with the log around it. Where the store lets nobody in, that stands in the log. */
export async function connectAudited(
  context: Context,
  manifest: LoadedManifest,
  target: TargetConfig,
  open: () => Promise<Provider>,
): Promise<Provider> {
  const log = await auditLogOf(context, manifest, target)
  if (log === undefined) return await open()
  try {
    return auditProvider(await open(), log, target)
  } catch (error) {
    // A store's own refusals; a manifest that nobody trusts has asked no store for anything.
    if (isSecretsError(error) && error.code.startsWith('provider.')) await noteRefusal(log, target, error)
    throw error
  }
}
