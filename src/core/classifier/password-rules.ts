import { ask, attached, generate, isEmpty, keep } from './outcome.ts'
import type { DecisionRule } from './rule.ts'
import { asksToMake } from './value.ts'
import type { Outcome, Scope, Variable } from './variable.ts'

const nearby: readonly Scope[] = ['inline', 'direct', 'covering', 'named']

/** Passwords of accounts. Ours are only those of services that the template starts with them. */
export const passwordRules: readonly DecisionRule[] = [
  {
    id: 'outside-password',
    summary:
      'a password on a server that the project does not start: mail, files, directories, registries, vendors',
    decide(variable) {
      if (!isPassword(variable) || !variable.name.isOutsideAccount) return undefined
      return supplied(variable, 'the password of an account on a server outside')
    },
    examples: {
      good: [
        { template: 'SMTP_PASSWORD=your-password\n', name: 'SMTP_PASSWORD', decision: 'ask' },
        { template: 'MAIL_PASS=\n', name: 'MAIL_PASS', decision: 'ask-optional' },
        { template: 'LDAP_BIND_PASSWORD=changeme\n', name: 'LDAP_BIND_PASSWORD', decision: 'ask' },
      ],
      bad: [{ template: 'POSTGRES_PASSWORD=changeme\n', name: 'POSTGRES_PASSWORD' }],
    },
  },
  {
    id: 'own-database',
    summary:
      'a password of a database that the user has or sets up: its user or host are placeholders too, or it is elsewhere',
    decide(variable) {
      const { name, family, value, text } = variable
      const user = family.userOf(name)
      const isUserOpen = user !== undefined && isPlaceholderUser(user)
      if (!isPassword(variable) || name.isImagePassword) return undefined
      if (!asksForAnother(variable) && !(isUserOpen && value.placeholder?.sort === 'words')) return undefined
      const host = family.hostOf(name)
      const isLocalDatabase = name.service === 'database' && host === 'this-machine'
      const isOpen = isUserOpen || host === 'elsewhere' || (isLocalDatabase && !/generat|random/i.test(text))
      if (!isOpen && value.placeholder?.sort !== 'your') return undefined
      return isOpen || host !== 'none'
        ? ask(variable, 'the password of a database that you set up', 0.75)
        : undefined
    },
    examples: {
      good: [
        {
          template: 'DB_USER=your_user\nDB_PASSWORD=your_password\n',
          name: 'DB_PASSWORD',
          decision: 'ask',
        },
        {
          template: 'DB_HOST=db.example.com\nDB_PASSWORD=changeme\n',
          name: 'DB_PASSWORD',
          decision: 'ask',
        },
      ],
      bad: [
        { template: 'POSTGRES_USER=your_user\nPOSTGRES_PASSWORD=changeme\n', name: 'POSTGRES_PASSWORD' },
        { template: 'DB_HOST=db\nDB_USER=shop\nDB_PASSWORD=changeme\n', name: 'DB_PASSWORD' },
      ],
    },
  },
  {
    id: 'service-password',
    summary: 'the template, a comment or the value asks for another password for a service of the project',
    decide(variable) {
      if (!isPassword(variable) || variable.hint(attached, 'account', 'digest') !== undefined)
        return undefined
      if (isEmpty(variable)) {
        const asked = variable.hint(
          [...attached, 'covering', 'named', 'section'],
          'random',
          'command',
          'change',
        )
        const isOptional = variable.hint(attached, 'optional') !== undefined
        if (asked === undefined || isOptional) return undefined
        return generate(variable, 'the template asks for a strong password', 0.85)
      }
      if (!asksForAnother(variable)) return undefined
      return generate(variable, 'the password of a service that the template starts with it', 0.88)
    },
    examples: {
      good: [
        {
          template: 'POSTGRES_USER=shop\nPOSTGRES_PASSWORD=change-me\n',
          name: 'POSTGRES_PASSWORD',
          decision: 'generate',
          form: 'password:24',
        },
        {
          template: '# Change this before you go to production\nSEARCH_PASSWORD=search\n',
          name: 'SEARCH_PASSWORD',
          decision: 'generate',
        },
        {
          template: 'PORT=1\n\n# Set these to strong passwords\n\n# of the bridge\nBRIDGE_PASSWORD=\n',
          name: 'BRIDGE_PASSWORD',
          decision: 'generate',
        },
      ],
      bad: [
        { template: 'POSTGRES_PASSWORD=postgres\n', name: 'POSTGRES_PASSWORD' },
        { template: 'PASSWORD_MIN_LENGTH=12\n', name: 'PASSWORD_MIN_LENGTH' },
      ],
    },
  },
  {
    id: 'bundled-password',
    summary:
      'an empty password of a service that nobody can point elsewhere, so that the project itself starts it',
    decide(variable) {
      const { name, family } = variable
      const isStore = name.service === 'database' || name.service === 'cache' || name.isImagePassword
      if (!isPassword(variable) || !isEmpty(variable) || !isStore) return undefined
      if (variable.hint(attached, 'optional', 'account', 'fetch') !== undefined) return undefined
      // No user, or the one that a database on one's own machine has from the start.
      const user = family.userOf(name)
      if (user === '' || (user === 'root' && !name.isImagePassword)) return undefined
      const host = family.hostOf(name)
      const isBundled =
        host === 'none' || (name.isImagePassword && host === 'same-network' && name.service !== 'cache')
      return isBundled && !family.isSwitchedOff(name)
        ? generate(variable, 'the password of a service that the project starts itself', 0.8)
        : undefined
    },
    examples: {
      good: [
        {
          template: 'POSTGRES_USER=shop\nPOSTGRES_PASSWORD=\n',
          name: 'POSTGRES_PASSWORD',
          decision: 'generate',
        },
        { template: 'DB_USERNAME=shop\nDB_PASSWORD=\n', name: 'DB_PASSWORD', decision: 'generate' },
      ],
      bad: [
        { template: 'DB_HOST=localhost\nDB_PASSWORD=\n', name: 'DB_PASSWORD' },
        { template: 'REDIS_HOST=redis\nREDIS_PASSWORD=\n', name: 'REDIS_PASSWORD' },
        { template: 'ADMIN_PASSWORD=\n', name: 'ADMIN_PASSWORD' },
      ],
    },
  },
  {
    id: 'other-password',
    summary: 'any other password: an empty one may be needed, one that stands there works',
    decide(variable) {
      const { name, value } = variable
      if (!isPassword(variable)) return undefined
      if (isEmpty(variable)) {
        const isNeeded = name.service === 'database' && variable.hint(attached, 'optional') === undefined
        const outcome = ask(variable, 'the password of a service that you set up', 0.7)
        return isNeeded ? { ...outcome, decision: 'ask' } : outcome
      }
      return value.placeholder?.kind === 'default' || value.placeholder?.sort === 'words'
        ? keep('a weak default that the rest of the set-up knows', 0.7)
        : keep('the set-up works with it as it stands', 0.7)
    },
    examples: {
      good: [
        { template: 'DB_HOST=localhost\nDB_PASSWORD=\n', name: 'DB_PASSWORD', decision: 'ask' },
        { template: 'DB_PASSWORD=postgres\n', name: 'DB_PASSWORD', decision: 'keep' },
        { template: 'ADMIN_PASSWORD=\n', name: 'ADMIN_PASSWORD', decision: 'ask-optional' },
      ],
      bad: [{ template: 'DB_PASSWORD=change_me\n', name: 'DB_PASSWORD' }],
    },
  },
]

