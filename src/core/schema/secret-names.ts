/** Classes of the schedule table. */
export type SecretClass = 'application-key' | 'jwt' | 'api-key' | 'database' | 'oauth' | 'encryption'

/** `jwtSecret`, `JWT_SECRET`, `mail__auth__pass` → words in capitals; numbers at the end of a word stand alone. */
export function splitName(name: string): readonly string[] {
  // Nearly every name is in capitals already; the patterns for the others are compiled only when one comes.
  const words = /[^A-Z0-9_]/.test(name) ? splitMixed(name) : name.split('_')
  return words.flatMap(splitNumber).filter(word => word !== '')
}

function splitMixed(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
}

function isDigit(character = ''): boolean {
  return character >= '0' && character <= '9'
}

function splitNumber(word: string): readonly string[] {
  return word.length > 3 && isDigit(word.at(-1)) ? word.split(/(?<=[A-Z]{3})(?=\d+$)/) : [word]
}

/** Prefixes of bundlers that put a variable into the page: such a value is public by its name. */
const publicPrefixes = [
  'VITE_',
  'NEXT_PUBLIC_',
  'REACT_APP_',
  'EXPO_PUBLIC_',
  'NUXT_PUBLIC_',
  'PUBLIC_',
  'GATSBY_',
  'VUE_APP_',
]

export function isPublicName(name: string): boolean {
  return publicPrefixes.some(prefix => name.startsWith(prefix))
}

const secretEndings = new Set(
  `SECRET SECRETS PASSWORD PASSWORDS PASSWD PASS PWD PASSPHRASE PASSCODE TOKEN SALT PEPPER CREDENTIAL CREDENTIALS APIKEY
  SECRETKEY PRIVATEKEY ACCESSKEY SIGNINGKEY ENCRYPTIONKEY AUTHPASSWORD AUTHADMINPASSWORD JWK PIN`.split(
    /\s+/,
  ),
)

/** What stands before `KEY` where the key is no secret. */
const publicKeys = new Set(
  `PUBLIC PUBLISHABLE ANON SITE CACHE PARTITION SORT PRIMARY FOREIGN ROUTING SHARD GROUP OBJECT HOT LOOKUP INDEX
  IDEMPOTENCY`.split(/\s+/),
)

/** Before `CREDENTIALS`: whether browsers send them, not what they are. */
const switchWords = new Set('CORS ALLOW SUPPORTS WITH INCLUDE'.split(' '))

/** Words after the kind of a secret that do not change what it is: `SECRET_KEY_BASE`, `API_KEY_1`, `TOKEN_PROD`. */
const trailing = new Set(
  'BASE OLD NEXT PREVIOUS CURRENT DEV DEVELOPMENT TEST STAGING PROD PRODUCTION HEX BASE64'.split(' '),
)

function isTrailing(word: string): boolean {
  return trailing.has(word) || Array.from(word).every(isDigit)
}

/**
 * Whether a name says that its value is a secret: its last word decides, so `JWT_SECRET` is one and
 * `JWT_SECRET_EXPIRES_IN`, `PASSWORD_MIN_LENGTH` and `NEXT_PUBLIC_KEY` are none.
 */
export function isSecretName(name: string): boolean {
  if (isPublicName(name)) return false
  const words = significantWords(name)
  const last = words.at(-1)
  if (last === undefined) return false
  if (last === 'KEY') return words.length > 1 && !publicKeys.has(words.at(-2) ?? '')
  if (last === 'CREDENTIALS' && switchWords.has(words.at(-2) ?? '')) return false
  return secretEndings.has(last)
}

function significantWords(name: string): readonly string[] {
  const words = [...splitName(name)]
  while (words.length > 1 && isTrailing(words.at(-1) ?? '')) words.pop()
  return words
}

const databaseWords =
  /^(?:DB|DATABASE|DATABASES|POSTGRES\w*|PG|PGSQL|MYSQL|MARIADB|SQL|MSSQL|SQLSERVER|ORACLE|MONGO\w*|REDIS|VALKEY|CLICKHOUSE|CASSANDRA|COUCHDB|NEO4J|ELASTIC\w*|OPENSEARCH|RABBITMQ|AMQP|CRDB|PGPASSWORD)$/
const passwordWords = /^(?:\w*PASSWORD|PASSWORDS|\w*PASSWD|PASS|PWD|PASSPHRASE|PASSCODE)$/
const addressWords = /^(?:URL|URI|DSN|DSNS)$/
const encryptionWords =
  /^(?:ENCRYPT\w*|DECRYPT\w*|CRYPT|CRYPTO|CIPHER\w*|FERNET|SALT|PEPPER|AES|AES256|KEK|DEK)$/
const signingWords = /^(?:JWT|JWTS|JWK|JWKS|SIGNING|VAPID)$/

