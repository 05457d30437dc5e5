import { SecretsError } from '../../src/core/errors.ts'
import { factsKey } from '../../src/core/document/records.ts'
import { namePattern, previousName } from '../../src/core/names.ts'
import type { SecretName } from '../../src/core/provider.ts'
import { createPlaces, type StoreName, type StorePlace } from '../../src/core/store-names.ts'

/** The secrets of the vault in which one variable stands. */
export interface Objects {
  readonly current: string
  readonly previous: string
  readonly pending: string
  /** Of the JSON value at `current`, where the variable is one of its fields; `previous` is no place of its then. */
  readonly field?: string
}

/** Variables to the vault's names and back; Key Vault has no `_` and does not tell capitals from small letters. */
export interface AzureNames {
  /** Throws `provider.bad_name` for what cannot stand there. */
  objectsOf(name: SecretName): Objects
  /** The variable whose current value has that name; `tagged` is what the secret says of itself. */
  nameAt(object: string, tagged: string | undefined): SecretName | undefined
  /** Whether variables are fields of the value there. */
  hasFields(object: string): boolean
  /** The variables that are fields. */
  readonly fields: readonly SecretName[]
}

const [previousEnd, pendingEnd] = ['--OLD', '--PENDING']
const longest = 127 - pendingEnd.length
const objectPattern = /^[0-9A-Za-z-]+$/
const reserved = /(?:--|__)(?:OLD|PENDING)$/i

const fold = (text: string): string => text.toLowerCase()

/** `A_B` stands as `<prefix>A-B`: variables have no `-`, so that nothing is lost. */
export function createNames(
  prefix: string,
  names: Readonly<Record<SecretName, StoreName>> | undefined,
): AzureNames {
  const usual = (name: SecretName): string => prefix + name.replaceAll('_', '-')
  const folded = Object.entries(names ?? {}).map(([name, { ref, field }]) => {
    if (ref !== undefined && !isObject(ref)) throw badRef(name)
    if (field === factsKey) throw keptField(name)
    const inside = field === undefined ? {} : { field }
    return [name, { ...(ref === undefined ? {} : { ref: fold(ref) }), ...inside }] as const
  })
  const places = createPlaces(Object.fromEntries(folded), {
    placeOf: name => ({ object: fold(usual(name)) }),
    nameAt: () => undefined,
    previousOf: ({ object, field }) =>
      field === undefined ? { object: object + fold(previousEnd) } : { object, field: previousName(field) },
  })
  const fields = [...places.declared].filter(([, { field }]) => field !== undefined)
  const withFields = new Set(fields.map(([, { object }]) => object))
  const refOf = (name: SecretName): string | undefined =>
    names !== undefined && Object.hasOwn(names, name) ? names[name]?.ref : undefined

  const self: AzureNames = {
    objectsOf(name) {
      if (!namePattern.test(name) || reserved.test(name)) throw badName()
      const current = refOf(name) ?? usual(name)
      if (!isObject(current)) throw badName()
      // Two variables in one place are refused here, and one where others are fields: it would write over them.
      const { field } = apart(name, places.placeOf(name), withFields)
      const objects = { current, previous: current + previousEnd, pending: current + pendingEnd }
      return field === undefined ? objects : { ...objects, field }
    },
    hasFields: object => withFields.has(fold(object)),
    fields: fields.map(([name]) => name),
    nameAt(object, tagged) {
      if (self.hasFields(object)) return undefined
      const isAt = (name: SecretName): boolean => {
        try {
          return fold(self.objectsOf(name).current) === fold(object)
        } catch {
          return false
        }
      }
      if (tagged !== undefined && isAt(tagged)) return tagged
      const owner = places.nameAt({ object: fold(object) })
      if (owner !== undefined) return owner
      if (!fold(object).startsWith(fold(prefix))) return undefined
      const name = object.slice(prefix.length).replaceAll('-', '_')
      return isAt(name) ? name : undefined
    },
  }
  for (const [name] of folded) self.objectsOf(name)
  return self
}

export function isPrefix(text: string): boolean {
  return /^[0-9A-Za-z-]{0,60}$/.test(text)
}

function isObject(text: string): boolean {
  return objectPattern.test(text) && text.length <= longest && !reserved.test(text)
}

export function sameButForCase(name: SecretName): SecretsError {
  return new SecretsError('provider.bad_name', `another variable stands where "${name}" would`, {
    hints: [
      'Key Vault does not tell capitals from small letters',
      'give one of the two a "ref" of its own in the manifest',
    ],
  })
}

function badName(): SecretsError {
  return new SecretsError('provider.bad_name', 'that cannot be the name of a variable in this store', {
    hints: [
      'a name has letters, digits and "_", does not begin with a digit, and has 118 characters at most with the prefix',
      'names that end in "__OLD" or "__PENDING" are kept for rotations',
    ],
  })
}

function badRef(name: SecretName): SecretsError {
  return new SecretsError('manifest.invalid', `the ref of ${name} cannot be a name in Key Vault`, {
    hints: ['letters, digits and "-", 118 at most, not ending in "--OLD" or "--PENDING"'],
  })
}

function keptField(name: SecretName): SecretsError {
  return new SecretsError('manifest.invalid', `the field of ${name} is kept for this tool`, {
    hints: ['give it another one'],
  })
}

function apart(name: SecretName, place: StorePlace, withFields: ReadonlySet<string>): StorePlace {
  if (place.field !== undefined || !withFields.has(place.object)) return place
  throw new SecretsError('manifest.invalid', `${name} would stand where other variables are fields`, {
    hints: ['give it a "field" of the same secret too, or a "ref" of its own'],
  })
}
