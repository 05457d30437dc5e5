import type { Directive, EnvDocument } from '../env-file/index.ts'
import type { Place } from '../errors.ts'
import { previousName } from '../names.ts'
import { variablesIn } from './env-file.ts'
import { interpolate, type Interpolated, type Lookup, type Reference } from './interpolate.ts'
import {
  invalid,
  type ComposeFile,
  type WrittenEnvFile,
  type WrittenService,
  type WrittenText,
} from './read.ts'

/** A variable as the container of a service gets it. Holds a value: never print it. */
export interface ServiceVariable {
  readonly name: string
  readonly value: string
  /** The line that counts. */
  readonly at: Place
  readonly from: 'environment' | 'env_file'
  /** The lines that it wins over, the strongest first. */
  readonly over: readonly Place[]
  /** What its text refers to; empty: the value itself stands on that line. */
  readonly references: readonly Reference[]
  /** `NAME` alone: handed on from where Compose is started. */
  readonly isPassedOn: boolean
  readonly directives: readonly Directive[]
}

export type ComposeProblem = { readonly at: Place } & (
  | { readonly kind: 'unset'; readonly name: string; readonly variable: string; readonly isRequired: boolean }
  | { readonly kind: 'invalid'; readonly variable: string }
  | { readonly kind: 'env-file' }
  | { readonly kind: 'include' }
)

export interface EffectiveService {
  readonly name: string
  readonly at: Place
  /** In the order of their names. */
  readonly variables: readonly ServiceVariable[]
  readonly problems: readonly ComposeProblem[]
  /** Absolute, those that are not there too. */
  readonly envFiles: readonly string[]
  readonly build?: string
  /** Variables passed one by one whose previous value Compose knows (`NAME_OLD`): a rotation is in its grace period. */
  readonly inGrace: ReadonlySet<string>
}

/** What the files refer to, gathered before. Paths are absolute but those inside places. */
export interface ComposeWorld {
  /** As given by `-f`, in their order: the later ones count more. Each with the directory of its `extends` files. */
  readonly files: readonly { readonly file: ComposeFile; readonly directory: string }[]
  /** The project directory: paths of all files but extended ones are relative to it. */
  readonly directory: string
  /** Files that a service extends, by path. */
  readonly extended: ReadonlyMap<string, { readonly file: ComposeFile; readonly directory: string }>
  /** `undefined`: the file is not there. */
  envFile(path: string): EnvDocument | undefined
  /** What Compose itself knows: the shell, then `.env`. */
  readonly lookup: Lookup
  /** Whether there is such a `.env`; without one nothing is known of what is not set. */
  readonly hasValues: boolean
  /** A path of a compose file as an absolute one. */
  join(directory: string, path: string): string
}

interface FlatVariable extends WrittenText {
  readonly name: string
  readonly directives: readonly Directive[]
}

interface FlatService {
  readonly at: Place
  readonly environment: Map<string, FlatVariable>
  readonly over: Map<string, Place[]>
  /** Names that are taken away (`!reset`). */
  readonly resets: ReadonlySet<string>
  readonly envFiles: { readonly written: WrittenEnvFile; readonly directory: string }[]
  build?: { readonly written: WrittenText; readonly directory: string }
}

/**
 * Every service with the variables that its container gets: `environment` over `env_file`, later files over earlier ones,
 * values put in from the shell, then from `.env`. Facts: https://docs.docker.com/compose/how-tos/environment-variables/
 * (envvars-precedence, variable-interpolation), https://docs.docker.com/reference/compose-file/merge/, and for what an
 * env file may refer to `WithServicesEnvironmentResolved` of compose-go v2. Throws `compose.invalid`.
 */
export function effectiveServices(world: ComposeWorld): readonly EffectiveService[] {
  const services = new Map<string, FlatService>()
  for (const { file, directory } of world.files) {
    for (const service of file.services.values()) {
      const flat = flatten(world, file, service, { directory, base: world.directory, chain: [] })
      const known = services.get(service.name)
      if (known === undefined) services.set(service.name, flat)
      else overlay(known, flat, service.replaces)
    }
  }
  const included = world.files.flatMap(({ file }) =>
    file.include === undefined ? [] : [{ kind: 'include', at: file.include } as const],
  )
  return [...services].map(([name, service], index) => {
    const resolved = resolveService(world, name, service)
    // Once for all.
    return index === 0 ? { ...resolved, problems: [...included, ...resolved.problems] } : resolved
  })
}

interface Where {
  /** Of the file itself, for what it extends. */
  readonly directory: string
  /** Against which its paths are read. */
  readonly base: string
  readonly chain: readonly string[]
}

/** A service with all that it extends. */
function flatten(world: ComposeWorld, file: ComposeFile, service: WrittenService, where: Where): FlatService {
  const reset = service.environment.filter(({ isReset }) => isReset).map(({ name }) => name)
  const own: FlatService = {
    at: service.at,
    environment: new Map(),
    over: new Map(),
    resets: new Set(reset),
    envFiles: [],
  }
  for (const variable of service.environment) {
    const name = variable.isListed ? interpolate(variable.name, world.lookup).value : variable.name
    const directives = file.directives.get(variable.at.line ?? 0) ?? []
    if (!variable.isReset) own.environment.set(name, { ...variable, name, directives })
  }
  for (const written of service.envFiles) own.envFiles.push({ written, directory: where.base })
  if (service.build !== undefined) own.build = { written: service.build, directory: where.base }
  const base = baseOf(world, file, service, where)
  if (base === undefined) return own
  overlay(base, own, service.replaces)
  return { ...base, at: service.at }
}

const longestChain = 20

