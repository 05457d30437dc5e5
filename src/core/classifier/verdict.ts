import { findPlaceholder } from '../placeholder.ts'
import { isIssuedElsewhere, isPasswordName, isSecretName, splitName } from '../schema/secret-names.ts'
import type { Verdict } from './decision.ts'
import { asksToGenerate, formInComment } from './hints.ts'

export interface Variable {
  readonly name: string
  readonly value: string
  readonly comment: string
}

/** Services outside: their passwords and keys are handed out by them. */
const outside =
  /^(?:SMTP|MAIL|MAILER|S3|SFTP|FTP|SSH|SSL|TLS|SQS|SNS|SES|AWS|OAUTH\w*|OIDC|SAML|LDAP|API|SDK|CLIENT|EXTERNAL|LICENSE|LICENCE|WEBHOOK|STORAGE|BLOB|BUCKET|SMS|CAPTCHA|PROXY|SEARCH\w*|\w*SEARCH|RPC|BOT|PERSONAL)$/
/** What the project itself signs, encrypts or hashes with. */
const own =
  /^(?:JWT|SESSION|COOKIE|CSRF|ENCRYPT\w*|CIPHER|SALT|PEPPER|HASH\w*|SIGN\w*|APP|SECRET|NEXTAUTH|AUTH|INTERNAL|MASTER|NONCE|REFRESH|KEYS?)$/
const database =
  /^(?:DB|DATABASE|POSTGRES\w*|PG|MYSQL|MARIADB|MONGO\w*|REDIS|RABBITMQ|CLICKHOUSE|ELASTIC\w*|OPENSEARCH|MINIO|XMPP)$/
/** Texts that stand where a value of one's own is wanted, as opposed to a default that works. */
const wanted = /change|replace|secret|your|generate|random|insert|fixme|x{3}|<|\*{3}/i
const unset = /^(?:|null|none|false|nil)$/i

/** What a variable's own name, value and comment say of it; relations to others are looked at before. */
export function judge({ name, value, comment }: Variable): Verdict {
  if (value.includes('${')) return keep('it refers to other variables', 0.95)
  const placeholder = findPlaceholder(value)?.reason
  if (!isSecretName(name)) return judgePlain(name, value)
  const words = splitName(name)
  // `<KEY_MUST_BE_32_LONG>`: the value itself says how long.
  const form = formInComment(comment) ?? formInComment(value.replace(/[_<>-]+/g, ' '))
  const isOutside =
    isIssuedElsewhere(name) || /ACCESS_?KEY/i.test(name) || words.some(word => outside.test(word))
  if (isOutside && (form === undefined || isIssuedElsewhere(name))) return askFor(value, placeholder)
  if (isPasswordName(name)) return judgePassword(words, value, placeholder, form)
  const isOwn = words.some(word => own.test(word)) && (words.length > 1 || words[0] !== 'TOKEN')
  if (!isOwn && form === undefined && !asksToGenerate(comment)) return askFor(value, placeholder)
  if (unset.test(value) && /\boptional\b/i.test(comment))
    return optional('it is a secret of an optional feature')
  return ownSecret(name, value !== '' && placeholder === undefined, form)
}

function ownSecret(name: string, isCommitted: boolean, form: string | undefined): Verdict {
  const reason = isCommitted
    ? 'the project signs or encrypts with it, and the value in the template is published'
    : 'the project signs or encrypts with it'
  return {
    decision: 'generate',
    form: form ?? formOfName(name),
    reason,
    confidence: form === undefined ? 0.85 : 0.95,
  }
}

function judgePlain(name: string, value: string): Verdict {
  const found = findPlaceholder(value)
  // Ordinary settings consist of the words of lazy secrets (`session`), and of usable defaults (`localhost`).
  const isBlank = found?.kind === 'placeholder' && !found.reason.startsWith('made of')
  if (value === '' || !isBlank) return keep('it can be used as it stands', 0.8)
  if (/_(?:ID|URL|URI|HOST|EMAIL|DOMAIN|USER|USERNAME|NAME|KEY)$/i.test(name)) {
    return { decision: 'ask', reason: `the template has ${found.reason}`, confidence: 0.7 }
  }
  return keep('it can be used as it stands', 0.5)
}

function judgePassword(
  words: readonly string[],
  value: string,
  placeholder: string | undefined,
  form: string | undefined,
): Verdict {
  // An empty password of a service means that it has none, or that somebody set it up: only a text that asks for a
  // value of one's own, or a comment that says how to make one, is taken as the project's own service.
  const isWanted = form !== undefined || (value !== '' && wanted.test(value))
  if (!isWanted) return value === '' ? optional('the service may have none, or another one') : keepDefault()
  if (!words.some(word => database.test(word)) && form === undefined) return askFor(value, placeholder)
  const reason = 'a password of a service that the project starts itself'
  return { decision: 'generate', form: form ?? 'password:32', reason, confidence: 0.75 }
}

function keepDefault(): Verdict {
  return keep('a default that works with the rest of the set-up', 0.6)
}

function formOfName(name: string): string {
  if (/^APP_KEY$/.test(name)) return 'laravel-key'
  return /FERNET/.test(name) ? 'fernet' : 'hex:32'
}

function askFor(value: string, placeholder: string | undefined): Verdict {
  if (unset.test(value)) return optional('only you or the service that issues it can supply it')
  if (placeholder === undefined) return keep('a value is there', 0.5)
  return { decision: 'ask', reason: 'only you or the service that issues it can supply it', confidence: 0.8 }
}

function optional(reason: string): Verdict {
  return { decision: 'ask-optional', reason, confidence: 0.7 }
}

function keep(reason: string, confidence: number): Verdict {
  return { decision: 'keep', reason, confidence }
}