/** Where a secret belongs in the schedule table: by its name, and by the form of its value where one is known. */
export function classifySecret(name: string, form?: string): SecretClass {
  const words = splitName(name)
  const has = (pattern: RegExp): boolean => words.some(word => pattern.test(word))
  if (isEncryptionSecret(name, form)) return 'encryption'
  if (has(signingWords)) return 'jwt'
  if (has(databaseWords) && (has(passwordWords) || has(addressWords))) return 'database'
  if (isOauthName(words)) return 'oauth'
  // A password of another service is a key to its interface, whatever it is called.
  return isIssuedElsewhere(name) || isApiKeyName(words) || has(passwordWords) ? 'api-key' : 'application-key'
}

export function isEncryptionSecret(name: string, form?: string): boolean {
  const kind = form?.split(':')[0]
  if (kind === 'laravel-key' || kind === 'fernet') return true
  if (name === 'APP_KEY' || name === 'RAILS_MASTER_KEY') return true
  return splitName(name).some(word => encryptionWords.test(word))
}

/** Names of what signs for others to verify: tokens, and key pairs of which one half is given away. */
export function isSigningSecret(name: string, form?: string): boolean {
  const words = splitName(name)
  const isPair = /^(?:rsa|ec|ecdsa|ed25519|ed448|jwk|key-pair|keypair)$/.test(form?.split(':')[0] ?? '')
  const isPairName = words.some((word, at) => /^(?:PRIVATE|PUBLIC)$/.test(word) && words[at + 1] === 'KEY')
  return isPair || isPairName || words.some(word => signingWords.test(word))
}

export function isIdentifierName(name: string): boolean {
  return /^(?:ID|UUID|GUID|USER|USERNAME|LOGIN|NAME)$/.test(splitName(name).at(-1) ?? '')
}

export function isPasswordName(name: string): boolean {
  return splitName(name).some(word => passwordWords.test(word))
}

export function isAddressName(name: string): boolean {
  return splitName(name).some(word => addressWords.test(word))
}

export function isDatabaseName(name: string): boolean {
  return splitName(name).some(word => databaseWords.test(word))
}

function isOauthName(words: readonly string[]): boolean {
  const isClient = words.some((word, at) => word === 'CLIENT' && words[at + 1] === 'SECRET')
  return isClient || words.some(word => /^(?:OAUTH\d?|OAUTH2|OIDC|SSO)$/.test(word))
}

function isApiKeyName(words: readonly string[]): boolean {
  const isPair = words.some((word, at) => /^(?:API|ACCESS|LICENSE)$/.test(word) && words[at + 1] === 'KEY')
  return isPair || words.some(word => word === 'APIKEY' || word === 'WEBHOOK') || words.at(-1) === 'TOKEN'
}

/** Services that issue the keys named after them. */
const vendors = new Set(
  `AIRTABLE ALGOLIA AMPLITUDE ANTHROPIC APPLE ATLASSIAN AUTH0 AWS AZURE BITBUCKET BRAINTREE BREVO BUGSNAG BUNNY CLERK
  CLOUDFLARE CLOUDINARY COHERE CONTENTFUL DATADOG DEEPL DEEPSEEK DIGITALOCEAN DISCORD DROPBOX FACEBOOK FASTLY FIGMA
  FIREBASE GCP GCS GEMINI GITHUB GITLAB GOOGLE GROQ HCAPTCHA HEROKU HUBSPOT HUGGINGFACE INSTAGRAM INTERCOM IPINFO JIRA
  KAKAO LASTFM LAUNCHDARKLY LEMONSQUEEZY LINEAR LINKEDIN LOOPS MAILCHIMP MAILGUN MAILJET MAPBOX MESSAGEBIRD MICROSOFT
  MISTRAL MIXPANEL NEWRELIC NIGHTWATCH NOTION OKTA ONESIGNAL OPENAI OPENROUTER PADDLE PAGERDUTY PAYPAL PERPLEXITY PINECONE
  PLAUSIBLE POLAR POSTHOG POSTMARK PUSHER RAZORPAY RECAPTCHA REDDIT REPLICATE RESEND SALESFORCE SEGMENT SENDGRID SENTRY
  SHOPIFY SLACK SPARKPOST SPOTIFY SQUARE STRIPE SUPABASE TELEGRAM TEXTLOCAL TICKETMASTER TURNSTILE TWILIO TWITCH TWITTER
  UPSTASH VERCEL VONAGE WASABI WEBFLOW WORKOS XAI YOUTUBE ZENDESK ZOOM`.split(/\s+/),
)

/** A key that a vendor or an identity provider issues: nobody else can make the next one. */
export function isIssuedElsewhere(name: string): boolean {
  const words = splitName(name)
  return isOauthName(words) || words.some(word => vendors.has(word))
}
