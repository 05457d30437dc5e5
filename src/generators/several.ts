import type { Form } from '../core/form.ts'
import type { Generator, Part, SetGenerator } from './generator.ts'

interface SeveralFacts {
  readonly summary: string
  readonly source: string
  /** The form of each value. */
  readonly form: Form
  readonly names: readonly string[]
}

/** Several values of one form that a consumer wants together, independent of each other. */
export function several(base: Generator, { summary, source, form, names }: SeveralFacts): SetGenerator {
  const bits = base.entropyBits(form, {})
  return {
    summary,
    source,
    alphabet: base.alphabet,
    floorBits: Math.floor(bits),
    entropyBits: () => bits,
    matches: value => base.matches(value, form),
    set: {
      names,
      async generate(_form, { random }, options) {
        const parts: Part[] = []
        for (const name of names)
          parts.push({ name, value: await base.generate(form, random, options), form })
        return parts
      },
    },
  }
}
