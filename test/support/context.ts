import type { Context, ProviderInfo, Terminal } from '../../src/context.ts'
import { createJournal } from '../../src/effects/journal.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemKeyPairs } from '../../src/effects/key-pairs.ts'
import { systemRandom } from '../../src/effects/random.ts'
import type { Project } from './cli.ts'

export interface FakePerson {
  /** What a confirmation is answered; absent: there is no terminal. */
  readonly agrees?: boolean
  readonly asked: string[]
}

interface ContextParts {
  readonly providers: Readonly<Record<string, ProviderInfo>>
  readonly connect: Context['connect']
  readonly options?: Partial<Context['options']>
  readonly person?: FakePerson
  readonly signal?: AbortSignal
  readonly now?: number
}

/** A command's context in this process: the real files of a project, everything else as the test says. */
export function createTestContext(project: Project, parts: ContextParts): Context {
  const { providers, connect, options = {}, person, now = Date.UTC(2026, 10, 21, 12) } = parts
  return {
    cwd: project.path,
    command: 'test',
    journal: createJournal({}),
    outbox: { post: nobodyTold, syslog: nobodyTold },
    resolve: path => (path.startsWith('/') ? path : `${project.path}/${path}`),
    env: project.env(),
    options: { json: false, quiet: false, ...options },
    files: createFiles(),
    clock: { now: () => now },
    random: systemRandom,
    keyPairs: systemKeyPairs,
    terminal: createTerminal(person),
    git: {
      isTracked: () => Promise.resolve(false),
      isIgnored: () => Promise.resolve(true),
      standing: () => Promise.resolve({ commits: new Map(), isHistoryCut: false }),
      changedSince: () => Promise.resolve(undefined),
      workTree: () => Promise.resolve(undefined),
    },
    runner: { isRunning: false, run: () => Promise.reject(new Error('no program is started here')) },
    hooks: { run: () => Promise.reject(new Error('no hook is run here')) },
    runSchema: () => Promise.reject(new Error('no schema is run here')),
    signal: parts.signal ?? new AbortController().signal,
    template: () => Promise.resolve(undefined),
    templateIds: () => Promise.resolve([]),
    templateTitles: () => Promise.resolve({}),
    providers,
    connect,
  }
}

function createTerminal(person: FakePerson = { asked: [] }): Terminal {
  const nobody = (): Promise<never> => Promise.reject(new Error('nobody can be asked'))
  return {
    isInteractive: person.agrees !== undefined,
    isStdoutTerminal: false,
    ask: nobody,
    askSecret: nobody,
    confirm(question) {
      person.asked.push(question)
      return person.agrees === undefined ? nobody() : Promise.resolve(person.agrees)
    },
    readStdin: nobody,
    note: () => undefined,
  }
}

function nobodyTold(): Promise<never> {
  return Promise.reject(new Error('nobody is told here'))
}
