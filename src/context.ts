import type { Journal } from './core/audit/journal.ts'
import type { SecretsError } from './core/errors.ts'
import type { Instant } from './core/instant.ts'
import type { HookRunner } from './core/hooks.ts'
import type { Outbox } from './core/notify/receiver.ts'
import type { Provider, SecretName } from './core/provider.ts'
import type { SchemaReply, SchemaRequest } from './core/schema/code-schema.ts'
import type { Secret } from './core/secret.ts'
import type { StoreName } from './core/store-names.ts'

/** What identifies one stored state of a file: compared just before a replace. */
export interface FileVersion {
  readonly device: number
  readonly inode: number
  readonly size: number
  readonly modified: number
}

export interface FileContent {
  readonly bytes: Uint8Array
  readonly version: FileVersion
  /** Permission bits, `0o600`. */
  readonly mode: number
  /** How many names the file has; above 1 a replace leaves the other names with the old content. */
  readonly links: number
}

export interface ReadOptions {
  /** Refuses larger files before reading them. Default 10 MiB. */
  readonly maxBytes?: number
}

export interface ReplaceOptions {
  readonly mode: number
  /** What the writer read before: the replace is refused when the target is no longer that. */
  readonly base: FileVersion | 'absent'
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
}

/** Who may use what has a name. */
export interface Access {
  /** Permission bits, `0o700`. */
  readonly mode: number
  /** Whether this user may write it; of a directory: make and replace files in it. */
  readonly isWritable: boolean
}

/**
 * The only way to files. Paths are absolute. Regular files only: a link, directory, pipe or device throws
 * `env_file.symlink` or `env_file.not_a_file`; refusals and full disks throw `file.*`. Nothing is ever half-written.
 */
export interface Files {
  /** `undefined` only when nothing has that name. */
  read(path: string, options?: ReadOptions): Promise<FileContent | undefined>
  /** Of a file or a directory; `undefined` when nothing has that name. Links are not followed. */
  access(path: string): Promise<Access | undefined>
  /** Sorted by name; `undefined` when the directory is not there. */
  list(directory: string): Promise<readonly DirectoryEntry[] | undefined>
  /** Atomic and durable: exclusive temp file in the same directory, full write, sync, rename, directory sync. `env_file.changed` when `base` has moved. */
  replace(path: string, bytes: Uint8Array, options: ReplaceOptions): Promise<FileVersion>
  /** Atomic and durable, only if nothing has that name yet: `false`, and nothing changed, when something has. */
  publish(path: string, bytes: Uint8Array, mode: number): Promise<boolean>
  /** Removes a file; quiet when it is not there. Durable. */
  remove(path: string): Promise<void>
  /** Makes the directory (and its parents) with that mode where missing. */
  makeDirectory(path: string, mode: number): Promise<void>
  /** Runs `work` while holding an owner-checked lock beside `path`; `store.locked` after a bounded wait. */
  withLock<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

export interface Clock {
  now(): Instant
}

/** Time that passes, as against the time of day: for deadlines and pauses. */
export interface Timers {
  /** Milliseconds on a clock that never goes back; only differences count. */
  now(): number
  /** Runs `work` once after so many milliseconds; the returned function takes it back. */
  after(milliseconds: number, work: () => void): () => void
}

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(count: number): Uint8Array
}

export type KeyPairSpec =
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly type: 'ed25519' }

/** Makes private keys. Apart from `Random`, because the library that does it has a source of randomness of its own. */
export interface KeyPairs {
  /** PKCS#8 in DER; the public half follows from it. */
  generate(spec: KeyPairSpec): Promise<Uint8Array>
}

export interface Terminal {
  /** Whether a person can be asked: stdin and stderr are terminals, and no CI. */
  readonly isInteractive: boolean
  readonly isStdoutTerminal: boolean
  /** Throws `usage.needs_input` without a terminal, `usage.interrupted` on Ctrl-C. */
  ask(question: string): Promise<string>
  /** The same without echo. */
  askSecret(question: string): Promise<Secret>
  confirm(question: string): Promise<boolean>
  /** All of stdin as a value, for pipes; refuses more than `maxBytes`. */
  readStdin(maxBytes: number): Promise<Uint8Array>
  /** A line of narration to stderr, unless `--quiet`. */
  note(line: string): void
}

export interface GitStandings {
  /** Absent where git could not be asked; else what is in neither is ignored. */
  readonly index?: { readonly tracked: ReadonlySet<string>; readonly open: ReadonlySet<string> }
  /** Path → short id of the newest commit, of all branches, that has the file. */
  readonly commits: ReadonlyMap<string, string>
  /** Whether the history is too long to be looked through. */
  readonly isHistoryCut: boolean
}

export interface Git {
  /** Whether `path` is in the index; `false` outside a repository or without git. Runs nothing that the repository configures. */
  isTracked(path: string): Promise<boolean>
  /** Whether a rule keeps `path` out of the index; `false` outside a repository or without git. */
  isIgnored(path: string): Promise<boolean>
  /**
   * Where git has each of these files, given below the top of their work tree, and the newest commit that has one of
   * them. Without git, or where the history takes longer than a few seconds, the answer lacks what is not known.
   */
  standing(top: string, paths: readonly string[]): Promise<GitStandings>
  /**
   * The files that differ from where HEAD and `base` parted, committed or not, below `top`; `undefined` where git knows no
   * such base.
   */
  changedSince(top: string, base: string): Promise<readonly string[] | undefined>
  /** The top of the work tree that contains `directory`; `undefined` outside one. */
  workTree(directory: string): Promise<string | undefined>
}

