import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'

const least = 10

export const bcryptCost: Rule = variableRule({
  id: 'bcrypt-cost',
  title: 'bcrypt works with a cost of 10 at least',
  severity: deployed('error'),
  rationale: 'each step less halves the time in which a stolen table of passwords is tried',
  fix: 'at least 10, as high as sign-in may take',
  source: {
    title: 'OWASP Password Storage Cheat Sheet: bcrypt',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#bcrypt',
  },
  names: [
    'BCRYPT_ROUNDS',
    'BCRYPT_COST',
    'BCRYPT_SALT_ROUNDS',
    'BCRYPT_WORK_FACTOR',
    'BCRYPT_LOG_ROUNDS',
    'SALT_ROUNDS',
    '=HASH_ROUNDS',
    'PASSWORD_HASH_ROUNDS',
  ],
  examples: {
    bad: inProduction(
      'BCRYPT_ROUNDS=4\n',
      'BCRYPT_COST=8\n',
      'SALT_ROUNDS=1\n',
      'AUTH_BCRYPT_SALT_ROUNDS=9\n',
      'BCRYPT_WORK_FACTOR=5\n',
    ),
    good: [
      ...inProduction('BCRYPT_ROUNDS=12\n', 'SALT_ROUNDS=10\n', 'BCRYPT_COST=\n', 'API_KEY_HASH_ROUNDS=4\n'),
      { file: 'BCRYPT_ROUNDS=4\n', environment: 'test' },
    ],
  },
  problem: ({ value }) =>
    /^\d{1,3}$/.test(value.trim()) && Number(value) < least
      ? { problem: `is below ${String(least)}` }
      : undefined,
})
