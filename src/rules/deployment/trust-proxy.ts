import { deployed, inProduction, type Rule } from '../rule.ts'
import { itemsIn, variableRule } from '../variable-rule.ts'

export const trustProxy: Rule = variableRule({
  id: 'trust-proxy',
  title: 'only proxies of its own may say who the visitor is',
  severity: deployed('warning'),
  rationale:
    'whoever reaches the service past the proxy writes any address into the headers, and passes limits and lists',
  fix: 'name the addresses or the number of the proxies in front',
  source: {
    title: 'Express: Express behind proxies',
    url: 'https://expressjs.com/en/guide/behind-proxies.html',
  },
  names: ['TRUST_PROXY', 'TRUSTED_PROXIES', 'TRUSTED_PROXY', 'FORWARDED_ALLOW_IPS', 'TRUST_PROXIES'],
  examples: {
    bad: inProduction(
      'TRUST_PROXY=true\n',
      'TRUSTED_PROXIES=*\n',
      'FORWARDED_ALLOW_IPS=*\n',
      'TRUSTED_PROXIES=10.0.0.1,0.0.0.0/0\n',
      'TRUSTED_PROXIES=**\n',
    ),
    good: [
      ...inProduction(
        'TRUST_PROXY=1\n',
        'TRUST_PROXY=loopback\n',
        'TRUSTED_PROXIES=10.0.0.0/8\n',
        'FORWARDED_ALLOW_IPS=127.0.0.1\n',
        'TRUST_PROXY=false\n',
      ),
      { file: 'TRUST_PROXY=true\n' },
    ],
  },
  // `1` is a number of proxies.
  problem: ({ value }) =>
    itemsIn(value).some(item => /^(?:\*{1,2}|true|yes|on|all|0\.0\.0\.0\/0|::\/0)$/i.test(item))
      ? { problem: 'believes everybody' }
      : undefined,
})
