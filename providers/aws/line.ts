import type { CertificateFacts } from '../../src/core/diagnosis.ts'

/** What an answer tells of the way that it came. */
export interface Line {
  /** The Date header, as it came. */
  readonly date?: string
  /** The server's own; undefined without TLS. */
  readonly certificate?: CertificateFacts
}

/** What of Node's sockets is looked at; those without TLS have neither. */
interface Socket {
  readonly getPeerCertificate?: () => { readonly valid_to?: string } | null
  readonly getProtocol?: () => string | null
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
  const certificate = certificateOf(socket)
  return { ...(date === undefined ? {} : { date }), ...(certificate === undefined ? {} : { certificate }) }
}

function certificateOf(socket: Socket | undefined): CertificateFacts | undefined {
  // A connection that has ended by now tells nothing any more.
  const validTo = Date.parse(socket?.getPeerCertificate?.()?.valid_to ?? '')
  const protocol = socket?.getProtocol?.() ?? undefined
  return Number.isNaN(validTo) ? undefined : { validTo, ...(protocol === undefined ? {} : { protocol }) }
}
