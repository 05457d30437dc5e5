import { isTerminal } from '../streams.ts'

/** A terminal gives these to every process of its foreground group: to the program as well as to us. */
const fromKeyboard = ['SIGINT', 'SIGQUIT', 'SIGWINCH'] as const
const fromOthers = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const
/** What Windows knows; its consoles give both to every process. */
const onWindows = ['SIGINT', 'SIGBREAK'] as const

/**
 * Passes on what is sent to us, once each, and stays alive itself until the program has ended. The program shares our
 * process group, so that terminal, job control and `kill` of the whole group work as without us. Returns what takes
 * the handlers away.
 */
export function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const handlers = new Map<NodeJS.Signals, () => void>()
  const pass = (signal: NodeJS.Signals) => (): void => {
    send(signal)
  }
  const ignore = (): void => undefined
  const hasTerminal = isTerminal('stdin') || isTerminal('stdout') || isTerminal('stderr')
  if (process.platform === 'win32') {
    for (const signal of onWindows) handlers.set(signal, ignore)
  } else {
    for (const signal of fromOthers) handlers.set(signal, pass(signal))
    for (const signal of fromKeyboard) handlers.set(signal, hasTerminal ? ignore : pass(signal))
    // A terminal stops us both by itself, and the shell sees it.
    if (!hasTerminal) handlers.set('SIGTSTP', stopBoth(send))
  }
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}

/** Stopped by a signal to us alone: the program first, then we, until both are continued. */
function stopBoth(send: (signal: NodeJS.Signals) => void): () => void {
  return () => {
    send('SIGTSTP')
    process.kill(process.pid, 'SIGSTOP')
  }
}
