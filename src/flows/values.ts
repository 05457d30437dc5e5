import type { Context, TargetConfig } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { checkName, nextName, ownerOfCompanion, previousName } from '../core/names.ts'
import type { SecretVersion, VersionInfo } from '../core/provider.ts'
import { stateOf } from '../core/rotation/state.ts'
import { Secret } from '../core/secret.ts'
import { factsOf, holdersOf, type Inventory, namesIn, type OpenTarget, withInventory } from './inventory.ts'
import { rotationOf } from './rotation/engine.ts'
import { refusalError } from './rotation/refusal.ts'
import { absentError } from './rotation/select.ts'
import { scheduleOf } from './rotation/subject.ts'
import { requireChosen } from './targets.ts'

/** More than any store holds; stops a pipe that never ends. */
const maxInputBytes = 1_048_576

export interface ListedSecret {
  readonly name: string
  readonly target: string
  readonly environment: string
  readonly version?: string
  readonly since?: number
}

export async function listSecrets(context: Context, prefix: string): Promise<readonly ListedSecret[]> {
  return await withInventory(context, async inventory => {
    const found: ListedSecret[] = []
    for (const target of inventory.targets) {
      const { id, environment } = target.config
      const own = new Set(await namesIn(target, context.signal))
      for await (const { name, version, since } of target.provider.list(prefix, context.signal)) {
        if (!own.has(name)) continue
        const made = since ?? factsOf(inventory, target, name).since
        found.push({
          ...{ name, target: id, environment },
          ...(version === undefined ? {} : { version }),
          ...(made === undefined ? {} : { since: made }),
        })
      }
    }
    return found
  })
}

/** The current value (or, for a companion `X_OLD` or `X_NEXT`, what is stored under that name). Throws `secret.absent`. */
export async function readSecret(context: Context, word: string): Promise<SecretVersion> {
  const name = checkName(word)
  return await withInventory(context, async inventory => {
    const target = await holderOf(context, inventory, name)
    const version = await target?.provider.read(name, 'current', context.signal)
    const owner = ownerOfCompanion(name)
    const found =
      version ?? (owner === undefined ? undefined : await readCompanion(context, inventory, owner, name))
    if (found === undefined) throw await absentError(context, inventory, name)
    return found
  })
}

/** In stores that keep all values under one name, `X_OLD` is the previous version of `X`, and `X_NEXT` the announced one. */
async function readCompanion(
  context: Context,
  inventory: Inventory,
  owner: string,
  name: string,
): Promise<SecretVersion | undefined> {
  if (![previousName(owner), nextName(owner)].includes(name)) return undefined
  const target = await holderOf(context, inventory, owner)
  if (name === nextName(owner)) {
    const rotation = target?.provider.rotation
    const { pending } = (await rotation?.observe(owner, context.signal)) ?? {}
    const isAnnounced = pending !== undefined && pending.announced !== false
    return isAnnounced ? await rotation?.pending(owner, context.signal) : undefined
  }
  return await target?.provider.read(owner, 'previous', context.signal)
}

/**
 * Makes `value` current in the one target that holds the name, or in the only target there is. Refused while a
 * rotation of it is open: the new value would be neither the old nor the staged one.
 */
export async function setSecret(context: Context, word: string, value: Secret): Promise<VersionInfo> {
  const name = checkName(word)
  return await withInventory(context, async inventory => {
    const { target } = await placeFor(context, inventory, name)
    requireFitting(target, name, value)
    return await target.provider.write(name, value, { at: context.clock.now() }, context.signal)
  })
}

/** Where a value of that name is to be written, and whether there is one already. Refuses what must not be written to. */
export async function placeFor(
  context: Context,
  inventory: Inventory,
  name: string,
): Promise<{ readonly target: OpenTarget; readonly isThere: boolean }> {
  requireOneChosen(context, inventory)
  const holder = await holderOf(context, inventory, name)
  const target = holder ?? soleTarget(inventory)
  await refuseTracked(context, target.config)
  await refuseOpenRotation(context, inventory, target, name)
  return { target, isThere: holder !== undefined }
}

export function requireFitting({ provider, config }: OpenTarget, name: string, value: Secret): void {
  const { valueBytes } = provider.limits
  if (Buffer.byteLength(value.reveal(), 'utf8') <= valueBytes) return
  throw new SecretsError('provider.too_large', `the value of "${name}" is larger than the store holds`, {
    hints: [`at most ${String(valueBytes)} bytes in ${config.id}`],
  })
}

