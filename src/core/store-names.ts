import { SecretsError } from './errors.ts'
import type { SecretName } from './provider.ts'

/** What the manifest says of a variable's name in the store: `ref` and `field`. */
export interface StoreName {
  /** The object's whole name in the store; no prefix is put before it. */
  readonly ref?: string
  /** The key inside the object, where its value is a set of fields. */
  readonly field?: string
}

/** Where one value stands: an object of the store, and the field inside it where the object has fields. */
export interface StorePlace {
  readonly object: string
  readonly field?: string
}

/** How a store names things where the manifest is silent. */
export interface NamingRule {
  readonly placeOf: (name: SecretName) => StorePlace
  /** The reverse, for lists; `undefined` for what cannot be a variable of ours. */
  readonly nameAt: (place: StorePlace) => SecretName | undefined
  /** Where the previous value of that place stands during the grace period. */
  readonly previousOf: (place: StorePlace) => StorePlace
}

export interface StorePlaces {
  placeOf(name: SecretName): StorePlace
  previousOf(name: SecretName): StorePlace
  /** The variable whose current value stands there; `undefined` for previous values and for what is not ours. */
  nameAt(place: StorePlace): SecretName | undefined
  /** The variables that the manifest places itself, with their places. */
  readonly declared: ReadonlyMap<SecretName, StorePlace>
}

/**
 * Variables to places and back: the manifest's `ref` and `field` first, else the store's own rule. Throws
 * `manifest.invalid` when two variables, or one's previous value and another, would stand in one place.
 */
export function createPlaces(
  names: Readonly<Record<SecretName, StoreName>> | undefined,
  rule: NamingRule,
): StorePlaces {
  const declared = new Map<SecretName, StorePlace>()
  const owners = new Map<string, SecretName>()
  const claim = (place: StorePlace, name: SecretName): void => {
    const owner = owners.get(keyOf(place))
    if (owner !== undefined) throw collision(owner, name)
    owners.set(keyOf(place), name)
  }
  for (const [name, { ref, field }] of Object.entries(names ?? {})) {
    const usual = rule.placeOf(name)
    const inside = field ?? usual.field
    const place = { object: ref ?? usual.object, ...(inside === undefined ? {} : { field: inside }) }
    declared.set(name, place)
    claim(place, name)
    claim(rule.previousOf(place), name)
  }
  const placeOf = (name: SecretName): StorePlace => {
    const own = declared.get(name)
    if (own !== undefined) return own
    const usual = rule.placeOf(name)
    for (const place of [usual, rule.previousOf(usual)]) {
      const owner = owners.get(keyOf(place))
      if (owner !== undefined) throw collision(owner, name)
    }
    return usual
  }
  return {
    declared,
    placeOf,
    previousOf: name => rule.previousOf(placeOf(name)),
    nameAt: place => {
      const owner = owners.get(keyOf(place))
      if (owner !== undefined) return keyOf(placeOf(owner)) === keyOf(place) ? owner : undefined
      const name = rule.nameAt(place)
      // A variable that the manifest places elsewhere does not stand at its usual place as well.
      return name === undefined || declared.has(name) ? undefined : name
    },
  }
}

/** The two together, without a separator that a name could hold. */
function keyOf({ object, field }: StorePlace): string {
  return JSON.stringify([object, field ?? null])
}

function collision(one: SecretName, other: SecretName): SecretsError {
  const what = one === other ? one : `${one} and ${other}`
  return new SecretsError('manifest.invalid', `${what} would stand in one place of the store`, {
    hints: ['give each variable a "ref" or "field" of its own', 'previous values need a place too: NAME_OLD'],
  })
}
