import type { FoundHint, Scope, Variable } from './variable.ts'

export interface FormChoice {
  readonly form: string
  /** The words that asked for it. */
  readonly hint?: FoundHint
  /** Nothing at all asks for it. */
  readonly isUsual?: true
}

const near: readonly Scope[] = ['value', 'inline', 'direct']
const anywhere: readonly Scope[] = [...near, 'covering', 'named', 'section', 'header']

/** The longest text of the usual form, 64 hex digits: what asks for no more is content with it. */
const usualLength = 64
const usualPassword = 24

/** In which form a generated value is made: a command first, then a length, then the old value's shape, then the name. */
export function chooseForm(variable: Variable): FormChoice {
  const command = variable.hint(anywhere, 'command')
  if (command?.form !== undefined) return { form: command.form, hint: command }
  const isPassword = variable.name.head === 'password' && variable.name.role === 'password'
  const classes = isPassword ? variable.hint([...near, 'named'], 'classes') : undefined
  if (classes?.form !== undefined) return { form: classes.form, hint: classes }
  const length = variable.hint(near, 'length')
  const sized = length?.form === undefined ? undefined : fitLength(length.form, isPassword)
  if (sized !== undefined && length !== undefined) return { form: sized, hint: length }
  if (isPassword) return { form: `password:${String(usualPassword)}`, isUsual: true }
  const form = formOfShape(variable.text) ?? formOfName(variable)
  return form === undefined ? { form: 'hex:32', isUsual: true } : { form }
}

/** Turns `min:N` and `max:N` into a form; others are forms already. */
function fitLength(demand: string, isPassword: boolean): string | undefined {
  const [kind, sizeText] = demand.split(':')
  const size = Number(sizeText)
  if (kind === 'min') {
    if (isPassword) return `password:${String(Math.min(Math.max(size, usualPassword), 4096))}`
    if (size <= usualLength) return undefined
    return size <= 2 * usualLength ? 'hex:64' : `alnum:${String(Math.min(size, 4096))}`
  }
  if (kind === 'max') {
    const usual = isPassword ? usualPassword : usualLength
    if (size >= usual) return undefined
    return size >= 22 ? `alnum:${String(size)}` : size >= 11 ? `chars:${String(size)}` : undefined
  }
  return demand
}

/** What stands there now was made by a command of the same form. */
function formOfShape(text: string): string | undefined {
  if (text.startsWith('base64:')) return 'laravel-key'
  if (/^[0-9a-f]+$/i.test(text) && [32, 48, 64, 96, 128].includes(text.length)) {
    return `hex:${String(text.length / 2)}`
  }
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? 'base64:32' : undefined
}

function formOfName({ name, text, family }: Variable): string | undefined {
  const words = name.words.join('_')
  const all = name.name.toUpperCase()
  if (words === 'APP_KEY' && (isLaravel(family) || text === '')) return 'laravel-key'
  if (wordpressKeys.has(all) && isWordpress(family)) return 'wp-salt'
  if (all.endsWith('SECRET_KEY_BASE')) return 'hex:64'
  if (words.includes('FERNET')) return 'fernet'
  if (/DJANGO/.test(all) && name.head === 'secret') return 'django-key'
  if (name.head === 'cookie') return 'alnum:32'
  if (name.head === 'iv') return 'hex:16'
  return name.words.includes('JWT') ? formOfAlgorithm(family) : undefined
}

/** An HMAC key shorter than its hash weakens it (RFC 7518 §3.2). */
function formOfAlgorithm(family: Variable['family']): string | undefined {
  const algorithm = ['ALGORITHM', 'ALGO', 'ALG']
    .map(word => family.value('JWT', word))
    .find(each => each !== undefined)
  return algorithm === 'HS512' ? 'hex:64' : algorithm === 'HS384' ? 'hex:48' : undefined
}

const wordpressKeys: ReadonlySet<string> = new Set([
  'AUTH_KEY',
  'SECURE_AUTH_KEY',
  'LOGGED_IN_KEY',
  'NONCE_KEY',
  'AUTH_SALT',
  'SECURE_AUTH_SALT',
  'LOGGED_IN_SALT',
  'NONCE_SALT',
])

function isWordpress(family: Variable['family']): boolean {
  return [...wordpressKeys].filter(key => family.has(...key.split('_'))).length >= 4
}

/** Settings that only Laravel has under these names; two of them are no chance. */
const laravelNames =
  `CACHE_DRIVER CACHE_STORE QUEUE_CONNECTION QUEUE_DRIVER SESSION_DRIVER BROADCAST_DRIVER BROADCAST_CONNECTION
  MAIL_MAILER LOG_CHANNEL FILESYSTEM_DISK FILESYSTEM_DRIVER DB_CONNECTION`.split(/\s+/)

function isLaravel(family: Variable['family']): boolean {
  return laravelNames.filter(each => family.has(...each.split('_'))).length >= 2
}
