import { invalidReply, Refusal } from './failures.ts'
import type { Reply, SdkRequest, SdkResponse, Transport } from './transport.ts'
import { toSdkResponse } from './transport.ts'

/**
 * What the SDK gets for one request. Its first, without a token, is answered here and never sent: the service would
 * answer with a challenge that says which token to bring and from whom, and nobody but our own settings decides that.
 * Afterwards only an answer in the form of the service reaches the SDK, which would read a page of somebody else's as
 * an empty list.
 */
export async function answerFor(
  request: SdkRequest,
  transport: Transport,
  resource: string,
): Promise<SdkResponse> {
  if (!request.headers.has('authorization')) {
    const headers = { 'www-authenticate': `Bearer resource="${resource}"` }
    return toSdkResponse(request, { status: 401, headers, text: '', json: undefined })
  }
  const reply = await transport.send(request)
  const { status, headers, json } = reply
  // Continuous access evaluation: the SDK asks for a token with the claims that are missing, once.
  const isMoreClaims = status === 401 && (headers['www-authenticate'] ?? '').includes('insufficient_claims')
  if (isMoreClaims || (status === 200 && isOfVault(json))) return toSdkResponse(request, reply)
  if (status >= 200 && status < 300) throw invalidReply('answers with something that is no secret')
  throw refusalFrom(reply)
}

/** A secret has an id and attributes, a page its items and the link to the next one. */
function isOfVault(json: unknown): boolean {
  if (!isRecord(json)) return false
  const { id, attributes, value, nextLink } = json
  if (Array.isArray(value)) return nextLink === undefined || nextLink === null || typeof nextLink === 'string'
  return typeof id === 'string' && URL.canParse(id) && isRecord(attributes)
}

function refusalFrom({ status, json, retryAfter }: Reply): Refusal {
  const error = isRecord(json) && isRecord(json['error']) ? json['error'] : {}
  const inner = isRecord(error['innererror']) ? error['innererror']['code'] : undefined
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  return new Refusal(status, text(error['code']) ?? '', text(inner), retryAfter)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