/** A program of the user, started on top of this process's own environment. */
export interface ProgramRequest {
  /** The program and its arguments, as typed. */
  readonly words: readonly string[]
  readonly cwd: string
  readonly set: ReadonlyMap<string, Secret>
  readonly unset: readonly string[]
  /** Taken out of what it prints wherever that does not go to a terminal. */
  readonly redact: readonly Secret[]
  /** stdout is taken: what the program prints there goes to stderr. */
  readonly isStdoutTaken: boolean
}

export interface ProgramEnd {
  /** Its own code; 128 and the number of the signal that ended it. */
  readonly exitCode: number
  readonly signal?: string
  /** Why some of what it printed did not arrive. */
  readonly lost?: SecretsError
}

export interface Runner {
  /**
   * Starts a program, gives it our stdin, terminal and signals, and waits for its end. Throws `run.not_found` and
   * `run.not_executable`; nothing has been started then.
   */
  run(request: ProgramRequest): Promise<ProgramEnd>
  /** Signals are for the program now, not for us. */
  readonly isRunning: boolean
}

export interface GlobalOptions {
  readonly env?: string
  readonly manifest?: string
  readonly json: boolean
  readonly quiet: boolean
  /** `--trust`: the one digest of the manifest and its files that this run accepts; 64 hex digits. */
  readonly trust?: string
}

/** What the registry says of a provider without loading it. */
export interface ProviderInfo {
  readonly title: string
  /** `embedded`: its state is in a file of this machine. `remote`: somebody else's, over the network. */
  readonly kind: 'embedded' | 'remote'
  /** Whether it finds variables where `ref` and `field` of the manifest say; the manifest's are refused otherwise. */
  readonly places?: boolean
  /** The settings that the manifest may give, all texts. */
  readonly fields: Readonly<Record<string, { readonly required?: boolean; readonly description: string }>>
}

/** At what rate a store may be asked. */
export interface RequestLimits {
  /** Calls at the same time. */
  readonly concurrent: number
  /** Calls begun within one second. */
  readonly perSecond: number
}

/** One place where an environment's secrets live, resolved from the manifest or from the files found. */
export interface TargetConfig {
  /** Shown to people and in `--json`: a relative path or the target's id. */
  readonly id: string
  readonly provider: string
  readonly environment: string
  /** The provider's own settings, checked against the fields of its registry line. */
  readonly settings: Readonly<Record<string, string>>
  /** Who reads the files (reader ids); the usual ones where absent. */
  readonly readers?: readonly string[]
  /** For remote stores: variables that stand there under another name, or in a field. */
  readonly names?: Readonly<Record<SecretName, StoreName>>
  /** Of a third party's adapter that the user has trusted: the directory from which its module is found. */
  readonly adapterBase?: string
}

/** Everything that a command may touch. Flows and commands reach the world only through this. */
export interface Context {
  readonly cwd: string
  /** A path of the command line or the manifest as an absolute one. */
  resolve(path: string): string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly options: GlobalOptions
  /** The command's name. */
  readonly command: string
  readonly files: Files
  readonly journal: Journal
  readonly outbox: Outbox
  readonly clock: Clock
  readonly random: Random
  readonly keyPairs: KeyPairs
  readonly terminal: Terminal
  readonly git: Git
  readonly runner: Runner
  /** Runs what the manifest names. Called by `flows/rotation/hooks.ts` only, which asks for trust first. */
  readonly hooks: HookRunner
  /** In a process of its own, with nothing in its environment. Throws `schema.*`. For what is trusted only. */
  runSchema(request: SchemaRequest): Promise<SchemaReply>
  readonly signal: AbortSignal
  /** The files of a shipped project template, relative paths; `undefined` for an unknown id. */
  template(id: string): Promise<readonly { readonly path: string; readonly bytes: Uint8Array }[] | undefined>
  templateIds(): Promise<readonly string[]>
  /** Id → one line that says what it is for. */
  templateTitles(): Promise<Readonly<Record<string, string>>>
  /** The registry: provider id → what is known of it. */
  readonly providers: Readonly<Record<string, ProviderInfo>>
  /**
   * Opens a store; a remote one with deadlines, retries and its rate. Called by `flows/targets.ts` only, which asks
   * for trust first. `root`: the directory against which the target's relative settings are read.
   */
  connect(target: TargetConfig, root: string): Promise<Provider>
}

/** What an adapter is given at connect: ports, never policy. */
export interface ProviderDeps {
  readonly files: Files
  readonly random: Random
  readonly env: Readonly<Record<string, string | undefined>>
  /** The directory of the project: relative settings are resolved against it. */
  readonly root: string
  /** For remote stores: aborted when connecting takes too long, or when the user stops the command. */
  readonly signal?: AbortSignal
  /** For remote stores: to wait for what a store does later than it says. */
  readonly timers?: Timers
  /** For embedded stores: asks the user without echo, as `Terminal.askSecret` does. */
  readonly askSecret?: (question: string) => Promise<Secret>
  note(line: string): void
}

/** The same for a third party's adapter, with the two classes that it needs: it need not import anything of ours. */
export interface AdapterDeps extends Omit<ProviderDeps, 'askSecret'> {
  readonly Secret: typeof Secret
  readonly SecretsError: typeof SecretsError
}

export interface ProviderModule {
  connect(target: TargetConfig, deps: ProviderDeps): Promise<Provider>
}
