import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'
import { sessionCookies } from './web-sources.ts'

/** Second-level names that registries and hosts give to anybody: the usual ones. */
const shared =
  /^(?:(?:co|com|org|net|ac|gov|edu)\.[a-z]{2}|github\.io|gitlab\.io|herokuapp\.com|vercel\.app|netlify\.app|pages\.dev|workers\.dev|web\.app|fly\.dev|onrender\.com|azurewebsites\.net|run\.app|up\.railway\.app)$/

export const cookieDomain: Rule = variableRule({
  id: 'cookie-domain',
  title: 'a cookie belongs to the hosts of one owner',
  severity: deployed('error'),
  rationale: 'a cookie for a domain that many share goes to the sites of strangers, or the browser drops it',
  fix: 'name the own domain, or leave it empty so that the cookie stays with its host',
  source: sessionCookies,
  names: ['COOKIE_DOMAIN', 'COOKIES_DOMAIN', 'SESSION_DOMAIN'],
  examples: {
    bad: inProduction(
      'COOKIE_DOMAIN=.com\n',
      'SESSION_DOMAIN=.co.uk\n',
      'SESSION_COOKIE_DOMAIN=herokuapp.com\n',
      'COOKIE_DOMAIN=localhost\n',
      'COOKIE_DOMAIN=*\n',
    ),
    good: [
      ...inProduction(
        'COOKIE_DOMAIN=example.org\n',
        'SESSION_DOMAIN=.app.example.org\n',
        'COOKIE_DOMAIN=\n',
        'SESSION_DOMAIN=null\n',
      ),
      { file: 'COOKIE_DOMAIN=localhost\n' },
    ],
  },
  problem({ value }) {
    const domain = value.trim().toLowerCase().replace(/^\./, '')
    if (domain === 'null' || domain === 'none') return undefined
    if (domain === 'localhost' || domain.startsWith('127.')) return { problem: 'names the own machine' }
    const isShared = !domain.includes('.') || domain.includes('*') || shared.test(domain)
    return isShared ? { problem: 'is a domain that others share' } : undefined
  },
})
