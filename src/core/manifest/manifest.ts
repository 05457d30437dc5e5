import type { Place } from '../errors.ts'
import type { AuditConfig, NotifyTarget } from './operate.ts'
import type { Relations, VariableGroup } from '../schema/entry.ts'
import type { ValuePattern, ValueSchema, ValueType } from '../schema/value-type.ts'

/** Provider id -> the settings that it takes in the manifest, all of them text. Given by the provider registry. */
export type ProviderFields = Readonly<Record<string, Readonly<Record<string, ProviderField>>>>

interface ProviderField {
  readonly required?: boolean
  readonly description: string
}

/** `secrets.yaml` as plain data: durations in milliseconds, shorthands expanded, extension keys (`x-…`) left out. */
export interface Manifest {
  readonly version: 1
  readonly path: string
  readonly project?: string
  /** A module that exports a schema; not loaded by the manifest's reader. */
  readonly schema?: string
  readonly readers?: readonly Reader[]
  readonly notify?: readonly NotifyTarget[]
  /** Absent: no audit log is kept. */
  readonly audit?: AuditConfig
  /** Rule id → what this project makes of the rule; whether there is such a rule, the rules' owner says. */
  readonly rules: ReadonlyMap<string, RuleConfig>
  readonly environments: ReadonlyMap<string, EnvironmentConfig>
  readonly variables: ReadonlyMap<string, VariableConfig>
  readonly groups: readonly GroupConfig[]
}

export interface GroupConfig extends VariableGroup {
  readonly at: Place
}

export const ruleLevels = ['error', 'warning', 'info', 'off'] as const
export type RuleLevel = (typeof ruleLevels)[number]

export interface RuleConfig {
  /** Of all findings of the rule, where it finds something. */
  readonly level?: RuleLevel
  /** Variables that belong to the rule's family under names of the project's own. */
  readonly names?: readonly string[]
  readonly at: Place
}

export const readers = ['dotenv', 'node', 'python-dotenv', 'compose', 'bash', 'docker', 'systemd'] as const
export type Reader = (typeof readers)[number]

export const rotationKinds = ['verifier', 'signing', 'composite', 'external', 'encryption', 'manual'] as const
export type RotationKind = (typeof rotationKinds)[number]

/** Milliseconds; absent where the manifest says nothing. */
export interface RotateConfig {
  readonly kind?: RotationKind
  readonly every?: number | 'never'
  readonly grace?: number
  readonly refreshTtl?: number
  readonly tokenTtl?: number
  readonly at: Place
}

export const hookNames = [
  'beforeStage',
  'apply',
  'verifyStaged',
  'afterCommit',
  'verify',
  'revoke',
  'reencrypt',
  'afterRetire',
  'onEmergency',
  'invalidate',
] as const
export type HookName = (typeof hookNames)[number]

/** How long a hook may take altogether, in milliseconds; a minute where nothing is said. */
interface HookLimit {
  readonly within?: number
}

/** Plain data: nothing here runs before the user has trusted the manifest. */
export type HookStep =
  /** `env`: variables that the program gets besides the few that every one has. */
  | (HookLimit & { readonly run: readonly string[]; readonly env?: readonly string[] })
  /** `status`: the answer that is good; any 2xx where nothing is said. */
  | (HookLimit & { readonly http: string; readonly status?: number })
  /** `host:port`; good when it takes a connection. */
  | (HookLimit & { readonly tcp: string })

export type Hooks = Readonly<Partial<Record<HookName, readonly HookStep[]>>>

export interface EnvironmentConfig {
  readonly name: string
  readonly at: Place
  /** One for the flat form, its id is then the provider's; in the order of the manifest. */
  readonly targets: readonly [EnvironmentTarget, ...EnvironmentTarget[]]
  readonly rotate?: RotateConfig
  readonly hooks?: Hooks
  readonly readers?: readonly Reader[]
}

export interface EnvironmentTarget {
  readonly id: string
  /** An id of the registry, or the path or package name of a third party's adapter. */
  readonly provider: string
  readonly settings: Readonly<Record<string, string>>
  readonly at: Place
}

/** Keys of a variable whose value is the name of another one. */
export const namedOthers = ['lessThan', 'equals', 'differentFrom', 'startsWith', 'deprecated'] as const

/** What a variable says, and what `variables.X.environments.<e>` may say otherwise. */
export interface VariableFacts extends Relations {
  readonly secret?: boolean
  readonly required?: boolean
  readonly type?: ValueType
  /** The type of each item of a list. */
  readonly items?: ValueType
  readonly separator?: string
  readonly protocols?: readonly string[]
  /** Of an address: `false` refuses user and password in it. */
  readonly credentials?: boolean
  /** Of an address: `true` asks for TLS. */
  readonly tls?: boolean
  /** The smallest and largest number; of text and lists the number of characters or items. */
  readonly min?: number
  readonly max?: number
  /** The exact number of characters or items. */
  readonly length?: number
  readonly default?: string
  readonly values?: readonly string[]
  /** Of json; not compiled yet by the reader: see `compileJsonSchemas`. */
  readonly schema?: ValueSchema
  /** Not compiled yet by the reader: see `compilePatterns`. */
  readonly pattern?: ValuePattern
  /** A form string such as `hex:32`. */
  readonly generate?: string
  readonly description?: string
  readonly rotate?: RotateConfig
  readonly hooks?: Hooks
  readonly readers?: readonly Reader[]
  /** The secret's name in the store where it differs from the variable's, and the field inside it. */
  readonly ref?: string
  readonly field?: string
  readonly at: Place
}

export interface VariableConfig extends VariableFacts {
  readonly name: string
  readonly environments: ReadonlyMap<string, VariableFacts>
}

/** The facts of a variable in one environment: what the environment says, else what the variable says; `rotate` field by field. */
export function variableIn(variable: VariableConfig, environment: string): VariableFacts {
  const override = variable.environments.get(environment)
  if (override === undefined) return variable
  const rotate =
    override.rotate && variable.rotate ? { ...variable.rotate, ...override.rotate } : override.rotate
  return { ...variable, ...override, ...(rotate === undefined ? {} : { rotate }) }
}
