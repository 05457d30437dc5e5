import type { Context } from '../../context.ts'
import { type Decision, deriveValue } from '../../core/classifier/index.ts'
import { isSecretsError, SecretsError } from '../../core/errors.ts'
import { fingerprint, saltBytes } from '../../core/fingerprint.ts'
import { type Form, parseForm } from '../../core/form.ts'
import { namesWithoutValue } from '../../core/init-fill.ts'
import type { GeneratedFact } from '../../core/init-record.ts'
import { findShared, sharingKey } from '../../core/init-shared.ts'
import { Secret } from '../../core/secret.ts'
import { generateFor, publicHalf } from '../../generators/index.ts'
import type { Work } from './work.ts'

const defaultForm = 'hex:32'

/** New values for the variables of one target, with what is remembered of those that were generated. */
export interface NewValues {
  readonly values: Map<string, string>
  readonly generated: Map<string, GeneratedFact>
  /** Variables that have no value in the target. */
  readonly open: ReadonlySet<string>
  /** Generated variables whose value is that of another target too. */
  readonly shared: Set<string>
}

/**
 * The values of all targets that are filled together. Generates what is to be generated and has no value yet: one value where
 * several must agree, which is the one that is there where one of them has it.
 */
export async function generateValues(
  context: Context,
  works: readonly Work[],
): Promise<ReadonlyMap<Work, NewValues>> {
  const shared = findShared(
    works.map(({ environment, decisions, existing }) => ({
      environment,
      decisions,
      values: existing?.values() ?? new Map<string, string>(),
    })),
  )
  const common = new Map<string, Secret>()
  for (const [key, { value }] of shared) if (value !== undefined) common.set(key, new Secret(value))
  const found = new Map<Work, NewValues>()
  for (const work of works) {
    const made = startOf(work)
    found.set(work, made)
    const wanted = work.decisions.filter(
      ({ name, decision }) => decision === 'generate' && made.open.has(name),
    )
    const taken = privateHalvesInUse(work, made.open)
    for (const decision of wanted) {
      const form = formOf(decision)
      if (form.of !== undefined || taken.has(decision.name)) continue
      const key = sharingKey(work.environment, decision.name)
      const group = shared.get(key)
      const chosen = group === undefined ? decision : { ...decision, form: group.form }
      const value = common.get(key) ?? (await generateAt(context, chosen))
      keep(context, made, chosen, value)
      if (group === undefined) continue
      common.set(key, value)
      made.shared.add(decision.name)
    }
    addPublicHalves(context, work, made, wanted)
  }
  for (const [work, made] of found) addForeign(work, made, found)
  return found
}

function startOf({ existing, decisions }: Work): NewValues {
  const names = decisions.map(({ name }) => name)
  const open = new Set(namesWithoutValue(existing, names))
  return { values: new Map(), generated: new Map(), open, shared: new Set() }
}

function keep(
  { random, clock }: Context,
  { values, generated }: NewValues,
  { name, form = defaultForm }: Decision,
  value: Secret,
): void {
  values.set(name, value.reveal())
  generated.set(name, { form, at: clock.now(), fingerprint: fingerprint(value, random.bytes(saltBytes)) })
}

/** A new private half would not fit the public one that stands in the file already. */
function privateHalvesInUse({ decisions }: Work, open: ReadonlySet<string>): ReadonlySet<string> {
  const halves = decisions.filter(
    ({ name, form }) => form?.startsWith('public-of:') === true && !open.has(name),
  )
  return new Set(halves.flatMap(decision => formOf(decision).of ?? []))
}

/** Public halves follow from private ones, whichever stands first. */
function addPublicHalves(
  context: Context,
  { existing }: Work,
  made: NewValues,
  wanted: readonly Decision[],
): void {
  for (const decision of wanted) {
    const { of, encoding } = formOf(decision)
    if (of === undefined) continue
    const privateValue = made.values.get(of) ?? existing?.values().get(of) ?? ''
    const value = publicHalf(new Secret(privateValue), encoding)
    if (value !== undefined) keep(context, made, decision, value)
  }
}

/** What follows from a value of another target. */
function addForeign(work: Work, { values, open }: NewValues, all: ReadonlyMap<Work, NewValues>): void {
  for (const decision of work.decisions) {
    if (decision.fromFile === undefined || !open.has(decision.name)) continue
    const value = derivedValue(work, decision, all)
    if (value !== undefined) values.set(decision.name, value)
  }
}

/** The value of a derived variable, from this target or the one that the decision names. */
export function derivedValue(
  work: Work,
  decision: Decision,
  all: ReadonlyMap<Work, NewValues>,
): string | undefined {
  const node = work.template.find(decision.name)
  const source =
    decision.fromFile === undefined
      ? work
      : [...all.keys()].find(
          other => other.pair.templateLabel === decision.fromFile && other.environment === work.environment,
        )
  if (node === undefined || source === undefined) return undefined
  const known = new Map(all.get(source)?.values)
  // A password that stands in the target already is the one that an address must contain.
  for (const [name, value] of source.existing?.values() ?? []) if (value !== '') known.set(name, value)
  return deriveValue(decision, work.template.value(node), known)
}

/** The form of a decision; what cannot be read stands in a directive or the manifest, and is said to. */
function formOf(decision: Decision): Form {
  try {
    return parseForm(decision.form ?? defaultForm)
  } catch (error) {
    throw placed(error, decision)
  }
}

async function generateAt(context: Context, decision: Decision): Promise<Secret> {
  try {
    return await generateFor(formOf(decision), context)
  } catch (error) {
    throw placed(error, decision)
  }
}

function placed(error: unknown, { file, line }: Decision): unknown {
  if (!isSecretsError(error) || error.at !== undefined) return error
  return new SecretsError(error.code, error.message, { at: { path: file, line }, hints: error.hints })
}

/** Asks, once for all targets of an environment, for what only a person can supply; an empty answer leaves it for later. */
export async function askForValues({ terminal }: Context, made: ReadonlyMap<Work, NewValues>): Promise<void> {
  const answers = new Map<string, Secret>()
  for (const [{ decisions, environment, pair }, { open, values }] of made) {
    for (const { name, decision, reason } of decisions) {
      if (decision !== 'ask' || !open.has(name)) continue
      const key = sharingKey(environment, name)
      const answer =
        answers.get(key) ??
        (await terminal.askSecret(`${pair.targetLabel}: ${name} (${reason}; empty = later): `))
      answers.set(key, answer)
      if (!answer.isEmpty) values.set(name, answer.reveal())
    }
  }
}
