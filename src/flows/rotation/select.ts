import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { checkName, ownerOfCompanion } from '../../core/names.ts'
import { areEqualSecrets } from '../../core/secret-equality.ts'
import { suggest } from '../../core/suggest.ts'
import { markCopies } from './copies.ts'
import {
  factsOf,
  holdersOf,
  type Inventory,
  namesIn,
  type OpenTarget,
  type SecretFacts,
} from '../inventory.ts'

/** Every secret of every target that somebody declared, generated or rotated; vendors' variables are left out. */
export async function allSecrets(context: Context, inventory: Inventory): Promise<readonly SecretFacts[]> {
  const found: SecretFacts[] = []
  for (const target of inventory.targets) {
    for (const name of await namesIn(target, context.signal)) {
      const facts = factsOf(inventory, target, name)
      if (isDeclared(facts) || (await hasRotation(facts, context.signal))) found.push(facts)
    }
  }
  return await markCopies(inventory, found, context.signal)
}

function isDeclared({ form, variable }: SecretFacts): boolean {
  return form !== undefined || variable?.secret === true || variable?.rotate !== undefined
}

async function hasRotation({ name, target }: SecretFacts, signal: AbortSignal): Promise<boolean> {
  const observed = await target.provider.rotation?.observe(name, signal)
  return observed?.rotation !== undefined || observed?.pending !== undefined
}

/**
 * The named secrets, each in the one target that holds it, or that leads where several hold one value. Throws `secret.absent` for a name that no target has and
 * `usage.ambiguous` for one that several have with different values. Where there is one target only, it is not asked:
 * the look before the first change tells whether the name is there.
 */
export async function namedSecrets(
  context: Context,
  inventory: Inventory,
  names: readonly string[],
): Promise<readonly SecretFacts[]> {
  const found: SecretFacts[] = []
  for (const word of new Set(names)) {
    const name = checkName(word)
    found.push(await findSecret(context, inventory, name))
  }
  return found
}

/** The named secrets wherever they are: for looking, where several places are no problem. */
export async function secretsNamed(
  context: Context,
  inventory: Inventory,
  names: readonly string[],
): Promise<readonly SecretFacts[]> {
  const found: SecretFacts[] = []
  for (const word of new Set(names)) {
    const name = checkName(word)
    const holders = await holdersOf(inventory, name, context.signal)
    if (holders.length === 0) throw await absentError(context, inventory, name)
    found.push(...holders.map(target => factsOf(inventory, target, name)))
  }
  return await markCopies(inventory, found, context.signal)
}

async function findSecret(context: Context, inventory: Inventory, name: string): Promise<SecretFacts> {
  const { targets } = inventory
  const holders = targets.length === 1 ? targets : await holdersOf(inventory, name, context.signal)
  const standing = holders.map(target => factsOf(inventory, target, name))
  const marked = await markCopies(inventory, standing, context.signal)
  const [facts, ...others] = marked.filter(({ copyOf }) => copyOf === undefined)
  if (facts === undefined) throw await absentError(context, inventory, name)
  if (others.length > 0) throw await ambiguous(context, name, holders)
  const { provider } = facts.target
  const owner = ownerOfCompanion(name)
  if (owner !== undefined && (await provider.read(owner, 'current', context.signal)) !== undefined) {
    throw new SecretsError('usage.bad_name', `"${name}" belongs to "${owner}"`, {
      hints: [`name the secret itself: ${owner}`],
    })
  }
  return facts
}

/** `secret.absent` with the nearest name there is and where it was looked for. */
export async function absentError(
  context: Context,
  inventory: Inventory,
  name: string,
): Promise<SecretsError> {
  const known: string[] = []
  for (const target of inventory.targets) known.push(...(await namesIn(target, context.signal)))
  const near = suggest(name, known)
  const where = inventory.targets.map(({ config }) => config.id).join(', ')
  return new SecretsError('secret.absent', `${shownName(name)} is not there`, {
    hints: [
      ...(near === undefined ? [] : [`did you mean: ${near}`]),
      where === '' ? 'there is no file with values yet; begin with: secrets init' : `looked in: ${where}`,
    ],
  })
}

/** A word that does not look like a variable may be a value, pasted in the wrong place. */
function shownName(name: string): string {
  return /^(?:[A-Z][A-Z0-9_]*|[a-z]+(?:_+[a-z0-9]+)+)$/.test(name) ? `"${name}"` : 'that name'
}

/** The same value in several files is a composite secret; different values are different secrets of one name. */
async function ambiguous(
  context: Context,
  name: string,
  holders: readonly OpenTarget[],
): Promise<SecretsError> {
  const listed = holders.map(({ config }) => `it stands in ${config.id} (${config.environment})`)
  const values = await Promise.all(
    holders.map(target => target.provider.read(name, 'current', context.signal)),
  )
  const [first, ...rest] = values.map(version => version?.value)
  const isShared =
    first !== undefined && rest.every(value => value !== undefined && areEqualSecrets(value, first))
  if (isShared) {
    return new SecretsError(
      'rotation.kind_required',
      `"${name}" stands in several files with one value: rotating one would break the others`,
      {
        hints: [
          ...listed,
          `say in the manifest how they are rotated together: ${name}: { rotate: { kind: composite } }`,
        ],
      },
    )
  }
  return new SecretsError('usage.ambiguous', `"${name}" stands in several files`, {
    hints: [...listed, 'choose one with --cwd <directory> or --env <name>'],
  })
}
