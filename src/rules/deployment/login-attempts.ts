import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'

/** Attempts in an hour. */
const most = 5
const perHour: Readonly<Record<string, number>> = { s: 3600, m: 60, h: 1, d: 1 / 24 }

export const loginAttempts: Rule = variableRule({
  id: 'login-attempts',
  title: 'a password can be tried five times an hour',
  severity: deployed('warning'),
  rationale: 'lists of leaked passwords are tried until one fits, by machines',
  fix: 'five attempts an hour at most, then wait or ask for a second factor',
  source: {
    title: 'OWASP Authentication Cheat Sheet: Protect Against Automated Attacks',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html#protect-against-automated-attacks',
  },
  names: [
    'MAX_LOGIN_ATTEMPTS',
    'LOGIN_MAX_ATTEMPTS',
    'LOGIN_ATTEMPTS',
    'LOGIN_ATTEMPTS_LIMIT',
    'LOGIN_ATTEMPT_LIMIT',
    'MAX_FAILED_LOGINS',
    'MAX_FAILED_LOGIN_ATTEMPTS',
    'LOGIN_RATE_LIMIT',
    'RATE_LIMIT_LOGIN',
  ],
  examples: {
    bad: inProduction(
      'MAX_LOGIN_ATTEMPTS=100\n',
      'LOGIN_RATE_LIMIT=5/minute\n',
      'LOGIN_MAX_ATTEMPTS=0\n',
      'RATE_LIMIT_LOGIN="10 per hour"\n',
      'AUTH_MAX_FAILED_LOGIN_ATTEMPTS=-1\n',
    ),
    good: [
      ...inProduction(
        'MAX_LOGIN_ATTEMPTS=5\n',
        'LOGIN_RATE_LIMIT=5/hour\n',
        'LOGIN_ATTEMPTS=3\n',
        'MAX_LOGIN_ATTEMPTS=\n',
      ),
      { file: 'MAX_LOGIN_ATTEMPTS=1000\n' },
    ],
  },
  problem({ value }) {
    const match = /^(-?\d{1,9})(?:\s*(?:\/|per)\s*(\d{0,4})\s*([smhd])[a-z]{0,10})?$/i.exec(value.trim())
    if (match === null) return undefined
    const [, amount = '', span, unit] = match
    const attempts = (Number(amount) * (perHour[unit?.toLowerCase() ?? ''] ?? 1)) / Number(span || 1)
    if (attempts <= 0) return { problem: 'sets no limit' }
    return attempts > most ? { problem: `allows more than ${String(most)} attempts an hour` } : undefined
  },
})
