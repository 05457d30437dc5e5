import type { HintRule } from './hint.ts'

/** Commands and pages of frameworks that make a secret in a form of their own. */
export const frameworkHints: readonly HintRule[] = [
  {
    id: 'laravel-key',
    kind: 'command',
    pattern: /artisan\s+key:generate/i,
    form: () => 'laravel-key',
    examples: { good: [['Run php artisan key:generate', 'laravel-key']], bad: ['php artisan migrate'] },
  },
  {
    id: 'rails-secret',
    kind: 'command',
    pattern: /\b(?:rails|rake)\s+secret\b/,
    form: () => 'hex:64',
    examples: { good: [['docker run app bundle exec rails secret', 'hex:64']], bad: ['the secret of Rails'] },
  },
  {
    id: 'phoenix-secret',
    kind: 'command',
    pattern: /mix\s+phx\.gen\.secret(?:\s+(\d{2,4}))?/,
    form: ([, count]) => (count === undefined || Number(count) >= 64 ? 'phoenix-key' : `alnum:${count}`),
    examples: {
      good: [
        ['mix phx.gen.secret', 'phoenix-key'],
        ['mix phx.gen.secret 32', 'alnum:32'],
      ],
      bad: ['mix phx.server'],
    },
  },
  {
    id: 'django-key',
    kind: 'command',
    pattern: /get_random_secret_key|djecrety\.ir|generate_secret_key/i,
    form: () => 'django-key',
    examples: { good: [['make one at https://djecrety.ir/', 'django-key']], bad: ['a Django setting'] },
  },
  {
    id: 'fernet',
    kind: 'command',
    pattern: /Fernet\.generate_key|\bfernet[ _-]key\b/i,
    form: () => 'fernet',
    examples: { good: [['print(Fernet.generate_key().decode())', 'fernet']], bad: ['a drink of fernet'] },
  },
  {
    id: 'auth-secret',
    kind: 'command',
    pattern: /npx\s+(?:--yes\s+|-y\s+)?auth(?:@\w+)?\s+secret|better-auth\/cli(?:@\w+)?\s+secret/,
    form: () => 'auth-secret',
    examples: { good: [['Run `npx auth secret`', 'auth-secret']], bad: ['npx auth login'] },
  },
  {
    id: 'wp-salts',
    kind: 'command',
    pattern: /roots\.io\/salts|api\.wordpress\.org\/secret-key|wp\s+config\s+shuffle-salts/i,
    form: () => 'wp-salt',
    examples: {
      good: [['https://api.wordpress.org/secret-key/1.1/salt/', 'wp-salt']],
      bad: ['https://wordpress.org/'],
    },
  },
  {
    id: 'adonis-key',
    kind: 'command',
    pattern: /\bace\s+generate:key/,
    form: () => 'chars:32',
    examples: { good: [['node ace generate:key', 'chars:32']], bad: ['node ace serve'] },
  },
  {
    id: 'key-pair',
    kind: 'pair',
    pattern:
      /openssl\s+(?:genrsa|genpkey|ecparam|req|rsa)\b|\bssh-keygen\b|\bkeytool\b|generate-vapid-keys|generate_vapid_key|generate[-_]jwt[-_]keys|\b(?:RSA|EC|ECDSA|ed25519|VAPID)\s+(?:private\s+|public\s+)?key(?:\s+pair|pair)?\b|\bkey[- ]?pair\b|BEGIN [A-Z ]{0,20}PRIVATE KEY/i,
    form: ([words], rest) => kindOfKey(`${words} ${rest}`),
    examples: {
      good: [
        ['openssl genrsa -out private.pem 2048', 'rsa:2048'],
        ['openssl genrsa 4096', 'rsa:4096'],
        ['npx web-push generate-vapid-keys', 'vapid'],
        ['openssl ecparam -name secp384r1 -genkey', 'ec:384'],
        ['openssl genpkey -algorithm ed25519', 'ed25519'],
        ['an RSA key', 'rsa:3072'],
        ['a new key pair'],
      ],
      bad: ['openssl rand -hex 32', 'a pair of keys for the door'],
    },
  },
  {
    id: 'digest',
    kind: 'digest',
    pattern:
      /\bhtpasswd\b|\bargon2(?:id?)?\b[^\n]{0,30}\b(?:hash|string|phc)\b|\bbcrypt(?:ed)?\s+hash\b|\bhash(?:ed)? (?:of (?:the|your)|version of)\b/i,
    examples: {
      good: [['create it with htpasswd -nb'], ['an argon2 hash of it']],
      bad: ['hash function of the table'],
    },
  },
]

/** The kind of key that the words name, with its size; `undefined` where they name none. */
function kindOfKey(words: string): string | undefined {
  if (/vapid/i.test(words)) return 'vapid'
  if (/ed25519/i.test(words)) return 'ed25519'
  if (/secp?384|P-?384|ES384/i.test(words)) return 'ec:384'
  if (/secp?521|P-?521|ES512/i.test(words)) return 'ec:521'
  if (/ecparam|prime256v1|secp256r1|P-?256|ES256|\bEC(?:DSA)?\b/i.test(words)) return 'ec:256'
  if (!/rsa/i.test(words)) return undefined
  return `rsa:${/\b(?:2048|3072|4096)\b/.exec(words)?.[0] ?? '3072'}`
}
