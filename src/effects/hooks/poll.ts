const pause = 500

type Answer = { readonly good: true } | { readonly bad: string; readonly isFinal?: true }

/** Asks until the answer is good: `undefined`. What the last answer was when the time is over, or no other can come. */
export async function pollUntil(
  ask: (rest: number) => Promise<Answer>,
  limit: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const end = performance.now() + limit
  for (;;) {
    const answer = await ask(end - performance.now())
    if ('good' in answer) return undefined
    const rest = end - performance.now()
    if (answer.isFinal === true || rest <= 0 || signal.aborted) return answer.bad
    await wait(Math.min(pause, rest), signal)
  }
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const finish = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, milliseconds)
    signal.addEventListener('abort', finish, { once: true })
  })
}
