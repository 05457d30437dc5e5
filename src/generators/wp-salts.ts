import { several } from './several.ts'
import { wpSalt } from './wp-salt.ts'

/** All keys and salts of a WordPress site. */
export const wpSalts = several(wpSalt, {
  summary: 'the eight keys and salts of WordPress, 64 characters each',
  source: 'api.wordpress.org/secret-key/1.1/salt',
  form: { kind: 'wp-salt' },
  names: ['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'].flatMap(name => [`${name}_KEY`, `${name}_SALT`]),
})
