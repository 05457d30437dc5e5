import type { HookCall, HookEnd } from '../../core/hooks.ts'
import { formatDuration } from '../../core/duration.ts'
import { pollUntil } from './poll.ts'

const longestAnswer = 10_000
const mostRedirects = 5

/**
 * Asks an address until it gives the answer that is good, or the time is over: after a restart a service needs a while.
 * Nothing is sent but the request itself. It is never led to another host.
 */
export async function runHttpHook({ step, limit, signal }: HookCall): Promise<HookEnd> {
  if (!('http' in step)) return { failure: 'it is no address' }
  if (!URL.canParse(step.http)) return { failure: 'the address cannot be read' }
  const url = new URL(step.http)
  if (url.username !== '' || url.password !== '') {
    return { failure: 'an address in the manifest carries no user name or password' }
  }
  const ask = async (rest: number): Promise<Answer> => await askOnce(url, step.status, rest, signal)
  const last = await pollUntil(ask, limit, signal)
  return last === undefined
    ? {}
    : { failure: `${last}${last === strange ? '' : `, and that for ${formatDuration(limit)}`}` }
}

const strange = 'it leads to another host, which is refused'
type Answer = { readonly good: true } | { readonly bad: string; readonly isFinal?: true }

async function askOnce(
  url: URL,
  status: number | undefined,
  rest: number,
  stop: AbortSignal,
): Promise<Answer> {
  const signal = AbortSignal.any([
    stop,
    AbortSignal.timeout(Math.ceil(Math.max(1, Math.min(rest, longestAnswer)))),
  ])
  let at = url
  try {
    for (let turn = 0; turn <= mostRedirects; turn += 1) {
      const response = await fetch(at, { redirect: 'manual', signal, headers: { 'user-agent': 'secrets' } })
      await response.body?.cancel()
      const where = response.headers.get('location')
      const isRedirect = response.status >= 300 && response.status < 400 && where !== null
      if (response.status === status || (status === undefined && response.ok)) return { good: true }
      if (!isRedirect) return { bad: `it answers ${String(response.status)}` }
      if (!URL.canParse(where, at.href)) return { bad: 'it leads to an address that cannot be read' }
      const next = new URL(where, at)
      const isSame = next.host === url.host && (next.protocol === url.protocol || next.protocol === 'https:')
      if (!isSame) return { bad: strange, isFinal: true }
      at = next
    }
    return { bad: 'it leads from one address to the next' }
  } catch {
    // The library's words quote the address.
    return { bad: 'it does not answer' }
  }
}
