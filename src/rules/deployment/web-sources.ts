import type { RuleSource } from '../rule.ts'

export const sessionCookies: RuleSource = {
  title: 'OWASP Session Management Cheat Sheet: Cookies',
  url: 'https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html#cookies',
}

export const sessionExpiry: RuleSource = {
  title: 'OWASP Session Management Cheat Sheet: Session Expiration',
  url: 'https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html#session-expiration',
}

export const tokenPractice: RuleSource = {
  title: 'RFC 9700: Best Current Practice for OAuth 2.0 Security',
  url: 'https://www.rfc-editor.org/rfc/rfc9700',
}
