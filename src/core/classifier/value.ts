import { findPlaceholder, type Placeholder } from '../placeholder.ts'
import { findLanguage } from '../template-language.ts'

/**
 * What a value is, whatever its name says. `unset`: a word for nothing. `reference`: made of other variables. `setting`: a
 * number, switch, duration, name of an algorithm. `structure`: JSON or a list. `text`: anything else.
 */
export type ValueKind =
  'empty' | 'unset' | 'reference' | 'setting' | 'path' | 'url' | 'structure' | 'key-material' | 'text'

export interface ValueFacts {
  readonly kind: ValueKind
  readonly placeholder: Placeholder | undefined
  /** More words than a secret has: a sentence, a title. */
  readonly isProse: boolean
  /** The template language in which the value, or a part of it, is an expression. */
  readonly language?: string
}

const kinds: readonly (readonly [ValueKind, RegExp])[] = [
  ['empty', /^$/],
  ['unset', /^(?:null|none|nil|undefined|unset|~|-)$/i],
  ['reference', /\$\{[^}]*\}|^\$[A-Za-z_]\w*$|^%[\w.]+\([\w.]+\)%$|^\$\([^)]*\)$/],
  ['setting', /^(?:true|false|yes|no|on|off|enabled?|disabled?)$/i],
  ['setting', /^-?\d{1,3}(?:\.\d+)?$/],
  ['setting', /^\d+(?:ms|s|m|h|d|w|y| (?:seconds|minutes|hours|days|weeks))$/i],
  ['setting', /^(?:[HREP]S(?:256|384|512)|EdDSA|AES-\d+-[A-Z]+|sha\d+|md5|bcrypt|argon2\w*|plain)$/i],
  ['key-material', /-----BEGIN [A-Z ]+-----|^eyJ[\w-]{10,}\.eyJ/],
  ['structure', /^(?:\{[\s\S]*[:"']|\{\s*\}|\[["{\d\]])/],
  [
    'path',
    /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\|file:)[^\s]*$|^%[\w.]+%|^[\w./-]+\.(?:pem|key|crt|cer|json|txt|p12|pfx|jks|der|pub)$/,
  ],
  ['url', /^[a-z][a-z0-9+.-]{1,40}:\/\/\S*$/i],
]

/** Values longer than this are told apart by their start alone. */
const longest = 4096

/** `languageOf` as it fits the file that the value stands in. */
export function readValue(value: string, languageOf: typeof findLanguage = findLanguage): ValueFacts {
  const text = value.length > longest ? value.slice(0, longest) : value
  const language = languageOf(text)
  if (language !== undefined) {
    const reason = `an expression of ${language}`
    return {
      kind: 'text',
      placeholder: { kind: 'placeholder', sort: 'blank', reason },
      isProse: false,
      language,
    }
  }
  const kind = kinds.find(([, pattern]) => pattern.test(text))?.[0] ?? 'text'
  const placeholder = kind === 'empty' || kind === 'reference' ? undefined : findPlaceholder(value)
  return { kind, placeholder, isProse: (text.match(/[^\s]+/g) ?? []).length >= 3 }
}

/** Placeholders that ask somebody to put something of his own making there, not something that he was given. */
export function asksToMake(placeholder: Placeholder | undefined): boolean {
  return (
    placeholder !== undefined &&
    ['change', 'replace', 'generate', 'blank', 'mask', 'x-row'].includes(placeholder.sort)
  )
}
