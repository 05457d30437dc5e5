import { basename, dirname } from 'node:path'
import type { ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { type GcpSettings, nonEmpty } from './settings.ts'

/** Set by Cloud Run, Cloud Functions and jobs, and by whoever names a metadata server. */
const serverVariables = [
  'K_SERVICE',
  'CLOUD_RUN_JOB',
  'FUNCTION_NAME',
  'GCE_METADATA_HOST',
  'GCE_METADATA_IP',
]
/** On a virtual machine of Google's, GKE nodes included. */
const vendorFile = '/sys/class/dmi/id/bios_vendor'

/** The credential file to use, or `undefined` where the metadata server of this machine is asked; nothing is probed. */
export async function requireCredentials(
  { credentialFile }: GcpSettings,
  { env, files }: Pick<ProviderDeps, 'env' | 'files'>,
): Promise<string | undefined> {
  if (nonEmpty(env['GOOGLE_APPLICATION_CREDENTIALS']) !== undefined) return credentialFile
  if (credentialFile !== undefined) {
    const entries = await files.list(dirname(credentialFile))
    if (entries?.some(({ name }) => name === basename(credentialFile)) === true) return credentialFile
  }
  if (serverVariables.some(name => nonEmpty(env[name]) !== undefined)) return undefined
  const vendor = await files.read(vendorFile).catch(() => undefined)
  if (vendor !== undefined && /google/i.test(Buffer.from(vendor.bytes).toString('latin1'))) return undefined
  throw noCredentials('missing')
}

export function noCredentials(what: 'missing' | 'unreadable'): SecretsError {
  const message =
    what === 'missing'
      ? 'there are no Google credentials here'
      : 'the credential file cannot be read, or is none'
  return new SecretsError('provider.auth', message, {
    hints: [
      'a person: gcloud auth application-default login',
      'CI: workload identity federation, its configuration file named in GOOGLE_APPLICATION_CREDENTIALS',
    ],
  })
}
