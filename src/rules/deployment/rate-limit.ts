import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, isOn, variableRule } from '../variable-rule.ts'

export const rateLimit: Rule = variableRule({
  id: 'rate-limit',
  title: 'the number of requests is limited',
  severity: deployed('warning'),
  rationale: 'without a limit one caller can try everything, or take the service from the others',
  fix: 'turn the limit on; where a gateway in front limits, allow it with that reason',
  source: {
    title: 'OWASP API Security Top 10 2023, API4: Unrestricted Resource Consumption',
    url: 'https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/',
  },
  names: [
    'RATE_LIMIT',
    'RATE_LIMIT_ENABLED',
    'RATE_LIMITS_ENABLED',
    'RATE_LIMITING_ENABLED',
    'RATELIMIT_ENABLED',
    'RATELIMIT_ENABLE',
    'ENABLE_RATE_LIMIT',
    'ENABLE_RATE_LIMITING',
    'DISABLE_RATE_LIMIT',
    'DISABLE_RATE_LIMITING',
  ],
  examples: {
    bad: inProduction(
      'RATE_LIMIT_ENABLED=false\n',
      'ENABLE_RATE_LIMIT=0\n',
      'DISABLE_RATE_LIMIT=true\n',
      'RATELIMIT_ENABLE=False\n',
      'IS_API_RATE_LIMITING_ENABLED=no\n',
    ),
    good: [
      ...inProduction(
        'RATE_LIMIT_ENABLED=true\n',
        'RATE_LIMIT=100\n',
        'RATE_LIMIT_PER_MINUTE=60\n',
        'DISABLE_RATE_LIMITING=false\n',
      ),
      { file: 'RATE_LIMIT_ENABLED=false\n', environment: 'test' },
    ],
  },
  problem({ name, value }) {
    const isNegated = /DISABLE/i.test(name)
    return (isNegated ? isOn(value) : isOff(value)) ? { problem: 'turns the limit off' } : undefined
  },
})
