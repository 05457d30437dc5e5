import type { ProviderDeps, TargetConfig } from '../src/context.ts'
import { SecretsError } from '../src/core/errors.ts'
import { namePattern } from '../src/core/names.ts'
import type { Provider } from '../src/core/provider.ts'
import { createPlaces, type StorePlaces } from '../src/core/store-names.ts'
import { createClient } from './aws/client.ts'
import { diagnose } from './aws/diagnosis.ts'
import { identify } from './aws/identity.ts'
import { previousLabel } from './aws/names.ts'
import { createRotation } from './aws/rotation.ts'
import { objectPattern, readSettings } from './aws/settings.ts'
import { createStore, limits } from './aws/store.ts'
import { list, read, versions, writing } from './aws/values.ts'

/**
 * AWS Secrets Manager: one secret for each variable, `<prefix>NAME` or what the manifest names. The current value has
 * the label AWSCURRENT, the previous one during its grace period AWSPREVIOUS; a staged one waits in the same secret
 * under SECRETS_PENDING, which no reader asks for. Deadlines stand in tags, `secrets:v1:…`.
 *
 * - Mutual exclusion: a version id can be given once (ClientRequestToken). Every runner calculates the same id from
 *   the base, so the first value put there is the one new value, and the others take it over. The flip is
 *   UpdateSecretVersionStage(AWSCURRENT) with RemoveFromVersionId, which the service refuses unless that version is
 *   current; it moves AWSPREVIOUS in the same step. There is no lock, and nothing is kept on the runner.
 * - Giving up and going back make a new version with the older value and flip to it, so that the base of a flip that
 *   comes late is current no more.
 * - A secret with managed rotation or an owning service is not touched.
 *
 * Not promised:
 * - Erasure of one version: without a label it stays readable by its id until the service needs room for others.
 * - The deadline in the same step as the flip: it is a tag, written right after. Missing it reads as a full grace
 *   period from now. Tags have no compare-and-set, so each deadline is a tag of its own and the latest counts.
 * - To read the newest state at once: the service is eventually consistent, lists by minutes. A decision made on an
 *   older state fails at the conditional flip; a mere `get` or `status` may be late.
 */
export async function connect(target: TargetConfig, deps: ProviderDeps): Promise<Provider> {
  const settings = readSettings(target, deps)
  const client = createClient(settings, deps)
  const store = createStore(client, placesOf(target, settings.prefix), deps)
  await Promise.resolve()
  return {
    limits,
    check: signal => identify(client, `${settings.prefix}SECRETS_CHECK`, signal),
    list: (prefix, signal) => list(store, settings.prefix, prefix, signal),
    read: (name, version, signal) => read(store, name, version, signal),
    versions: (name, signal) => versions(store, name, signal),
    ...writing(store),
    diagnose: (question, signal) => diagnose(client, store, question, signal),
    rotation: createRotation(store),
    close: () => {
      client.close()
      return Promise.resolve()
    },
  }
}

function placesOf({ id, names }: TargetConfig, prefix: string): StorePlaces {
  for (const [name, { ref, field }] of Object.entries(names ?? {})) {
    if (field !== undefined) throw invalid(id, `places "${name}" in a field, which this store cannot yet`)
    if (ref !== undefined && !objectPattern.test(ref))
      throw invalid(id, `has a ref for "${name}" that cannot be one`)
  }
  return createPlaces(names, {
    placeOf: name => ({ object: prefix + name }),
    nameAt: ({ object }) => {
      const name = object.slice(prefix.length)
      return object.startsWith(prefix) && namePattern.test(name) ? name : undefined
    },
    // Not a secret of its own: another version of the same one.
    previousOf: ({ object }) => ({ object, field: previousLabel }),
  })
}

function invalid(id: string, what: string): SecretsError {
  return new SecretsError('manifest.invalid', `target "${id}" ${what}`, {
    hints: ['a variable is a whole secret: ref: photoapp/jwt-secret, in letters, digits and / _ + = . @ -'],
  })
}
