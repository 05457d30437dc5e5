import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { type Form, formatForm, formKinds, parseClasses, parseForm } from '../core/form.ts'
import { entropyOf, generators, generateValue } from '../generators/index.ts'

export interface GenerateRequest {
  /** A kind or a form; the default depends on the other options. */
  readonly kind?: string
  readonly bytes?: number
  readonly length?: number
  readonly classes?: string
  readonly alphabet?: string
  readonly count: number
}

export interface GeneratedValue {
  readonly kind: string
  readonly form: string
  readonly value: string
  /** Of entropy, rounded down. */
  readonly bits: number
}

export interface KindSummary {
  readonly kind: string
  readonly form: string
  readonly bits: number
  readonly summary: string
}

/** Throws `usage.unknown_kind`, `usage.invalid_argument`, and `usage.too_weak` under the kind's floor. */
export async function generateValues(
  context: Context,
  request: GenerateRequest,
): Promise<readonly GeneratedValue[]> {
  const form = readForm(request)
  const options = request.alphabet === undefined ? {} : { alphabet: request.alphabet }
  const values: GeneratedValue[] = []
  for (let index = 0; index < request.count; index += 1) {
    const value = (await generateValue(form, context.random, options)).reveal()
    const bits = Math.floor(entropyOf(form, options))
    values.push({ kind: form.kind, form: formatForm(form), value, bits })
  }
  return values
}

/** The kinds there are, each in its default size. */
export function listKinds(): readonly KindSummary[] {
  return Object.entries(generators).map(([kind, { summary }]) => {
    const form = parseForm(kind)
    return { kind, form: formatForm(form), bits: Math.floor(entropyOf(form)), summary }
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
  return {
    ...form,
    ...(size === undefined ? {} : { size }),
    ...(request.classes === undefined ? {} : { classes: parseClasses(request.classes) }),
  }
}

function readSize({ bytes, length }: GenerateRequest, { kind }: Form): number | undefined {
  const { unit } = formKinds[kind]
  const [own, foreign] = unit === 'bytes' ? [bytes, length] : [length, bytes]
  if (foreign === undefined && (unit !== 'none' || own === undefined)) return own
  const usable = unit === 'bytes' ? '--bytes' : '--length'
  throw new SecretsError('usage.invalid_argument', 'that size is not for this kind', {
    hints: [unit === 'none' ? `the size of "${kind}" is fixed` : `use ${usable} for "${kind}"`],
  })
}
