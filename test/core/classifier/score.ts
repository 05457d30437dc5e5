import { classify, type Decision } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'

/** Template → variable → one label or several joined by `|`, the best first (see docs/classifier.md). */
export type Labels = Readonly<Record<string, Readonly<Record<string, string>>>>

/** One variable that is decided otherwise than the labels say. */
export interface Miss {
  readonly template: string
  readonly name: string
  readonly line: number
  readonly label: string
  readonly answer: string
  readonly rule: string
  readonly kind: 'wrong generate' | 'missed generate' | 'form' | 'derive' | 'other'
}

export interface Score {
  readonly variables: number
  /** Labelled `generate` and nothing else. */
  readonly positives: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly derives: number
  readonly rightDerives: number
  /** Of the true positives, those in a form that a label allows. */
  readonly rightForms: number
  /** Any label met, forms left aside. */
  readonly agreements: number
  readonly misses: readonly Miss[]
  readonly precision: number
  readonly recall: number
  readonly formAccuracy: number
  readonly agreement: number
  /** Rule → the templates in which it decided a true positive. */
  readonly rules: ReadonlyMap<string, ReadonlySet<string>>
}

/** Positive: every alternative is `generate`. Neutral (some are): left out. Negative: the rest, `derive` apart. */
export function scoreTemplates(templates: ReadonlyMap<string, string>, labels: Labels): Score {
  const misses: Miss[] = []
  const rules = new Map<string, Set<string>>()
  const count = {
    variables: 0,
    positives: 0,
    truePositives: 0,
    falsePositives: 0,
    rightForms: 0,
    agreements: 0,
  }
  const derived = { derives: 0, rightDerives: 0 }
  for (const [template, text] of templates) {
    for (const decision of classify(EnvDocument.fromText(text, template))) {
      const label = labels[template]?.[decision.name]
      if (label === undefined) continue
      const answers = label.split('|')
      const report = (kind: Miss['kind']): void => {
        const answer = `${decision.decision}${decision.form === undefined ? '' : `:${decision.form}`}${decision.from === undefined ? '' : `:${decision.from}`}`
        misses.push({
          template,
          name: decision.name,
          line: decision.line,
          label,
          answer,
          rule: decision.rule,
          kind,
        })
      }
      count.variables++
      const isAgreed = answers.some(answer => agrees(answer, decision))
      if (isAgreed) count.agreements++
      const isPositive = answers.every(answer => answer.startsWith('generate'))
      const isNeutral = !isPositive && answers.some(answer => answer.startsWith('generate'))
      const isGenerated = decision.decision === 'generate'
      if (answers[0]?.startsWith('derive') === true) {
        derived.derives++
        if (isAgreed && decision.decision === 'derive') derived.rightDerives++
        else report('derive')
      }
      if (isPositive) {
        count.positives++
        if (isGenerated) {
          count.truePositives++
          rules.set(decision.rule, (rules.get(decision.rule) ?? new Set()).add(template))
          if (answers.some(answer => fitsForm(answer, decision.form ?? 'hex:32'))) count.rightForms++
          else report('form')
        } else report('missed generate')
      } else if (isGenerated && !isNeutral) {
        count.falsePositives++
        report('wrong generate')
      } else if (!isAgreed && !isNeutral) report('other')
    }
  }
  const { truePositives, falsePositives, positives, rightForms, agreements, variables } = count
  return {
    ...count,
    ...derived,
    misses,
    rules,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, positives),
    formAccuracy: ratio(rightForms, truePositives),
    agreement: ratio(agreements, variables),
  }
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}

/** Asking for an optional value is tolerable, and leaving it too. */
function agrees(answer: string, { decision, from }: Decision): boolean {
  if (answer.startsWith('generate')) return decision === 'generate'
  if (answer.startsWith('derive:')) return decision === 'derive' && from === answer.slice('derive:'.length)
  if (answer === 'ask:optional')
    return decision === 'ask-optional' || decision === 'ask' || decision === 'keep'
  return answer === 'keep' ? decision === 'keep' : decision === answer
}

interface Shape {
  readonly length: number
  readonly alphabet: 'hex' | 'alnum' | 'safe' | 'base64'
}

/** How the text of a form looks, for forms that the classifier gives. */
function shapeOf(form: string): Shape {
  const [kind = '', size = '32', classes] = form.split(':')
  const count = Number(size)
  switch (kind) {
    case 'hex':
      return { length: count * 2, alphabet: 'hex' }
    case 'base64':
      return { length: Math.ceil(count / 3) * 4, alphabet: 'base64' }
    case 'base64url':
      return { length: Math.ceil((count * 4) / 3), alphabet: 'safe' }
    case 'password':
      return { length: count, alphabet: classes === undefined ? 'alnum' : 'safe' }
    case 'wp-salt':
    case 'phoenix-key':
      return { length: 64, alphabet: 'safe' }
    case 'django-key':
      return { length: 50, alphabet: 'safe' }
    case 'auth-secret':
      return { length: 44, alphabet: 'safe' }
    case 'fernet':
      return { length: 44, alphabet: 'base64' }
    case 'laravel-key':
      return { length: 51, alphabet: 'base64' }
    case 'uuid':
      return { length: 36, alphabet: 'safe' }
    default:
      return { length: count, alphabet: 'alnum' }
  }
}

/** Whether what we write is what the label asks for; `answer` is one alternative, `generate:<format>`. */
export function fitsForm(answer: string, form: string): boolean {
  const [, format = 'any', size] = answer.split(':')
  const { length, alphabet } = shapeOf(form)
  switch (format) {
    case 'any':
      return true
    case 'min':
      return length >= Number(size)
    case 'chars':
      return length === Number(size)
    case 'hex':
      return alphabet === 'hex' && length === Number(size) * 2
    case 'base64':
      return form === `base64:${size ?? ''}`
    case 'urlsafe':
      return form === `base64url:${size ?? ''}`
    case 'alnum':
      return alphabet === 'hex' || alphabet === 'alnum'
    case 'password':
      return size === undefined ? alphabet !== 'base64' : form.includes('lower-upper-digit-special')
    case 'wp-salt':
      return length === 64
    case 'vapid-private':
    case 'vapid-public':
      return form === 'vapid' || form.startsWith('public-of:')
    case 'rsa-public-of':
      return form.startsWith('public-of:')
    case 'username':
      return alphabet === 'alnum' || alphabet === 'hex'
    default:
      if (format.startsWith('jwk-rsa-'))
        return /^(?:rsa:\d+|public-of:\w+):jwk/.test(form) || form.startsWith('public-of:')
      return format.startsWith('rsa-private') ? form.startsWith('rsa:') : form === format
  }
}