export function requireOneChosen(context: Context, { manifest, targets }: Inventory): void {
  requireChosen(
    context,
    manifest,
    targets.map(({ config }) => config),
  )
}

/** The one target that holds the name; several are `usage.ambiguous`. */
export async function holderOf(
  context: Context,
  inventory: Inventory,
  name: string,
): Promise<OpenTarget | undefined> {
  const holders = await holdersOf(inventory, name, context.signal)
  if (holders.length < 2) return holders[0]
  throw new SecretsError('usage.ambiguous', `"${name}" stands in several places`, {
    hints: [
      ...holders.map(({ config }) => `${config.id} (${config.environment})`),
      'choose one with --cwd or --env',
    ],
  })
}

/** The only target there is, for a name that none holds. */
export function soleTarget({ targets }: Inventory): OpenTarget {
  const [first, ...others] = targets
  if (first !== undefined && others.length === 0) return first
  if (first === undefined) {
    throw new SecretsError('env_file.missing', 'there is no file with values yet', {
      hints: ['make one: secrets init', 'or declare an environment in secrets.yaml'],
    })
  }
  throw new SecretsError('usage.ambiguous', 'there are several places for a new secret', {
    hints: [
      ...targets.map(({ config }) => `${config.id} (${config.environment})`),
      'choose one with --cwd or --env',
    ],
  })
}

export async function refuseOpenRotation(
  context: Context,
  inventory: Inventory,
  target: OpenTarget,
  name: string,
): Promise<void> {
  const observed = await rotationOf(target.provider, target.config.id).observe(name, context.signal)
  const state = stateOf(observed)
  if (state.word === 'absent' || state.word === 'steady') return
  const now = context.clock.now()
  const { grace } = scheduleOf(factsOf(inventory, target, name))
  if (state.word === 'grace') {
    const until = state.deadline ?? now + grace
    throw refusalError(name, { do: 'refuse', why: 'grace_open', until }, state, now)
  }
  const why =
    state.word === 'foreign' || state.word === 'split' || state.word === 'diverged'
      ? state.word
      : 'in_progress'
  throw refusalError(name, { do: 'refuse', why }, state, now)
}

/** A value written into a file that git tracks is published with the next commit. */
export async function refuseTracked(
  context: Context,
  { provider, settings, environment }: TargetConfig,
): Promise<void> {
  const path = provider === 'dotenv' ? settings['path'] : undefined
  if (path === undefined || environment === 'test') return
  if (!(await context.git.isTracked(context.resolve(path)))) return
  throw new SecretsError(
    'env_file.tracked',
    `git tracks "${path}": a secret written there would be published`,
    {
      at: { path },
      hints: [
        `stop tracking it, and keep the file: git rm --cached -- ${path}`,
        'then rotate every value that was ever committed',
      ],
    },
  )
}

/** Where a value may come from: a file, a prompt without echo, or a pipe; never an argument. */
export async function readValue(
  context: Context,
  valueFile: string | undefined,
  mayBeEmpty: boolean,
): Promise<Secret> {
  const value = await readGiven(context, valueFile)
  if (!value.isEmpty || mayBeEmpty) return value
  throw new SecretsError('usage.needs_input', 'the value is empty', {
    hints: ['give it through a pipe, a prompt or --value-file', 'or add --allow-empty if that is meant'],
  })
}

async function readGiven(context: Context, valueFile: string | undefined): Promise<Secret> {
  if (valueFile === undefined && context.terminal.isInteractive)
    return await context.terminal.askSecret('Value: ')
  if (valueFile === undefined) return decodeValue(await context.terminal.readStdin(maxInputBytes))
  const content = await context.files.read(context.resolve(valueFile), { maxBytes: maxInputBytes })
  if (content !== undefined) return decodeValue(content.bytes)
  throw new SecretsError('file.missing', 'the file with the value is not there', {
    at: { path: valueFile },
    hints: ['check the path after --value-file; it is read from where the command works'],
  })
}

/** One line end at the end is the editor's or echo's, not the value's. */
function decodeValue(bytes: Uint8Array): Secret {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return new Secret(text.replace(/\r?\n$/, ''))
  } catch {
    throw new SecretsError('env_file.unsupported_value', 'the value is not text in UTF-8', {
      hints: ['encode binary values first, for example in base64'],
    })
  }
}
