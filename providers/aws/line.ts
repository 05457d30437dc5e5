import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { CertificateFacts } from '../../src/core/diagnosis.ts'

/** What an answer tells of the way that it came. */
export interface Line {
  /** The Date header, as it came. */
  readonly date?: string
  /** The server's own; undefined without TLS. */
  readonly certificate?: CertificateFacts
}

export interface Answer {
  readonly headers: Readonly<Record<string, string>>
  readonly socket: Socket | undefined
}

/** An answer as the SDK hands it on, before it is read to its end and lets go of its socket. */
export function answerOf(response: unknown): Answer {
  const { headers, body } = response as {
    readonly headers: Answer['headers']
    readonly body?: { readonly socket?: Socket | null }
  }
  return { headers, socket: body?.socket ?? undefined }
}

export function lineOf({ headers, socket }: Answer): Line {
  const date = headers['date']
  const isSecure = socket !== undefined && 'getPeerCertificate' in socket
  const certificate = isSecure ? certificateOf(socket as TLSSocket) : undefined
  return { ...(date === undefined ? {} : { date }), ...(certificate === undefined ? {} : { certificate }) }
}

function certificateOf(socket: TLSSocket): CertificateFacts | undefined {
  // A connection that has ended by now tells nothing any more.
  const certificate = socket.getPeerCertificate() as { readonly valid_to?: string } | null
  const validTo = Date.parse(certificate?.valid_to ?? '')
  const protocol = socket.getProtocol()
  return Number.isNaN(validTo) ? undefined : { validTo, ...(protocol === null ? {} : { protocol }) }
}
