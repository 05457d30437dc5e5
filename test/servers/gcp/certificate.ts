import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate for 127.0.0.1 and localhost, and the file of its authority (itself). Made anew for each process. */
export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
  readonly caFile: string
}

export function makeCertificate(names = 'IP:127.0.0.1,DNS:localhost'): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-gcp-tls-'))
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names}`, '-days', '60', '-out', certFile]
  execFileSync('openssl', ['req', '-x509', ...key, ...subject], { stdio: 'ignore' })
  return { certFile, keyFile, caFile: certFile }
}
