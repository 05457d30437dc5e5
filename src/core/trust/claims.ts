import type { Hooks, HookStep, Manifest } from '../manifest/manifest.ts'

/** A store that would be contacted. */
export interface RemoteClaim {
  readonly environment: string
  readonly target: string
  readonly provider: string
  /** Addresses and paths; without the values for somebody else's adapter, whose settings nobody checks. */
  readonly settings: readonly { readonly name: string; readonly value?: string }[]
}

/** A program that would be run, or an address that would be called. */
export interface HookClaim {
  readonly hook: string
  /** An environment, a variable, or a variable in an environment: `staging`, `DB_PASSWORD`, `DB_PASSWORD (staging)`. */
  readonly of: string
  readonly run?: readonly string[]
  /** Variables that the program is given: one of them may be the value itself. */
  readonly env?: readonly string[]
  /** Without path and query: those may be secrets. */
  readonly http?: string
  readonly tcp?: string
}

export interface FileClaim {
  /** As the manifest writes it, relative to the manifest. */
  readonly path: string
  readonly role: 'schema' | 'provider' | 'hook'
  /** `false`: a word of a hook's command that may be a file of the project and may be anything else. */
  readonly isCertain: boolean
}

/** What a manifest would do on the machine of who uses it, besides reading and writing files of the project. */
export interface TrustClaims {
  readonly remotes: readonly RemoteClaim[]
  readonly hooks: readonly HookClaim[]
  /** Variables whose values are addresses that messages would be sent to. */
  readonly notify: readonly string[]
  /** Where entries of the audit log would be sent, or written outside the manifest's directory. */
  readonly audit: readonly string[]
  readonly files: readonly FileClaim[]
  /** Installed packages whose code would be loaded. */
  readonly packages: readonly string[]
}

/** Whether anything of it needs the user's trust. */
export function needsTrust({ remotes, hooks, notify, audit, files, packages }: TrustClaims): boolean {
  return [remotes, hooks, notify, audit, files, packages].some(list => list.length > 0)
}

export type ProviderKind = 'embedded' | 'remote' | 'foreign'

/** Gathers the claims of a manifest; `kindOf` knows the registry, and says `foreign` of what is not in it. */
export function trustClaims(manifest: Manifest, kindOf: (provider: string) => ProviderKind): TrustClaims {
  const targets = [...manifest.environments.values()].flatMap(({ name, targets: list }) =>
    list.map(target => ({ environment: name, ...target })),
  )
  const foreign = targets.map(({ provider }) => provider).filter(provider => kindOf(provider) === 'foreign')
  const hooks = hooksOf(manifest)
  const schema = manifest.schema === undefined ? [] : [manifest.schema]
  return {
    remotes: targets
      .filter(({ provider }) => kindOf(provider) !== 'embedded')
      .map(({ environment, id, provider, settings }) => ({
        ...{ environment, target: id, provider },
        settings: Object.entries(settings).map(([name, value]) =>
          kindOf(provider) === 'remote' ? { name, value } : { name },
        ),
      })),
    hooks: hooks.map(({ step, ...rest }) => ({ ...rest, ...whatRuns(step) })),
    notify: (manifest.notify ?? []).map(({ name }) => name),
    audit: auditClaims(manifest.audit),
    files: distinct([
      ...schema.map(path => ({ path, role: 'schema', isCertain: true }) as const),
      ...foreign.filter(isPath).map(path => ({ path, role: 'provider', isCertain: true }) as const),
      ...hooks.flatMap(({ step }) => ('run' in step ? filesOfCommand(step.run) : [])),
    ]),
    packages: [...new Set(foreign.filter(provider => !isPath(provider)))],
  }
}

/** A file below the manifest is the project's own; anything else is a place that a repository has chosen. */
export function auditClaims(audit: Manifest['audit']): readonly string[] {
  switch (audit?.sink) {
    case undefined:
    case 'stdout':
      return []
    case 'webhook':
      return [`the address in ${audit.url ?? ''}`]
    case 'syslog':
      return [audit.address ?? 'udp://127.0.0.1:514']
    case 'file': {
      const { path = '' } = audit
      return isRelative(path) && !path.split(/[\\/]/).includes('..') ? [] : [path]
    }
  }
}

interface FoundHook {
  readonly hook: string
  readonly of: string
  readonly step: HookStep
}

function hooksOf(manifest: Manifest): readonly FoundHook[] {
  const environments = [...manifest.environments.values()].flatMap(({ name, hooks }) => stepsOf(name, hooks))
  const variables = [...manifest.variables.values()].flatMap(variable => [
    ...stepsOf(variable.name, variable.hooks),
    ...[...variable.environments].flatMap(([environment, { hooks }]) =>
      stepsOf(`${variable.name} (${environment})`, hooks),
    ),
  ])
  return [...environments, ...variables]
}

function stepsOf(of: string, hooks: Hooks | undefined): readonly FoundHook[] {
  return Object.entries(hooks ?? {}).flatMap(([hook, steps]) => steps.map(step => ({ hook, of, step })))
}

/** What a hook does, for people; of an address only what cannot be secret. */
export function whatRuns(step: HookStep): Pick<HookClaim, 'run' | 'env' | 'http' | 'tcp'> {
  if ('tcp' in step) return { tcp: step.tcp }
  if ('http' in step) return { http: originOf(step.http) }
  return { run: step.run, ...(step.env === undefined ? {} : { env: step.env }) }
}

/** Scheme, host and port of an address, without what a person may have put before the host. */
function originOf(address: string): string {
  const [, scheme = '', authority = ''] = /^(https?):\/\/([^/?#]*)/i.exec(address) ?? []
  return `${scheme.toLowerCase()}://${authority.slice(authority.lastIndexOf('@') + 1)}`
}

/** A program named by a relative path, and arguments that may be scripts: `bash deploy.sh`. */
function filesOfCommand([program = '', ...words]: readonly string[]): readonly FileClaim[] {
  const named = /[\\/]/.test(program) && isRelative(program) ? [program] : []
  const possible = words.filter(word => word !== '' && !word.startsWith('-') && isRelative(word))
  return [
    ...named.map(path => ({ path, role: 'hook', isCertain: true }) as const),
    ...possible.map(path => ({ path, role: 'hook', isCertain: false }) as const),
  ]
}

function isRelative(word: string): boolean {
  return !/^(?:[\\/]|[A-Za-z]:[\\/]|[a-z][a-z0-9+.-]*:\/\/)/i.test(word) && !word.includes('\0')
}

function isPath(provider: string): boolean {
  return /^\.{1,2}\//.test(provider)
}

/** Each path once; certain where any mention of it is. */
function distinct(files: readonly FileClaim[]): readonly FileClaim[] {
  const found = new Map<string, FileClaim>()
  for (const file of files) {
    const known = found.get(file.path)
    if (known === undefined || (file.isCertain && !known.isCertain)) found.set(file.path, file)
  }
  return [...found.values()]
}
