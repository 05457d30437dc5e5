import { lifetimeOf } from '../lifetime.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, variableRule } from '../variable-rule.ts'

/** A year in seconds. */
const least = 31_536_000

export const hsts: Rule = variableRule({
  id: 'hsts',
  title: 'browsers remember for a year that the site speaks TLS only',
  severity: deployed('warning', 'info'),
  rationale: 'until a browser knows, the first request of a visit can be caught and led elsewhere',
  fix: 'turn it on, with 31536000 seconds at least',
  source: {
    title: 'RFC 6797; OWASP HTTP Strict Transport Security Cheat Sheet',
    url: 'https://www.rfc-editor.org/rfc/rfc6797',
  },
  names: ['HSTS_MAX_AGE', 'HSTS_SECONDS', 'HSTS_ENABLED', 'ENABLE_HSTS', 'HSTS_ENABLE', '=HSTS'],
  examples: {
    bad: inProduction(
      'HSTS_MAX_AGE=3600\n',
      'SECURE_HSTS_SECONDS=0\n',
      'ENABLE_HSTS=false\n',
      'HSTS_ENABLED=off\n',
      'SECURE_HSTS_SECONDS=86400\n',
    ),
    good: [
      ...inProduction(
        'HSTS_MAX_AGE=31536000\n',
        'SECURE_HSTS_SECONDS=63072000\n',
        'ENABLE_HSTS=true\n',
        'HSTS_MAX_AGE=\n',
      ),
      { file: 'SECURE_HSTS_SECONDS=0\n' },
    ],
  },
  problem({ name, value }) {
    if (!/(?:AGE|SECONDS)$/i.test(name)) return isOff(value) ? { problem: 'turns HSTS off' } : undefined
    const seconds = lifetimeOf(name, value, 1)
    return seconds !== undefined && seconds < least
      ? { problem: `is below ${String(least)} seconds` }
      : undefined
  },
})