/** A password with a value that could be one: no address, no file name, no switch. */
function isPassword({ name, value }: Variable): boolean {
  if (name.role !== 'password') return false
  return (
    !['reference', 'path', 'url', 'structure', 'key-material'].includes(value.kind) && !isSwitch(value.kind)
  )
}

function isSwitch(kind: Variable['value']['kind']): boolean {
  return kind === 'setting'
}

/** What stands there says that it must not stay, or a comment does. */
function asksForAnother(variable: Variable): boolean {
  const { value } = variable
  if (isEmpty(variable)) return false
  if (asksToMake(value.placeholder)) return true
  if (value.placeholder?.sort === 'your' || value.placeholder?.sort === 'my') return true
  // A comment about the password only: headers over many settings speak of ports and hosts too.
  return (
    variable.hint(nearby, 'change') !== undefined ||
    variable.hint(attached, 'command', 'random') !== undefined
  )
}

function isPlaceholderUser(user: string): boolean {
  return /your|change|replace|<|example|x{3}|\*{3}|_user(?:name)?$|^(?:db|database)[-_]?user/i.test(user)
}

/** Somebody else gives it: asked for where something must be replaced, kept where something works. */
export function supplied(variable: Variable, reason: string): Outcome {
  const { placeholder } = variable.value
  if (isEmpty(variable)) return ask(variable, reason, 0.85)
  const isDefault = placeholder?.sort === 'default'
  if (placeholder === undefined || isDefault) return keep('a value that works as it stands', 0.7)
  return ask(variable, reason, 0.9)
}
