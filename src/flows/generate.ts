import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { type Form, formatForm, type FormKind, formKinds, parseClasses, parseForm } from '../core/form.ts'
import { entropyOf, generateParts, generators, partNames } from '../generators/index.ts'

export interface GenerateRequest {
  /** A kind or a form; the default depends on the other options. */
  readonly kind?: string
  readonly bytes?: number
  readonly bits?: number
  readonly length?: number
  readonly classes?: string
  readonly alphabet?: string
  readonly count: number
  /** One for each value of the kind; where absent, what belongs together has its usual names. */
  readonly names?: readonly string[]
}

export interface GeneratedValue {
  readonly kind: string
  readonly form: string
  readonly value: string
  /** Of entropy, rounded down. */
  readonly bits: number
  readonly name?: string
}

export interface KindSummary {
  readonly kind: string
  readonly form: string
  readonly bits: number
  readonly summary: string
  readonly source: string
  /** The usual names of values that belong together. */
  readonly names: readonly string[]
}

/** Throws `usage.unknown_kind`, `usage.invalid_argument`, and `usage.too_weak` under the kind's floor. */
export async function generateValues(
  context: Context,
  request: GenerateRequest,
): Promise<readonly GeneratedValue[]> {
  const form = readForm(request)
  const names = readNames(request, form)
  const options = request.alphabet === undefined ? {} : { alphabet: request.alphabet }
  const values: GeneratedValue[] = []
  for (let index = 0; index < request.count; index += 1) {
    const parts = await generateParts(form, context, options)
    for (const [at, part] of parts.entries()) {
      const bits = Math.floor(entropyOf(part.form, options))
      const name = names[at]
      values.push({
        kind: part.form.kind,
        form: formatForm(renamed(part.form, names, form)),
        value: part.value.reveal(),
        bits,
        ...(name === undefined ? {} : { name }),
      })
    }
  }
  return values
}

/** As many names as values; empty where a single value has none. */
function readNames({ names, count }: GenerateRequest, form: Form): readonly string[] {
  const usual = partNames(form)
  const wanted = Math.max(usual.length, 1)
  const repeated = names === undefined ? usual.length > 0 : true
  if (count > 1 && repeated) {
    throw new SecretsError('usage.invalid_argument', 'several values cannot have the same names', {
      hints: ['leave out --count'],
    })
  }
  if (names === undefined || names.length === wanted) return names ?? usual
  const example = usual.length === 0 ? 'NAME' : usual.join(',')
  throw new SecretsError('usage.invalid_argument', `"${form.kind}" needs as many names as it has values`, {
    hints: [`write --name ${example}`],
  })
}

/** `public-of` refers to the other half by the name that it really has. */
function renamed(form: Form, names: readonly string[], whole: Form): Form {
  const at = partNames(whole).indexOf(form.of ?? '')
  const of = names[at]
  return of === undefined ? form : { ...form, of }
}

/** The kinds there are, each in its default size. */
export function listKinds(): readonly KindSummary[] {
  return (Object.keys(generators) as FormKind[]).map(kind => {
    const form = parseForm(kind === 'public-of' ? 'public-of:NAME' : kind)
    const { summary, source } = generators[kind]
    const bits = Math.floor(entropyOf(form))
    return { kind, form: formatForm(form), bits, summary, source, names: partNames(form) }
  })
}

/** The kind or form, with the size and classes that the options name. */
function readForm(request: GenerateRequest): Form {
  const isPassword = request.classes !== undefined || request.alphabet !== undefined
  const form = parseForm(request.kind ?? (isPassword ? 'password' : 'hex'))
  if (isPassword && form.kind !== 'password') {
    throw new SecretsError('usage.invalid_argument', '--classes and --alphabet are for passwords', {
      hints: ['secrets generate password --classes lower,digit'],
    })
  }
  const size = readSize(request, form)
  const checked = size === undefined ? undefined : parseForm(`${form.kind}:${String(size)}`).size
  return {
    ...form,
    ...(checked === undefined ? {} : { size: checked }),
    ...(request.classes === undefined ? {} : { classes: parseClasses(request.classes) }),
  }
}

const sizeOptions = { bytes: '--bytes', bits: '--bits', characters: '--length', words: '--length' } as const

/** The size by the option that fits the unit of the kind. */
function readSize({ bytes, bits, length }: GenerateRequest, { kind }: Form): number | undefined {
  const { unit } = formKinds[kind]
  const given = { '--bytes': bytes, '--bits': bits, '--length': length }
  const usable = unit === 'none' ? undefined : sizeOptions[unit]
  const own = usable === undefined ? undefined : given[usable]
  const count = Object.values(given).filter(size => size !== undefined).length
  if (count === (own === undefined ? 0 : 1)) return own
  throw new SecretsError('usage.invalid_argument', 'that size is not for this kind', {
    hints: [usable === undefined ? `the size of "${kind}" is fixed` : `use ${usable} for "${kind}"`],
  })
}
