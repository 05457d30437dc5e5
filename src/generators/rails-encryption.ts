import { alnum } from './alnum.ts'
import { several } from './several.ts'

/** What Active Record encrypts columns with, 32 letters and digits each as its own command prints them. */
export const railsEncryption = several(alnum, {
  summary: 'the three keys of Active Record encryption, 32 letters and digits each',
  source: 'rails db:encryption:init',
  form: { kind: 'alnum', size: 32 },
  names: ['PRIMARY_KEY', 'DETERMINISTIC_KEY', 'KEY_DERIVATION_SALT'].map(
    name => `ACTIVE_RECORD_ENCRYPTION_${name}`,
  ),
})
