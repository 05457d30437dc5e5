import { strongValue } from '../example-values.ts'
import { everywhere, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'

const address = `https://app:${strongValue}@api.example.org`
const declared = 'variables: { API_URL: { secret: false } }'

export const urlCredentials: Rule = variableRule({
  id: 'url-credentials',
  title: 'what is declared as no secret holds no password',
  severity: everywhere('error'),
  rationale: 'a value that is no secret is shown in logs, tickets and error pages, with the password inside',
  fix: 'declare the variable as a secret, or keep the password in a variable of its own',
  source: {
    title: 'CWE-522: Insufficiently Protected Credentials; RFC 3986, section 3.2.1',
    url: 'https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1',
  },
  examples: {
    bad: [
      { manifest: declared, file: `API_URL=${address}\n` },
      { manifest: declared, file: `API_URL=${address}/v1\n`, environment: 'production' },
      { manifest: declared, file: `API_URL=postgres://:${strongValue}@db.example.org/app?sslmode=require\n` },
      { manifest: declared, file: `API_URL=amqps://app:${strongValue}@mq.example.org\n` },
      { manifest: declared, file: `API_URL="${address}"\n`, environment: 'staging' },
    ],
    good: [
      { manifest: declared, file: 'API_URL=https://api.example.org\n' },
      { manifest: declared, file: 'API_URL=https://app@api.example.org\n' },
      { manifest: declared, file: 'API_URL=https://app:${API_PASSWORD}@api.example.org\n' },
      { manifest: 'variables: { API_URL: { secret: true } }', file: `API_URL=${address}\n` },
      { file: `API_URL=${address}\n` },
      { manifest: declared, file: 'API_URL=https://api.example.org/users/a:b@c\n' },
    ],
  },
  problem({ value, entry }) {
    if (entry?.isSecretDeclared !== true || entry.secret || !value.includes('://')) return undefined
    return /^[a-z][a-z0-9+.-]{0,40}:\/\/[^\s/?#:@]{0,200}:[^\s/?#@]{1,200}@/i.test(value.trim())
      ? { problem: 'is declared as no secret, and holds a password' }
      : undefined
  },
})
