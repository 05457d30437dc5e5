import { ask, attached, isEmpty, keep } from './outcome.ts'
import { supplied } from './password-rules.ts'
import { ownPair } from './pair-rule.ts'
import type { DecisionRule } from './rule.ts'
import type { Variable } from './variable.ts'

/** What is asked before anything else: values that nothing may replace. */
export const firstRules: readonly DecisionRule[] = [
  {
    id: 'reference',
    summary: 'the value is made of other variables',
    decide: ({ value }) =>
      value.kind === 'reference' ? keep('it is made of other variables', 0.97) : undefined,
    examples: {
      good: [
        { template: 'A_SECRET=change-me\nB_SECRET=${A_SECRET}\n', name: 'B_SECRET', decision: 'keep' },
        { template: 'CACHE_PASSWORD=${CACHE_PASSWORD:-x}\n', name: 'CACHE_PASSWORD', decision: 'keep' },
      ],
      bad: [{ template: 'B_SECRET=pa$$word\n', name: 'B_SECRET' }],
    },
  },
  ownPair,
  {
    id: 'signed-token',
    summary: 'a token that was signed with another secret, which may be replaced',
    decide: ({ name, value, text }) =>
      value.kind === 'key-material' && text.startsWith('eyJ') && name.head !== undefined
        ? {
            decision: 'ask',
            reason: 'a published token; sign a new one with your own secret',
            confidence: 0.8,
          }
        : undefined,
    examples: {
      good: [
        {
          template: `ROLE_KEY=${['eyJhbGciOiJIUzI1NiJ9', 'eyJyb2xlIjoiYSJ9', 'c2ln'].join('.')}\n`,
          name: 'ROLE_KEY',
          decision: 'ask',
        },
      ],
      bad: [{ template: 'ROLE_KEY=change-me\n', name: 'ROLE_KEY' }],
    },
  },
  {
    id: 'public',
    summary: 'the name says that the value is public',
    decide(variable) {
      if (!variable.name.isPublic || variable.name.head === undefined) return undefined
      return supplied(variable, 'a public key that somebody else issues')
    },
    examples: {
      good: [
        { template: 'NEXT_PUBLIC_API_KEY=your-key\n', name: 'NEXT_PUBLIC_API_KEY', decision: 'ask' },
        { template: 'VITE_APP_SECRET=\n', name: 'VITE_APP_SECRET', decision: 'ask-optional' },
        { template: 'CAPTCHA_SITE_KEY=changeme\n', name: 'CAPTCHA_SITE_KEY', decision: 'ask' },
      ],
      bad: [{ template: 'APP_SECRET=changeme\n', name: 'APP_SECRET' }],
    },
  },
]

