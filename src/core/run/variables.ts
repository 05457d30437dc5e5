import { formatInstant, type Instant, readInstant } from '../instant.ts'
import { nextName, ownerOfCompanion, previousName } from '../names.ts'
import { Secret } from '../secret.ts'
import { isTellingValue } from './secret-variable.ts'

/** One variable of a source, with its previous value where readers still accept that. */
export interface SourceVariable {
  readonly name: string
  readonly value: Secret
  readonly isSecret: boolean
  readonly previous?: PreviousValue
  /** Accepted already, before anybody signs with it. */
  readonly next?: Secret
}

interface PreviousValue {
  readonly value: Secret
  /** Absent where nothing says until when. */
  readonly until?: Instant
}

export interface Surroundings {
  /** The environment that the child would have anyway. */
  readonly own: Readonly<Record<string, string | undefined>>
  /** Whether the sources win over it. */
  readonly isOverride: boolean
  readonly only?: ReadonlySet<string>
  readonly now: Instant
}

/** What is changed in the child's environment. */
export interface ChildVariables {
  /** What the sources hold, companions left out. */
  readonly known: readonly string[]
  /** In the order of the sources, companions behind their owner. */
  readonly set: ReadonlyMap<string, Secret>
  readonly unset: readonly string[]
  /** Variables of the sources that the child has with another value from its own environment. */
  readonly shadowed: readonly string[]
  /** Every secret value in sight, also of those that are not passed. */
  readonly secrets: readonly Secret[]
}

/**
 * Lays sources over one another, the last one on top, and decides what the child gets. A variable, its previous value
 * (`NAME_OLD`, `NAME_OLD_UNTIL`) and the announced one of a secret (`NAME_NEXT`) are one unit: they come from the same
 * place or not at all. A previous value is left out from its deadline on, wherever it stands. Pure.
 */
export function childVariables(
  layers: readonly (readonly SourceVariable[])[],
  surroundings: Surroundings,
): ChildVariables {
  const { own, isOverride, only, now } = surroundings
  const units = mergeLayers(layers)
  const set = new Map<string, Secret>()
  const unset = new Set<string>(expiredIn(own, now))
  const shadowed: string[] = []
  for (const unit of units.values()) {
    if (only !== undefined && !only.has(unit.name)) continue
    const ownValue = valueIn(own, unit.name)
    if (ownValue !== undefined && !isOverride) {
      if (ownValue !== unit.value.reveal()) shadowed.push(unit.name)
      continue
    }
    set.set(unit.name, unit.value)
    const companions = companionsOf(unit, now)
    for (const name of companionNames(unit)) {
      const value = companions.get(name)
      if (value !== undefined) set.set(name, value)
      else if (valueIn(own, name) !== undefined) unset.add(name)
    }
  }
  return {
    known: [...units.keys()],
    set,
    shadowed,
    unset: [...unset].filter(name => !set.has(name)),
    secrets: secretsOf(layers, own),
  }
}

function mergeLayers(layers: readonly (readonly SourceVariable[])[]): ReadonlyMap<string, SourceVariable> {
  const units = new Map<string, SourceVariable>()
  for (const layer of layers) for (const unit of unitsOf(layer)) units.set(unit.name, unit)
  return units
}

/**
 * A plain `NAME_OLD` beside `NAME` is its previous value, with `NAME_OLD_UNTIL` as its deadline; a plain `NAME_NEXT`
 * beside a secret the announced one.
 */
function unitsOf(layer: readonly SourceVariable[]): readonly SourceVariable[] {
  const byName = new Map(layer.map(variable => [variable.name, variable]))
  return layer
    .filter(({ name }) => !isCompanionIn(byName, name))
    .map(variable => {
      const next =
        variable.next ?? (variable.isSecret ? byName.get(nextName(variable.name))?.value : undefined)
      const unit = next === undefined ? variable : { ...variable, next }
      const plain = byName.get(previousName(variable.name))
      if (variable.previous !== undefined || plain === undefined) return unit
      const until = readInstant(byName.get(untilName(variable.name))?.value.reveal() ?? '')
      const previous = { value: plain.value, ...(until === undefined ? {} : { until }) }
      return { ...unit, previous }
    })
}

function isCompanionIn(names: ReadonlyMap<string, SourceVariable>, name: string): boolean {
  const owner = names.get(ownerOfCompanion(name) ?? '')
  return owner !== undefined && companionNames(owner).includes(name)
}

function companionsOf({ name, previous, next }: SourceVariable, now: Instant): ReadonlyMap<string, Secret> {
  const found = new Map<string, Secret>()
  if (next !== undefined && !next.isEmpty) found.set(nextName(name), next)
  const { value, until } = previous ?? {}
  if (value === undefined || value.isEmpty || (until !== undefined && now >= until)) return found
  found.set(previousName(name), value)
  return until === undefined ? found : found.set(untilName(name), new Secret(formatInstant(until)))
}

/** Previous values whose deadline has passed in the environment that we were given, from a `run` around this one. */
function expiredIn(own: Surroundings['own'], now: Instant): readonly string[] {
  return Object.entries(own).flatMap(([name, text]) => {
    const owner = ownerOfCompanion(name)
    if (owner === undefined || name !== untilName(owner) || valueIn(own, previousName(owner)) === undefined)
      return []
    const until = readInstant(text ?? '')
    return until !== undefined && now >= until ? previousNames(owner) : []
  })
}

function secretsOf(
  layers: readonly (readonly SourceVariable[])[],
  own: Surroundings['own'],
): readonly Secret[] {
  const found = layers.flatMap(unitsOf).flatMap(({ name, value, isSecret, previous, next }) => {
    if (!isSecret) return []
    const ownValue = valueIn(own, name)
    return [
      value,
      ...(previous === undefined ? [] : [previous.value]),
      ...(next === undefined ? [] : [next]),
      ...(ownValue === undefined ? [] : [new Secret(ownValue)]),
    ]
  })
  return found.filter(isTellingValue)
}

/** A variable may be called `constructor`, which every object has. */
function valueIn(own: Surroundings['own'], name: string): string | undefined {
  return Object.hasOwn(own, name) ? own[name] : undefined
}

function untilName(name: string): string {
  return `${previousName(name)}_UNTIL`
}

function previousNames(name: string): readonly string[] {
  return [previousName(name), untilName(name)]
}

/** `PAGE_NEXT` beside a `PAGE` that is no secret is a variable like any other. */
function companionNames({ name, isSecret }: Pick<SourceVariable, 'name' | 'isSecret'>): readonly string[] {
  return isSecret ? [...previousNames(name), nextName(name)] : previousNames(name)
}
