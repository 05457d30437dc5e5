import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOn, itemsIn, variableRule } from '../variable-rule.ts'
import { isLocalHost } from './hosts.ts'
import { allOriginNames, isAnyOrigin, originNames } from './origins.ts'

export const cors: Rule = variableRule({
  id: 'cors',
  title: 'only origins of its own may call a deployed service from a browser',
  severity: deployed('error'),
  rationale:
    'any page that a user visits could call the service and read the answer; null, http and localhost can be had by anybody',
  fix: 'list the https:// origins of the front ends, one by one',
  source: {
    title: 'OWASP HTML5 Security Cheat Sheet: Cross Origin Resource Sharing',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/HTML5_Security_Cheat_Sheet.html',
  },
  names: [...originNames, ...allOriginNames],
  examples: {
    bad: inProduction(
      'CORS_ORIGIN=*\n',
      'ALLOWED_ORIGINS=https://app.example.org,null\n',
      'CORS_ALLOWED_ORIGINS=http://app.example.org\n',
      'BACKEND_CORS_ORIGINS=["https://app.example.org","http://localhost:5173"]\n',
      'CORS_ALLOW_ALL_ORIGINS=True\n',
      'APP_CORS_ORIGINS=https://*\n',
      'CORS_ORIGINS=https://*.example.org\n',
    ),
    good: [
      ...inProduction(
        'CORS_ORIGIN=https://app.example.org\n',
        'ALLOWED_ORIGINS=https://app.example.org,https://www.example.org\n',
        'CORS_ALLOW_ALL_ORIGINS=False\n',
        'CORS_ORIGINS=\n',
        'CORS_ALLOWED_ORIGINS=app.example.org\n',
        'CORS_ALLOWED_METHODS=*\n',
      ),
      { file: 'ALLOWED_ORIGINS=http://localhost:5173\nCORS_ORIGIN=*\n' },
    ],
  },
  problem({ name, value }) {
    if (/ALL(?:_ORIGINS)?$/i.test(name)) {
      return isOn(value) ? { problem: 'lets every origin call' } : undefined
    }
    const items = itemsIn(value)
    if (items.some(isAnyOrigin)) return { problem: 'lets every origin call' }
    if (items.includes('null')) return { problem: 'lets the origin null call, which any page can have' }
    const urls = items.filter(item => item.includes('://'))
    if (urls.some(isLocalHost)) return { problem: 'lets a page on the own machine call' }
    if (urls.some(url => url.startsWith('http://')))
      return { problem: 'lets a page call that came without TLS' }
    return items.some(item => item.includes('*'))
      ? { problem: 'lets every subdomain call', atMost: 'warning' }
      : undefined
  },
})
