import type { HookCall, HookEnd } from '../../core/hooks.ts'
import { formatDuration } from '../../core/duration.ts'
import { pollUntil } from './poll.ts'

const longestAttempt = 10_000

/** Tries to connect until somebody takes the connection, or the time is over. Nothing is sent. */
export async function runTcpHook({ step, limit, signal }: HookCall): Promise<HookEnd> {
  const [, host = '', port = ''] = /^\[?([^\]]*?)\]?:(\d+)$/.exec('tcp' in step ? step.tcp : '') ?? []
  if (Number(port) < 1 || Number(port) > 65_535) return { failure: 'there is no such port' }
  const last = await pollUntil(rest => connectOnce(host, Number(port), rest, signal), limit, signal)
  return last === undefined ? {} : { failure: `${last} within ${formatDuration(limit)}` }
}

function connectOnce(
  host: string,
  port: number,
  rest: number,
  signal: AbortSignal,
): Promise<{ readonly good: true } | { readonly bad: string }> {
  const { connect } = process.getBuiltinModule('node:net')
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const finish = (isGood: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      resolve(isGood ? { good: true } : { bad: 'nobody takes a connection there' })
    }
    const onAbort = (): void => {
      finish(false)
    }
    const timer = setTimeout(onAbort, Math.max(1, Math.min(rest, longestAttempt)))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('connect', () => {
      finish(true)
    })
    socket.on('error', onAbort)
  })
}
