import { bcryptHash } from './bcrypt-hash.ts'
import { passwordHash } from './password-hash.ts'

/** Work factor 12: a quarter of a second; OWASP wants 10 or more. */
const cost = 12

export const bcrypt = passwordHash({
  kind: 'bcrypt',
  summary: 'a password and its bcrypt hash ($2b$, cost 12)',
  source: 'Provos and Mazieres 1999; OWASP Password Storage Cheat Sheet',
  alphabet: 'A-Za-z0-9./$',
  pattern: /^\$2b\$12\$[A-Za-z0-9./]{53}$/,
  hash: (password, salt) => bcryptHash(password, salt, cost),
})
