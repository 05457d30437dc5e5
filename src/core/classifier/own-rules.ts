import { ask, attached, generate, isEmpty, isReplaceable } from './outcome.ts'
import type { DecisionRule } from './rule.ts'
import type { Scope, Variable } from './variable.ts'

const nearby: readonly Scope[] = ['value', 'inline', 'direct', 'covering', 'named']

/** Secrets of the application itself: what it signs, encrypts, salts with. The less sure ones: `openRules`. */
export const ownRules: readonly DecisionRule[] = [
  {
    id: 'own-command',
    summary: 'a comment or the value itself says with which command a secret is made',
    decide(variable) {
      const { name, value } = variable
      if (name.isPublic || !isReplaceable(variable)) return undefined
      if (name.head === undefined || name.role === 'plain') {
        // A comment above may speak of a block; behind the value it speaks of this one.
        const isOpen = name.role === 'plain' && (isEmpty(variable) || value.placeholder !== undefined)
        const inline = isOpen ? variable.hint(['inline'], 'command') : undefined
        return inline === undefined
          ? undefined
          : generate(variable, 'a command for it stands beside it', 0.85)
      }
      const isOwn = name.role === 'own' || name.role === 'maybe' || name.role === 'door'
      const scopes: readonly Scope[] = isOwn ? nearby : ['value', ...attached]
      if (variable.hint(scopes, 'command') === undefined) return undefined
      if (!isOwn && value.kind === 'text' && value.placeholder === undefined) return undefined
      return generate(variable, 'a command for it stands in the template', isOwn ? 0.98 : 0.85)
    },
    examples: {
      good: [
        {
          template: '# create one with: openssl rand -hex 24\nPANEL_KEY=\n',
          name: 'PANEL_KEY',
          decision: 'generate',
          form: 'hex:24',
        },
        {
          template: '# both: openssl rand -base64 32\nLINK_SECRET=x\nCOOKIE_SALT=x\n',
          name: 'COOKIE_SALT',
          decision: 'generate',
          form: 'base64:32',
        },
      ],
      bad: [
        { template: '# Generate a token at https://example.com\nPANEL_TOKEN=\n', name: 'PANEL_TOKEN' },
        { template: '# openssl rand -hex 32 makes secrets\nPORT=3000\n', name: 'PORT' },
      ],
    },
  },
  {
    id: 'own-elsewhere',
    summary:
      'it is called like a secret of the application, but the template says that it comes from elsewhere',
    decide(variable) {
      const { name, family } = variable
      if (name.role !== 'own' || !isReplaceable(variable)) return undefined
      const hint =
        variable.hint(['value', ...attached], 'account') ??
        variable.hint(['value', ...attached], 'digest', 'pair')
      if (hint !== undefined) return ask(variable, 'the template says that it is made elsewhere', 0.85)
      const isPaired = ['APP', 'ACCESS', 'AUTH', 'LOGIN'].includes(name.qualifiers.join('_'))
      if (!isPaired || name.head !== 'secret' || !family.hasIssuedSibling(name)) return undefined
      return ask(variable, 'the id or key that it belongs to stands beside it', 0.75)
    },
    examples: {
      good: [
        {
          template: '# copy it from the dashboard\nJWT_SECRET=\n',
          name: 'JWT_SECRET',
          decision: 'ask-optional',
        },
        { template: 'APP_ID=your-id\nAPP_SECRET=your-secret\n', name: 'APP_SECRET', decision: 'ask' },
      ],
      bad: [
        { template: 'APP_NAME=shop\nAPP_ID=\nAPP_SECRET=change-me\n', name: 'APP_SECRET' },
        { template: 'JWT_ID=1\nJWT_SECRET=change-me\n', name: 'JWT_SECRET' },
      ],
    },
  },
  {
    id: 'own-optional',
    summary: 'a secret of the application for a feature that is off',
    decide(variable) {
      const { name, value, family } = variable
      if (name.role !== 'own' || (value.kind !== 'empty' && value.kind !== 'unset')) return undefined
      // Words on how to make it mean that it is wanted, even where somebody may leave it to an installer.
      if (variable.hint(attached, 'required', 'command', 'random', 'length') !== undefined) return undefined
      const isOptional = variable.hint(attached, 'optional') !== undefined || family.isSwitchedOff(name)
      return isOptional
        ? {
            decision: 'ask-optional',
            reason: 'a secret of a feature that works without or is off',
            confidence: 0.7,
          }
        : undefined
    },
    examples: {
      good: [
        {
          template: '# Optional: signs links\nLINK_SIGNING_KEY=\n',
          name: 'LINK_SIGNING_KEY',
          decision: 'ask-optional',
        },
        {
          template: 'OTP_ENABLED=false\nOTP_SECRET=\n',
          name: 'OTP_SECRET',
          decision: 'ask-optional',
        },
      ],
      bad: [
        { template: '# required, not optional\nSESSION_SECRET=\n', name: 'SESSION_SECRET' },
        { template: '# Optional\nSESSION_SECRET=change-me\n', name: 'SESSION_SECRET' },
      ],
    },
  },
  {
    id: 'own-secret',
    summary: 'the application signs, encrypts or salts with it',
    decide(variable) {
      const { name, value } = variable
      if (name.role !== 'own' || !isReplaceable(variable) || isCookieName(variable)) return undefined
      if (value.placeholder !== undefined) {
        return generate(
          variable,
          `the application's own secret; the template has ${value.placeholder.reason}`,
          0.96,
        )
      }
      if (value.kind === 'text') {
        return generate(variable, "the application's own secret; the value in the template is published", 0.9)
      }
      return generate(variable, "the application's own secret, and the template has none", 0.92)
    },
    examples: {
      good: [
        { template: 'JWT_SECRET=change-me\n', name: 'JWT_SECRET', decision: 'generate', form: 'hex:32' },
        {
          template: 'SESSION_KEY=Vq93hTzLm20xWpRk\n',
          name: 'SESSION_KEY',
          decision: 'generate',
          form: 'hex:32',
        },
        { template: 'SECRET_KEY_BASE=\n', name: 'SECRET_KEY_BASE', decision: 'generate', form: 'hex:64' },
        {
          template: 'LOG_CHANNEL=stack\nSESSION_DRIVER=file\nAPP_KEY=\n',
          name: 'APP_KEY',
          decision: 'generate',
          form: 'laravel-key',
        },
        {
          template: 'ENCRYPTION_KEY=<must be 32 characters>\n',
          name: 'ENCRYPTION_KEY',
          decision: 'generate',
          form: 'chars:32',
        },
        {
          template: 'JWT_ALGORITHM=HS512\nJWT_SECRET=secret\n',
          name: 'JWT_SECRET',
          decision: 'generate',
          form: 'hex:64',
        },
      ],
      bad: [
        { template: 'JWT_SECRET_EXPIRES_IN=15m\n', name: 'JWT_SECRET_EXPIRES_IN' },
        { template: 'JWT_KEY=/run/keys/jwt.pem\n', name: 'JWT_KEY' },
        { template: 'PASSWORD_SALT=10\n', name: 'PASSWORD_SALT' },
        { template: 'SESSION_KEY=_shop_session\n', name: 'SESSION_KEY' },
        { template: 'STRIPE_SIGNING_SECRET=change-me\n', name: 'STRIPE_SIGNING_SECRET' },
      ],
    },
  },
  {
    id: 'own-key-and-iv',
    summary: 'the key of a cipher and its initialization vector, side by side',
    decide(variable) {
      const { name, family } = variable
      const partner = name.head === 'iv' ? 'KEY' : name.head === 'key' ? 'IV' : undefined
      if (partner === undefined || name.qualifiers.length === 0 || name.role === 'issued') return undefined
      if (!family.has(...name.qualifiers, partner) || !isReplaceable(variable)) return undefined
      return generate(variable, 'the application encrypts with it and its partner', 0.85)
    },
    examples: {
      good: [
        {
          template: 'NOTES_KEY=Vq93hTzLm20xWpRk\nNOTES_IV=\n',
          name: 'NOTES_IV',
          decision: 'generate',
          form: 'hex:16',
        },
        { template: 'NOTES_KEY=Vq93hTzLm20xWpRk\nNOTES_IV=\n', name: 'NOTES_KEY', decision: 'generate' },
      ],
      bad: [{ template: 'NOTES_KEY=Vq93hTzLm20xWpRk\n', name: 'NOTES_KEY' }],
    },
  },
]

/** `SESSION_KEY=_shop_session`: what a cookie is called, not what it is signed with. */
function isCookieName({ name, value, text }: Variable): boolean {
  const isCalled = name.head === 'key' && /^(?:SESSION|COOKIE)$/.test(name.qualifiers.at(-1) ?? '')
  return isCalled && value.kind === 'text' && value.placeholder === undefined && /^[A-Za-z_.:-]+$/.test(text)
}
