import type { Form } from '../core/form.ts'
import type { Generator } from './generator.ts'

interface FixedFacts {
  readonly summary: string
  readonly source: string
  /** What the values are, in the size that the consumer fixed. */
  readonly form: Form
}

/** A kind of its own name that is another kind in a size which its consumer fixed: `rails-key` is `hex:64`. */
export function fixed(base: Generator, { summary, source, form }: FixedFacts): Generator {
  const bits = base.entropyBits(form, {})
  return {
    summary,
    source,
    alphabet: base.alphabet,
    floorBits: Math.floor(bits),
    entropyBits: () => bits,
    generate: (_form, random, options) => base.generate(form, random, options),
    matches: value => base.matches(value, form),
  }
}
