import type { Context } from '../../context.ts'
import type { Decision } from '../../core/classifier/index.ts'
import { isSecretsError, SecretsError } from '../../core/errors.ts'
import { fingerprint, saltBytes } from '../../core/fingerprint.ts'
import { type Form, parseForm } from '../../core/form.ts'
import { namesWithoutValue } from '../../core/init-fill.ts'
import type { GeneratedFact } from '../../core/init-record.ts'
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
}

/** Generates what is to be generated and has no value yet. */
export async function generateValues(context: Context, work: Work): Promise<NewValues> {
  const { existing, decisions } = work
  const names = decisions.map(({ name }) => name)
  const open = new Set(namesWithoutValue(existing, names))
  const made: NewValues = { values: new Map(), generated: new Map(), open }
  const wanted = decisions.filter(({ name, decision }) => decision === 'generate' && open.has(name))
  const taken = privateHalvesInUse(work, open)
  for (const decision of wanted) {
    const form = formOf(decision)
    if (form.of !== undefined || taken.has(decision.name)) continue
    keep(context, made, decision, await generateFor(form, context))
  }
  // Last: they follow from others, whichever stands first.
  for (const decision of wanted) {
    const form = formOf(decision)
    const value = form.of === undefined ? undefined : deriveHalf(work, made, form.of, form)
    if (value !== undefined) keep(context, made, decision, value)
  }
  return made
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

function deriveHalf({ existing }: Work, { values }: NewValues, of: string, form: Form): Secret | undefined {
  const value = values.get(of) ?? existing?.values().get(of) ?? ''
  return publicHalf(new Secret(value), form.encoding)
}

/** The form of a decision; what cannot be read stands in a directive or the manifest, and is said to. */
function formOf(decision: Decision): Form {
  return located(decision, () => parseForm(decision.form ?? defaultForm))
}

function located<T>({ file, line }: Decision, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isSecretsError(error)) throw error
    throw new SecretsError(error.code, error.message, { at: { path: file, line }, hints: error.hints })
  }
}

/** Asks for what only a person can supply; an empty answer leaves it for later. */
export async function askFor(
  { terminal }: Context,
  { decisions, pair: { targetLabel } }: Work,
  { open, values }: NewValues,
): Promise<void> {
  for (const { name, decision, reason } of decisions) {
    if (decision !== 'ask' || !open.has(name)) continue
    const answer = await terminal.askSecret(`${targetLabel}: ${name} (${reason}; empty = later): `)
    if (!answer.isEmpty) values.set(name, answer.reveal())
  }
}