/** Keys of other people, and everything that is no secret. */
export const lastRules: readonly DecisionRule[] = [
  {
    id: 'key-pair',
    summary: 'half of a key pair, of which nothing says that the application itself makes it',
    decide(variable) {
      if (variable.name.role !== 'pair') return undefined
      const isText = variable.value.kind === 'text' && variable.value.placeholder === undefined
      if (isText || variable.value.kind === 'path' || variable.value.kind === 'setting') {
        return keep('a key, or the place of one', 0.7)
      }
      if (variable.value.kind === 'key-material') {
        return { decision: 'ask', reason: 'a published key pair; make a new one yourself', confidence: 0.8 }
      }
      return ask(variable, 'a key pair; nothing says that it is yours to make', 0.85)
    },
    examples: {
      good: [
        { template: 'JWT_PRIVATE_KEY=<paste it>\n', name: 'JWT_PRIVATE_KEY', decision: 'ask' },
        { template: 'VAPID_KEY=\n', name: 'VAPID_KEY', decision: 'ask-optional' },
      ],
      bad: [{ template: 'JWT_KEY=change-me\n', name: 'JWT_KEY' }],
    },
  },
  {
    id: 'issued',
    summary: 'a key or token that an outside service issues',
    decide(variable) {
      const { name, family, value } = variable
      if (value.kind === 'path' || value.kind === 'setting' || value.kind === 'structure') return undefined
      const isIssued = name.role === 'issued' || name.role === 'door'
      if (!isIssued && !(name.role === 'maybe' && family.hasIssuedSibling(name))) return undefined
      return supplied(
        variable,
        name.hasVendor ? 'only the vendor can issue it' : 'an outside service issues it',
      )
    },
    examples: {
      good: [
        { template: 'STRIPE_SECRET_KEY=sk_your_key\n', name: 'STRIPE_SECRET_KEY', decision: 'ask' },
        { template: 'OPENAI_API_KEY=\n', name: 'OPENAI_API_KEY', decision: 'ask-optional' },
        { template: 'S3_SECRET_ACCESS_KEY=test\n', name: 'S3_SECRET_ACCESS_KEY', decision: 'keep' },
        {
          template: 'GALLERY_CLIENT_ID=\nGALLERY_SECRET=change-me\n',
          name: 'GALLERY_SECRET',
          decision: 'ask',
        },
      ],
      bad: [{ template: 'GALLERY_SECRET=supersecret\n', name: 'GALLERY_SECRET' }],
    },
  },
  {
    id: 'unknown-secret',
    summary: 'a secret of which nothing says whose it is: never generated',
    decide(variable) {
      if (variable.name.role !== 'maybe') return undefined
      if (!isEmpty(variable) && variable.value.kind !== 'text') return undefined
      if (variable.value.kind === 'text' && variable.value.placeholder === undefined) {
        return keep('nothing says whose it is', 0.5)
      }
      return ask(variable, 'nothing says who makes it', 0.5)
    },
    examples: {
      good: [
        { template: 'GALLERY_SECRET=\n', name: 'GALLERY_SECRET', decision: 'ask-optional' },
        { template: 'GALLERY_KEY=your-gallery-key\n', name: 'GALLERY_KEY', decision: 'ask' },
      ],
      bad: [{ template: 'GALLERY_SECRET=change-me\n', name: 'GALLERY_SECRET' }],
    },
  },
  {
    id: 'to-supply',
    summary: 'a setting with a placeholder, or an empty one that a comment calls required',
    decide(variable) {
      if (isEmpty(variable)) {
        if (variable.hint(attached, 'required') === undefined) return undefined
        return { decision: 'ask', reason: 'a comment says that it is required', confidence: 0.75 }
      }
      return isOpenSetting(variable)
        ? ask(variable, `the template has ${variable.value.placeholder?.reason ?? 'a placeholder'}`, 0.75)
        : undefined
    },
    examples: {
      good: [
        { template: 'BUCKET=your-bucket\n', name: 'BUCKET', decision: 'ask' },
        { template: '# (optional) shown in the foot\nTEAM=<name>\n', name: 'TEAM', decision: 'ask-optional' },
        { template: '# required\nMEDIA_PATH=\n', name: 'MEDIA_PATH', decision: 'ask' },
        { template: 'SITE_DOMAIN=shop.example.com\n', name: 'SITE_DOMAIN', decision: 'ask' },
      ],
      bad: [
        { template: 'MAIL_FROM=noreply@example.com\n', name: 'MAIL_FROM' },
        { template: 'SUBJECT="Confirm your address"\n', name: 'SUBJECT' },
        { template: 'COOKIE_NAME=session_token\n', name: 'COOKIE_NAME' },
      ],
    },
  },
  {
    id: 'vendor-setting',
    summary: "an empty setting of a vendor's family: its account, region, project",
    decide(variable) {
      const { name } = variable
      if (!isEmpty(variable) || name.role !== 'supply') return undefined
      if (!name.hasVendor && !name.isOutsideAccount) return undefined
      return ask(variable, 'it belongs to an account with an outside service', 0.65)
    },
    examples: {
      good: [
        { template: 'AWS_BUCKET=\n', name: 'AWS_BUCKET', decision: 'ask-optional' },
        { template: 'SMTP_HOST=\n', name: 'SMTP_HOST', decision: 'ask-optional' },
      ],
      bad: [{ template: 'APP_HOST=\n', name: 'APP_HOST' }],
    },
  },
  {
    id: 'setting',
    summary: 'usable as it stands',
    decide: variable =>
      isEmpty(variable)
        ? keep('empty: the feature is off, or has a default', 0.8)
        : keep('usable as it stands', 0.9),
    examples: {
      good: [
        { template: 'PORT=3000\n', name: 'PORT', decision: 'keep' },
        { template: 'LOG_FILE=\n', name: 'LOG_FILE', decision: 'keep' },
      ],
      bad: [{ template: 'JWT_SECRET=\n', name: 'JWT_SECRET' }],
    },
  },
]

const addressEnds = new Set([
  'DOMAIN',
  'DOMAINS',
  'HOST',
  'HOSTNAME',
  'URL',
  'URI',
  'SITE',
  'HOME',
  'SERVER',
  'ENDPOINT',
  'RULE',
])

/** Ordinary words are ordinary settings; only what cannot be meant as it stands is open. */
function isOpenSetting({ name, value, text }: Variable): boolean {
  const sort = value.placeholder?.sort
  switch (sort) {
    case 'blank':
    case 'mask':
    case 'x-row':
      return true
    case 'change':
    case 'replace':
    case 'generate':
    case 'your':
    case 'my':
      // `Change your password` is the subject of a mail.
      return !value.isProse
    case 'example-address':
      return addressEnds.has(name.words.at(-1) ?? '') || /\b(?:your|my)-?/i.test(text)
    case 'repeated':
    case 'row':
      return name.words.at(-1) === 'ID'
    case 'example':
    case 'constant':
    case 'default':
    case 'words':
    case undefined:
      return false
    default:
      sort satisfies never
      return false
  }
}