function baseOf(
  world: ComposeWorld,
  file: ComposeFile,
  { extends: extending }: WrittenService,
  { directory, base, chain }: Where,
): FlatService | undefined {
  if (extending === undefined) return undefined
  const named = extending.file?.text
  const path = named === undefined ? undefined : world.join(directory, named)
  const other = path === undefined ? { file, directory } : world.extended.get(path)
  const service = other?.file.services.get(extending.service)
  if (other === undefined || service === undefined)
    throw invalid(extending.at, 'extends a service that is not there')
  const link = `${path ?? file.path}\0${extending.service}`
  if (chain.includes(link) || chain.length > longestChain)
    throw invalid(extending.at, 'extends a service by itself')
  return flatten(world, other.file, service, {
    directory: other.directory,
    base: path === undefined ? base : other.directory,
    chain: [...chain, link],
  })
}

/** `top` counts more than what is there. */
function overlay(under: FlatService, top: FlatService, replaces: WrittenService['replaces']): void {
  if (replaces.has('environment')) under.environment.clear()
  if (replaces.has('env_file')) under.envFiles.length = 0
  for (const name of top.resets) under.environment.delete(name)
  for (const [name, variable] of top.environment) {
    const before = under.environment.get(name)
    const older = [...(before === undefined ? [] : [before.at]), ...(under.over.get(name) ?? [])]
    under.over.set(name, [...(top.over.get(name) ?? []), ...older])
    under.environment.set(name, variable)
  }
  under.envFiles.push(...top.envFiles)
  if (top.build !== undefined) under.build = top.build
}

function resolveService(world: ComposeWorld, name: string, service: FlatService): EffectiveService {
  const problems: ComposeProblem[] = []
  const own = new Map<string, ServiceVariable>()
  for (const variable of service.environment.values()) {
    const resolved = resolveVariable(world, variable, problems)
    if (resolved !== undefined)
      own.set(variable.name, { ...resolved, over: service.over.get(variable.name) ?? [] })
  }
  const files = readEnvFiles(world, service, own, problems)
  const variables = new Map(files.variables)
  for (const [variable, resolved] of own) {
    const below = files.variables.get(variable)
    const over = below === undefined ? resolved.over : [...resolved.over, below.at, ...below.over]
    variables.set(variable, { ...resolved, over })
  }
  const build = service.build?.written.text
  return {
    name,
    at: service.at,
    variables: [...variables.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    problems,
    envFiles: files.paths,
    inGrace: new Set([...own.values()].filter(one => hasPrevious(world, one)).map(one => one.name)),
    ...(service.build && build !== undefined && { build: pathOf(world, service.build.directory, build) }),
  }
}

function hasPrevious(world: ComposeWorld, { name, references, isPassedOn }: ServiceVariable): boolean {
  const names = isPassedOn ? [name] : references.map(reference => reference.name)
  return names.some(one => (world.lookup(previousName(one)) ?? '') !== '')
}

function resolveVariable(
  world: ComposeWorld,
  { name, text, at, directives }: FlatVariable,
  problems: ComposeProblem[],
): Omit<ServiceVariable, 'over'> | undefined {
  const facts = { name, at, from: 'environment', directives } as const
  if (text === undefined) {
    const value = world.lookup(name)
    if (value !== undefined) return { ...facts, value, references: [], isPassedOn: true }
    // Nobody knows what stands where Compose is started.
    return world.hasValues ? undefined : { ...facts, value: `\${${name}}`, references: [], isPassedOn: true }
  }
  const found = interpolate(text, world.lookup)
  note(world, found, { variable: name, at }, problems)
  const isOpen = !world.hasValues && found.references.some(isUnanswered)
  return { ...facts, value: isOpen ? text : found.value, references: found.references, isPassedOn: false }
}

function isUnanswered({ isSet, operator }: Reference): boolean {
  return !isSet && (operator === '' || operator === '?')
}

function note(
  world: ComposeWorld,
  { references, isInvalid }: Interpolated,
  { variable, at }: { readonly variable: string; readonly at: Place },
  problems: ComposeProblem[],
): void {
  if (isInvalid) problems.push({ kind: 'invalid', variable, at })
  if (!world.hasValues) return
  for (const reference of references.filter(isUnanswered))
    problems.push({
      kind: 'unset',
      name: reference.name,
      variable,
      at,
      isRequired: reference.operator === '?',
    })
}

function pathOf(world: ComposeWorld, directory: string, text: string): string {
  return world.join(directory, interpolate(text, world.lookup).value)
}

/** Later files count more; what they refer to is looked for in what Compose knows, then in `environment`, then above. */
function readEnvFiles(
  world: ComposeWorld,
  service: FlatService,
  own: ReadonlyMap<string, ServiceVariable>,
  problems: ComposeProblem[],
): { readonly variables: ReadonlyMap<string, ServiceVariable>; readonly paths: readonly string[] } {
  const variables = new Map<string, ServiceVariable>()
  const paths: string[] = []
  const lookup: Lookup = name => world.lookup(name) ?? own.get(name)?.value ?? variables.get(name)?.value
  for (const { written, directory } of service.envFiles) {
    const path = pathOf(world, directory, written.path.text ?? '')
    paths.push(path)
    const document = world.envFile(path)
    if (document === undefined && written.isRequired) problems.push({ kind: 'env-file', at: written.path.at })
    for (const variable of document === undefined
      ? []
      : variablesIn(document, { isRaw: written.isRaw, lookup, passedOn: world.lookup })) {
      const before = variables.get(variable.name)
      variables.set(variable.name, { ...variable, over: before ? [before.at, ...before.over] : [] })
    }
  }
  return { variables, paths }
}
