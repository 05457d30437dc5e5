import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { CertificateFacts } from '../../src/core/diagnosis.ts'

/** What an answer tells of the way that it came. */
export interface Line {
  /** The Date header, as it came. */
  readonly date?: string
  /** The server's own; undefined without TLS. */
  readonly certificate?: CertificateFacts
}

/** As long as the connection stands: one that has ended tells nothing any more. */
export function lineOf({ headers: { date }, socket }: IncomingMessage): Line {
  const certificate = 'getPeerCertificate' in socket ? certificateOf(socket as TLSSocket) : undefined
  return { ...(date === undefined ? {} : { date }), ...(certificate === undefined ? {} : { certificate }) }
}

function certificateOf(socket: TLSSocket): CertificateFacts | undefined {
  const certificate = socket.getPeerCertificate() as { readonly valid_to?: string } | null
  const validTo = Date.parse(certificate?.valid_to ?? '')
  const protocol = socket.getProtocol()
  return Number.isNaN(validTo) ? undefined : { validTo, ...(protocol === null ? {} : { protocol }) }
}
