import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, variableRule } from '../variable-rule.ts'

export const sessionSettings: Rule = variableRule({
  id: 'session-settings',
  title: 'a session gets a new identifier at sign-in, and a user has few of them',
  severity: deployed('warning'),
  rationale:
    'an identifier from before the sign-in may be known to who planted it; sessions without limit go unnoticed',
  fix: 'turn regeneration on; allow a handful of sessions',
  source: {
    title: 'OWASP Session Management Cheat Sheet: Renew the Session ID After Any Privilege Level Change',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html#renew-the-session-id-after-any-privilege-level-change',
  },
  names: [
    'SESSION_REGENERATE',
    'SESSION_REGENERATE_ID',
    'SESSION_REGENERATION',
    'SESSION_REGENERATE_ON_LOGIN',
    'REGENERATE_SESSION',
    'REGENERATE_SESSION_ID',
    'MAX_CONCURRENT_SESSIONS',
    'MAX_SESSIONS_PER_USER',
    'CONCURRENT_SESSIONS_LIMIT',
  ],
  examples: {
    bad: inProduction(
      'SESSION_REGENERATE_ON_LOGIN=false\n',
      'REGENERATE_SESSION_ID=0\n',
      'SESSION_REGENERATION=off\n',
      'MAX_CONCURRENT_SESSIONS=unlimited\n',
      'MAX_SESSIONS_PER_USER=-1\n',
    ),
    good: [
      ...inProduction(
        'SESSION_REGENERATE_ON_LOGIN=true\n',
        'MAX_CONCURRENT_SESSIONS=5\n',
        'MAX_SESSIONS_PER_USER=\n',
        'MAX_CONCURRENT_UPLOADS=-1\n',
      ),
      { file: 'SESSION_REGENERATE=false\n' },
    ],
  },
  problem({ name, value }) {
    if (/REGENERAT/i.test(name)) {
      return isOff(value) ? { problem: 'keeps the identifier at sign-in', fix: 'set it to true' } : undefined
    }
    return /^(?:0|-1|unlimited|infinite|infinity|none)$/i.test(value.trim())
      ? { problem: 'sets no limit', fix: 'allow a handful' }
      : undefined
  },
})
