import type { ProviderDeps, TargetConfig } from '../src/context.ts'
import { SecretsError } from '../src/core/errors.ts'
import { namePattern, previousName } from '../src/core/names.ts'
import type { Provider, SecretName } from '../src/core/provider.ts'
import { createPlaces, type StorePlace, type StorePlaces } from '../src/core/store-names.ts'
import { factsKey } from '../src/core/document/records.ts'
import { createClient } from './aws/client.ts'
import { diagnose } from './aws/diagnosis.ts'
import { createDocuments } from './aws/documents.ts'
import { createFieldRotation } from './aws/field-rotation.ts'
import { readField, versionsOfField, writingFields } from './aws/field-values.ts'
import { identify } from './aws/identity.ts'
import { previousLabel } from './aws/names.ts'
import { createRotation, guarantees } from './aws/rotation.ts'
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
 * - A variable with a `field` stands in a secret whose value is a JSON object, `field_OLD` and the facts of its rotation
 *   (`_secrets_v1`) beside it. They change in one new version, to which AWSCURRENT is moved from the one that was read;
 *   every other byte stays. Its staged value is a version of its own, elected in the same way.
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
  const documents = createDocuments(store, deps)
  const isField = (name: SecretName): boolean => store.places.placeOf(name).field !== undefined
  await Promise.resolve()
  return {
    limits,
    check: signal => identify(client, `${settings.prefix}SECRETS_CHECK`, signal),
    list: (prefix, signal) => list(store, documents, settings.prefix, prefix, signal),
    read: (name, version, signal) =>
      isField(name) ? readField(documents, name, version, signal) : read(store, name, version, signal),
    versions: (name, signal) =>
      isField(name) ? versionsOfField(store, documents, name, signal) : versions(store, name, signal),
    ...byPlace(isField, writing(store), writingFields(store, documents)),
    diagnose: (question, signal) => diagnose(client, store, question, signal),
    rotation: {
      guarantees,
      ...byPlace(isField, createRotation(store), createFieldRotation(store, documents)),
    },
    close: () => {
      client.close()
      return Promise.resolve()
    },
  }
}

type Verbs = Readonly<Record<string, (name: SecretName, ...rest: never[]) => unknown>>

/** The same verbs for whole secrets and for fields of them: each name goes to where it stands. */
function byPlace<T extends { readonly [K in keyof T]: Verbs[string] }>(
  isField: (name: SecretName) => boolean,
  whole: T,
  field: T,
): T {
  const verbs = Object.keys(whole) as (keyof T)[]
  const chosen = verbs.map(verb => [
    verb,
    (name: SecretName, ...rest: never[]) => (isField(name) ? field : whole)[verb](name, ...rest),
  ])
  return Object.fromEntries(chosen) as T
}

function placesOf({ id, names }: TargetConfig, prefix: string): StorePlaces {
  for (const [name, { ref, field }] of Object.entries(names ?? {})) {
    if (ref !== undefined && !objectPattern.test(ref))
      throw invalid(id, `has a ref for "${name}" that cannot be one`)
    if (field === factsKey) throw invalid(id, `places "${name}" in a field that is kept for this tool`)
  }
  const places = createPlaces(names, {
    placeOf: name => ({ object: prefix + name }),
    nameAt: ({ object, field }) => {
      if (field !== undefined) return undefined
      const name = object.slice(prefix.length)
      return object.startsWith(prefix) && namePattern.test(name) ? name : undefined
    },
    // Of a whole secret: no place of its own, but another version in the same one.
    previousOf: ({ object, field }) =>
      field === undefined
        ? { object, field: `label ${previousLabel}` }
        : { object, field: previousName(field) },
  })
  return apart(id, places)
}

/** A secret with fields is no variable itself: one would write over the other. */
function apart(id: string, places: StorePlaces): StorePlaces {
  const all = [...places.declared.values()]
  const withFields = new Set(all.filter(({ field }) => field !== undefined).map(({ object }) => object))
  const placeOf = (name: SecretName): StorePlace => {
    const place = places.placeOf(name)
    if (place.field !== undefined || !withFields.has(place.object)) return place
    throw invalid(id, `places "${name}" where other variables are fields`)
  }
  for (const name of places.declared.keys()) placeOf(name)
  return { ...places, placeOf }
}

function invalid(id: string, what: string): SecretsError {
  return new SecretsError('manifest.invalid', `target "${id}" ${what}`, {
    hints: [
      'ref: photoapp/jwt-secret, in letters, digits and / _ + = . @ -, for a whole secret',
      'with field: jwt_secret for a field of its JSON value',
    ],
  })
}
