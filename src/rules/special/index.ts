import type { Rule } from '../rule.ts'
import { graceOver } from './grace-over.ts'
import { comparison, deprecated, requirement } from './relations.ts'
import { hmacKey } from './hmac-key.ts'
import { publicSecret } from './public-secret.ts'
import { rsaKey } from './rsa-key.ts'
import { schema } from './schema.ts'
import { secretFile } from './secret-file.ts'
import { urlCredentials } from './url-credentials.ts'
import { vendorKey } from './vendor-key.ts'

/** Rules for what few files have: loaded when `hasSpecial` sees a sign of it. */
export const specialRules: readonly Rule[] = [
  schema,
  requirement,
  comparison,
  deprecated,
  publicSecret,
  urlCredentials,
  vendorKey,
  hmacKey,
  rsaKey,
  graceOver,
  secretFile,
]
