import type { Context } from '../../context.ts'
import type { AuditConfig } from '../../core/manifest/operate.ts'
import { SecretsError } from '../../core/errors.ts'
import type { LoadedManifest } from '../manifest.ts'
import type { AuditSinkPort } from './log.ts'

export function streamSink(_context: Context, _manifest: LoadedManifest, audit: AuditConfig): AuditSinkPort {
  throw new SecretsError('audit.unwritable', `sink ${audit.sink} is not there yet`)
}
