import { splitName } from '../../core/schema/index.ts'
import { strongValue } from '../example-values.ts'
import { publicPrefixes } from '../public-name.ts'
import { everywhere, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'

export const publicSecret: Rule = variableRule({
  id: 'public-secret',
  title: 'no secret stands in a variable that the browser sees',
  severity: everywhere('error'),
  rationale: 'the build writes the value into the page, where every visitor can read it',
  fix: 'rename it without the public prefix, use it on the server only, and replace the value',
  source: {
    title: 'Vite: Env variables and modes; Next.js: Environment variables',
    url: 'https://vite.dev/guide/env-and-mode',
  },
  examples: {
    bad: [
      { file: `VITE_JWT_SECRET=${strongValue}\n` },
      { file: `NEXT_PUBLIC_DB_PASSWORD=${strongValue}\n` },
      { file: `REACT_APP_OPENAI_API_KEY=${strongValue}\n` },
      { file: `EXPO_PUBLIC_SUPABASE_SERVICE_ROLE_KEY=${strongValue}\n` },
      { file: `PUBLIC_PAYMENT_KEY=${['sk', 'live', strongValue].join('_')}\n` },
      { file: `NUXT_PUBLIC_API_BASE=https://app:${strongValue}@api.example.org\n` },
    ],
    good: [
      { file: 'VITE_API_URL=https://api.example.org\n' },
      { file: 'NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=pk_live_x\n', environment: 'production' },
      { file: 'VITE_FIREBASE_API_KEY=AIzaSyExample\n' },
      { file: `REACT_APP_MAPBOX_TOKEN=${strongValue}\n` },
      { file: 'VUE_APP_PASSWORD_MIN_LENGTH=12\n' },
      { file: `JWT_SECRET=${strongValue}\n` },
      { file: 'GATSBY_ANALYTICS_URL=https://key@stats.example.org/1\n' },
    ],
  },
  isForReferences: true,
  problem({ name, value }) {
    const prefix = publicPrefixes.find(one => name.startsWith(one))
    if (prefix === undefined) return undefined
    if (isPrivateName(name.slice(prefix.length))) return { problem: 'is a secret that the browser sees' }
    return isPrivateValue(value) ? { problem: 'holds a secret that the browser sees' } : undefined
  },
})

const privateEndings: ReadonlySet<string> = new Set(
  'SECRET SECRETS PASSWORD PASSWD PASSPHRASE PEPPER CREDENTIALS'.split(' '),
)
/** Before `KEY` or `TOKEN`. A plain `API_KEY` or `TOKEN` may be meant for browsers: maps, analytics, search. */
const privateKinds: ReadonlySet<string> = new Set(
  'SECRET PRIVATE SIGNING ENCRYPTION MASTER ROLE ADMIN ACCESS REFRESH'.split(' '),
)
/** Vendors whose interfaces no browser may call with the account's own key. */
const serverVendors: ReadonlySet<string> = new Set(
  'OPENAI ANTHROPIC GROQ MISTRAL SENDGRID RESEND MAILGUN POSTMARK TWILIO GITHUB GITLAB DIGITALOCEAN'.split(
    ' ',
  ),
)

function isPrivateName(rest: string): boolean {
  const words = splitName(rest)
  const last = words.at(-1) ?? ''
  if (privateEndings.has(last)) return true
  if (last !== 'KEY' && last !== 'TOKEN') return false
  // `ACCESS_TOKEN` of a map is public, `ACCESS_KEY` of a store is not.
  const before = words.at(-2) ?? ''
  const isPrivateKind = privateKinds.has(before) && !(last === 'TOKEN' && before === 'ACCESS')
  return isPrivateKind || words.some(word => serverVendors.has(word))
}

/** Beginnings that vendors give to what is secret, and addresses with a password. */
function isPrivateValue(value: string): boolean {
  return (
    /^(?:[sr]k_(?:live|test)_|sk-(?:proj|ant)-|gh[pousr]_|github_pat_|glpat-|xox[bpars]-|SG\.|-----BEGIN [A-Z ]*PRIVATE)/.test(
      value,
    ) || /^[a-z][a-z0-9+.-]{0,40}:\/\/[^\s/?#:@]{0,200}:[^\s/?#@]{1,200}@/i.test(value)
  )
}
