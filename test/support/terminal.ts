import { spawnSync } from 'node:child_process'
import { cli, type JsonReport, type Project, runProcess } from './cli.ts'

/** Runs a command on a terminal of its own, types each answer once its prompt stands there, and tells what was seen. */
const driver = `
import json, os, pty, signal, sys, termios
answers, *command = sys.argv[1:]
answers = json.loads(answers)
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, rest, hidden = b'', b'', []
echo = lambda: bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
while True:
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    rest += chunk
    while len(hidden) < len(answers) and answers[len(hidden)][0].encode() in rest:
        prompt, keys = answers[len(hidden)]
        rest = rest[rest.index(prompt.encode()) + len(prompt):]
        hidden.append(not echo())
        if keys == 'SIGTERM':
            os.kill(pid, signal.SIGTERM)
        else:
            os.write(terminal, keys.encode().decode('unicode_escape').encode())
_, status = os.waitpid(pid, 0)
print(json.dumps({'seen': seen.decode(), 'hidden': hidden, 'echo': echo(), 'code': os.waitstatus_to_exitcode(status)}))
`

export const hasTerminal = spawnSync('python3', ['-c', 'import pty, termios']).status === 0
if (!hasTerminal && process.env['SECRETS_REQUIRE_SHARED'] === '1') throw new Error('python3 is missing')

export interface Session {
  readonly seen: string
  /** For each prompt that came: whether the terminal showed what is typed there. */
  readonly hidden: readonly boolean[]
  /** Whether it does so afterwards. */
  readonly echo: boolean
  readonly code: number
  readonly report: JsonReport
}

/** `answers`: text that is waited for, and the keys typed then (`\\r`, `\\x03`; `SIGTERM` is a signal). */
export async function atTerminal(
  project: Project,
  words: readonly string[],
  answers: readonly (readonly [prompt: string, keys: string])[],
): Promise<Session> {
  const program = [process.execPath, cli, ...words, '--json']
  const session = await onTerminal(program, answers, {
    cwd: project.path,
    env: project.env({ TERM: 'xterm' }),
  })
  const report = JSON.parse(session.seen.slice(session.seen.indexOf('{'))) as JsonReport
  return { ...session, report }
}

/** The same for any program. */
export async function onTerminal(
  program: readonly string[],
  answers: readonly (readonly [prompt: string, keys: string])[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Omit<Session, 'report'>> {
  const args = ['-c', driver, JSON.stringify(answers), ...program]
  const { stdout } = await runProcess('python3', args, options)
  return JSON.parse(stdout) as Omit<Session, 'report'>
}
