import { attached, generate, isEmpty, isReplaceable } from './outcome.ts'
import type { DecisionRule } from './rule.ts'
import { asksToMake } from './value.ts'
import type { Outcome, Scope, Variable } from './variable.ts'

const nearby: readonly Scope[] = ['value', 'inline', 'direct', 'covering', 'named']

/** Secrets that are less sure to be the application's own: ids, doors to it, and open names. Asked after `ownRules`. */
export const openRules: readonly DecisionRule[] = [
  {
    id: 'own-id',
    summary: 'an empty id of the application itself, in the block of its name and key',
    decide({ name, value, family }) {
      if (name.words.join('_') !== 'APP_ID' || value.kind !== 'empty') return undefined
      if (!family.has('APP', 'NAME') || !family.has('APP', 'KEY') || family.has('APP', 'SECRET'))
        return undefined
      return {
        decision: 'generate',
        form: 'hex:16',
        reason: 'the id of the application itself; any unique text will do',
        confidence: 0.7,
      }
    },
    examples: {
      good: [
        {
          template: 'APP_NAME=shop\nAPP_ID=\nAPP_KEY=\n',
          name: 'APP_ID',
          decision: 'generate',
          form: 'hex:16',
        },
      ],
      bad: [
        { template: 'APP_ID=\nAPP_SECRET=\n', name: 'APP_ID' },
        { template: 'GITHUB_APP_ID=\nAPP_NAME=shop\nAPP_KEY=\n', name: 'GITHUB_APP_ID' },
      ],
    },
  },
  {
    id: 'own-door',
    summary: 'a token or key by which the project guards a door of its own',
    decide(variable) {
      const { name, value } = variable
      const isDoor = name.role === 'door'
      if ((!isDoor && name.role !== 'issued') || name.hasVendor || !isReplaceable(variable)) return undefined
      if (variable.hint([...attached, 'covering'], 'fetch', 'account', 'digest') !== undefined)
        return undefined
      const random = variable.hint([...attached, 'covering'], 'random')
      const isAsked =
        (isDoor && (asksToMake(value.placeholder) || value.placeholder?.sort === 'words')) ||
        (isDoor ? random !== undefined : random?.rule === 'random') ||
        (isDoor && !isEmpty(variable) && variable.hint(nearby, 'change') !== undefined) ||
        (isOwnDoor(name) && !isEmpty(variable))
      return isAsked ? generate(variable, 'the project guards a door of its own with it', 0.85) : undefined
    },
    examples: {
      good: [
        { template: 'INTERNAL_API_KEY=change-me\n', name: 'INTERNAL_API_KEY', decision: 'generate' },
        {
          template: '# any long random string\nMETRICS_TOKEN=\n',
          name: 'METRICS_TOKEN',
          decision: 'generate',
        },
        {
          template: '# change these to any random values\nPAD_API_KEY=Vq93hTzLm20x\n',
          name: 'PAD_API_KEY',
          decision: 'generate',
        },
        { template: 'CRON_API_KEY=Vq93hTzLm20x\n', name: 'CRON_API_KEY', decision: 'generate' },
      ],
      bad: [
        { template: 'ADMIN_API_KEY=your-key\n', name: 'ADMIN_API_KEY' },
        { template: '# create it at https://example.com\nADMIN_TOKEN=changeme\n', name: 'ADMIN_TOKEN' },
      ],
    },
  },
  {
    id: 'open-secret',
    summary: 'a secret of which only the words around it tell whose it is',
    decide(variable) {
      const { name, family } = variable
      if (name.role !== 'maybe' || !isReplaceable(variable) || family.hasIssuedSibling(name)) return undefined
      if (variable.hint(attached, 'fetch', 'account', 'pair', 'digest') !== undefined) return undefined
      return judgeOpenSecret(variable)
    },
    examples: {
      good: [
        { template: 'GALLERY_SECRET=supersecret\n', name: 'GALLERY_SECRET', decision: 'generate' },
        { template: 'GALLERY_KEY=change-me-please\n', name: 'GALLERY_KEY', decision: 'generate' },
        {
          template: '# a long random string\nGALLERY_TOKEN=\n',
          name: 'GALLERY_TOKEN',
          decision: 'generate',
        },
      ],
      bad: [
        { template: 'GALLERY_SECRET=\n', name: 'GALLERY_SECRET' },
        { template: 'GALLERY_CLIENT_ID=\nGALLERY_SECRET=supersecret\n', name: 'GALLERY_SECRET' },
        { template: '# get it at https://example.com\nGALLERY_SECRET=abc\n', name: 'GALLERY_SECRET' },
      ],
    },
  },
]

/** Doors that only the project's own parts go through. */
function isOwnDoor({ role, qualifiers }: Variable['name']): boolean {
  return (
    role === 'door' && qualifiers.some(word => /^(?:INTERNAL|CRON|METRICS|SHARED|S2S|HEALTH\w*)$/.test(word))
  )
}

function judgeOpenSecret(variable: Variable): Outcome | undefined {
  const { name, value, text } = variable
  const sort = value.placeholder?.sort
  // "Insert yours here" speaks of something that one was given.
  const asksToBeMade =
    sort === 'change' || sort === 'generate' || (sort === 'replace' && !/insert|enter|put|paste/i.test(text))
  if (asksToBeMade) {
    return generate(variable, `the template has ${value.placeholder?.reason ?? 'a placeholder'}`, 0.85)
  }
  const asked = isEmpty(variable)
    ? variable.hint(attached, 'random')
    : variable.hint(nearby, 'random', 'change')
  if (asked !== undefined && sort !== 'your') {
    return generate(variable, 'the template asks for a value of your own making', 0.85)
  }
  const isOwnText = sort === undefined || ['words', 'my', 'default', 'repeated', 'row'].includes(sort)
  if (name.head !== 'secret' || isEmpty(variable) || !isOwnText) return undefined
  return generate(variable, 'a secret that no outside service is named for; its value is published', 0.75)
}
