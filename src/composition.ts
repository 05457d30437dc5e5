import { join, resolve } from 'node:path'
import { createConnect, providerInfos } from './connect.ts'
import type { Context, Files, Runner } from './context.ts'
import type { HookRunner } from './core/hooks.ts'
import type { Outbox } from './core/notify/receiver.ts'
import { systemClock } from './effects/clock.ts'
import { createGit } from './effects/git.ts'
import { systemKeyPairs } from './effects/key-pairs.ts'
import { systemRandom } from './effects/random.ts'
import { readTemplate, templateIds, templateTitles } from './effects/templates.ts'
import { createJournal } from './effects/journal.ts'
import { createTerminal } from './effects/terminal.ts'
import type { ParsedGlobals } from './command-line.ts'

/** Puts the real effects behind the ports. `takenOut`: variables for the programs of the user, which we must not have. */
export function createContext(
  command: string,
  globals: ParsedGlobals,
  signal: AbortSignal,
  takenOut: Readonly<Record<string, string>>,
): Context {
  const { env } = process
  const cwd = resolve(globals.cwd ?? '.')
  const files = lazyFiles()
  const terminal = createTerminal({ isQuiet: globals.quiet === true, env, signal })
  const deps = {
    files,
    random: systemRandom,
    env,
    signal,
    askSecret: (question: string) => terminal.askSecret(question),
    note: (line: string) => {
      terminal.note(line)
    },
  }
  return {
    cwd,
    command,
    journal: createJournal(env),
    outbox: lazyOutbox,
    resolve: path => resolve(cwd, path),
    env,
    files,
    terminal,
    signal,
    clock: systemClock(env, deps.note),
    random: systemRandom,
    keyPairs: systemKeyPairs,
    git: createGit(env),
    runner: lazyRunner(takenOut),
    hooks: lazyHooks(takenOut),
    async runSchema(request) {
      const { runSchema } = await import('./effects/schema-process.ts')
      return await runSchema(join(__dirname, 'schema-child.mjs'), request, signal)
    },
    template: readTemplate,
    templateIds,
    templateTitles,
    providers: providerInfos,
    connect: createConnect(deps),
    options: {
      json: globals.json === true,
      quiet: globals.quiet === true,
      ...(globals.env === undefined ? {} : { env: globals.env }),
      ...(globals.manifest === undefined ? {} : { manifest: globals.manifest }),
      ...(globals.trust === undefined ? {} : { trust: globals.trust }),
    },
  }
}

/** The file system's part of the program is loaded at the first use: `generate` and `--help` touch no file. */
function lazyFiles(): Files {
  let loaded: Promise<Files> | undefined
  const load = (): Promise<Files> =>
    (loaded ??= import('./effects/files.ts').then(module => module.createFiles()))
  return {
    read: async (...words) => (await load()).read(...words),
    access: async (...words) => (await load()).access(...words),
    list: async (...words) => (await load()).list(...words),
    replace: async (...words) => (await load()).replace(...words),
    publish: async (...words) => (await load()).publish(...words),
    remove: async (...words) => (await load()).remove(...words),
    makeDirectory: async (...words) => (await load()).makeDirectory(...words),
    withLock: async (...words) => (await load()).withLock(...words),
  }
}

/** Loaded when there is somebody to tell. */
const lazyOutbox: Outbox = {
  post: async message => await (await import('./effects/post.ts')).systemOutbox.post(message),
  syslog: async (...words) => await (await import('./effects/syslog.ts')).sendSyslog(...words),
}

function lazyRunner(takenOut: Readonly<Record<string, string>>): Runner {
  let loaded: Runner | undefined
  return {
    async run(request) {
      const { createRunner } = await import('./effects/runner.ts')
      return await (loaded ??= createRunner(takenOut)).run(request)
    },
    get isRunning() {
      return loaded?.isRunning === true
    },
  }
}

function lazyHooks(takenOut: Readonly<Record<string, string>>): HookRunner {
  return {
    async run(call) {
      const { createHooks } = await import('./effects/hooks/index.ts')
      return await createHooks({ ...process.env, ...takenOut }).run(call)
    },
  }
}
