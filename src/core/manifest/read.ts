import { readDuration } from '../duration.ts'
import { groupKinds } from '../schema/entry.ts'
import type { ValuePattern, ValueSchema, ValueType } from '../schema/value-type.ts'
import {
  hookNames,
  namedOthers,
  type EnvironmentConfig,
  type EnvironmentTarget,
  type GroupConfig,
  type Hooks,
  type HookStep,
  type Manifest,
  type Reader,
  type RotateConfig,
  type RotationKind,
  type RuleConfig,
  type RuleLevel,
  type VariableConfig,
  type VariableFacts,
} from './manifest.ts'
import { readAudit, readNotifyTarget } from './operate.ts'
import type { YamlNode } from './yaml-source.ts'

/** A document whose shape has been checked, as the manifest's plain types. */
export function readManifest(root: YamlNode, path: string): Manifest {
  return {
    version: 1,
    path,
    ...given({
      project: textOf(root, 'project'),
      schema: textOf(root, 'schema'),
      readers: wordsOf(root, 'readers') as Reader[] | undefined,
      notify: itemsOf(root.children.get('notify'), 'to')?.map(readNotifyTarget),
      audit: readAudit(root.children.get('audit')),
    }),
    rules: mapOf(root, 'rules', readRule),
    environments: mapOf(root, 'environments', readEnvironment),
    variables: mapOf(root, 'variables', readVariable),
    groups: (itemsOf(root, 'groups') ?? []).flatMap(readGroup),
  }
}

/** `cors: off` is short for `cors: { level: off }`. */
function readRule(node: YamlNode): RuleConfig {
  const isShort = typeof node.value === 'string'
  const level = isShort ? writtenText(node) : textOf(node, 'level')
  return {
    at: node.keyAt,
    ...given({ level: level as RuleLevel | undefined, names: wordsOf(node, 'names') }),
  }
}

const environmentKeys = new Set(['provider', 'id', 'rotate', 'hooks', 'readers', 'targets'])

function readEnvironment(node: YamlNode, name: string): EnvironmentConfig {
  const listed = itemsOf(node, 'targets')?.map(readTarget) ?? []
  const [first = readTarget(node), ...others] = listed
  return {
    name,
    at: node.keyAt,
    targets: [first, ...others],
    ...given({
      rotate: readRotate(node.children.get('rotate')),
      hooks: readHooks(node.children.get('hooks')),
      readers: wordsOf(node, 'readers') as Reader[] | undefined,
    }),
  }
}

function readTarget(node: YamlNode): EnvironmentTarget {
  const provider = textOf(node, 'provider') ?? ''
  const settings = [...node.children].filter(([key]) => !environmentKeys.has(key))
  return {
    id: textOf(node, 'id') ?? provider,
    provider,
    settings: Object.fromEntries(settings.map(([key, setting]) => [key, writtenText(setting)])),
    at: node.keyAt,
  }
}

function readVariable(node: YamlNode, name: string): VariableConfig {
  return { name, ...readFacts(node), environments: mapOf(node, 'environments', readFacts) }
}

function readGroup(node: YamlNode): readonly GroupConfig[] {
  return groupKinds.flatMap(kind => {
    const names = wordsOf(node, kind)
    return names === undefined ? [] : [{ kind, names, at: node.at }]
  })
}

function readPattern(node: YamlNode | undefined): ValuePattern | undefined {
  return node === undefined ? undefined : { source: writtenText(node), at: node.at }
}

function readSchema(node: YamlNode | undefined): ValueSchema | undefined {
  return node === undefined ? undefined : { source: node.value, at: node.at }
}

/** One value is short for a list of one. */
function readValues(node: YamlNode): readonly string[] {
  return node.children.size === 0 ? [writtenText(node)] : [...node.children.values()].map(writtenText)
}

function readFacts(node: YamlNode): VariableFacts {
  return {
    at: node.keyAt,
    ...given({
      secret: flagOf(node, 'secret'),
      required: flagOf(node, 'required'),
      type: textOf(node, 'type') as ValueType | undefined,
      items: textOf(node, 'items') as ValueType | undefined,
      separator: textOf(node, 'separator'),
      credentials: flagOf(node, 'credentials'),
      tls: flagOf(node, 'tls'),
      protocols: wordsOf(node, 'protocols'),
      min: numberOf(node, 'min'),
      max: numberOf(node, 'max'),
      length: numberOf(node, 'length'),
      default: textOf(node, 'default'),
      values: wordsOf(node, 'values'),
      pattern: readPattern(node.children.get('pattern')),
      schema: readSchema(node.children.get('schema')),
      generate: textOf(node, 'generate'),
      description: textOf(node, 'description'),
      rotate: readRotate(node.children.get('rotate')),
      hooks: readHooks(node.children.get('hooks')),
      readers: wordsOf(node, 'readers') as Reader[] | undefined,
      requiredWhen: node.children.has('requiredWhen') ? mapOf(node, 'requiredWhen', readValues) : undefined,
      requiredWith: wordsOf(node, 'requiredWith'),
      ...Object.fromEntries(namedOthers.map(key => [key, textOf(node, key)])),
      ref: textOf(node, 'ref'),
      field: textOf(node, 'field'),
    }),
  }
}

function readRotate(node: YamlNode | undefined): RotateConfig | undefined {
  if (node === undefined) return undefined
  const every = textOf(node, 'every')
  return {
    at: node.keyAt,
    ...given({
      kind: textOf(node, 'kind') as RotationKind | undefined,
      every: every === 'never' ? every : durationOf(node, 'every'),
      grace: durationOf(node, 'grace'),
      refreshTtl: durationOf(node, 'refreshTtl'),
      tokenTtl: durationOf(node, 'tokenTtl'),
    }),
  }
}

function readHooks(node: YamlNode | undefined): Hooks | undefined {
  if (node === undefined) return undefined
  const named = hookNames.map(name => [name, itemsOf(node, name)?.map(readHookStep)] as const)
  return Object.fromEntries(named.filter(([, steps]) => steps !== undefined))
}

function readHookStep(node: YamlNode): HookStep {
  const within = given({ within: durationOf(node, 'within') })
  const [run, tcp] = [wordsOf(node, 'run'), textOf(node, 'tcp')]
  if (run !== undefined) return { run, ...within, ...given({ env: wordsOf(node, 'env') }) }
  if (tcp !== undefined) return { tcp, ...within }
  return { http: textOf(node, 'http') ?? '', ...within, ...given({ status: numberOf(node, 'status') }) }
}

function mapOf<T>(
  node: YamlNode,
  key: string,
  read: (child: YamlNode, name: string) => T,
): ReadonlyMap<string, T> {
  const children = node.children.get(key)?.children ?? new Map<string, YamlNode>()
  return new Map([...children].map(([name, child]) => [name, read(child, name)]))
}

function itemsOf(node: YamlNode | undefined, key: string): YamlNode[] | undefined {
  const list = node?.children.get(key)
  return list === undefined ? undefined : [...list.children.values()]
}

function wordsOf(node: YamlNode, key: string): string[] | undefined {
  return itemsOf(node, key)?.map(writtenText)
}

function textOf(node: YamlNode, key: string): string | undefined {
  const child = node.children.get(key)
  return child === undefined ? undefined : writtenText(child)
}

/** A number, true or false reads as it is written: `010` stays `010`, and `1e3` is not turned into 1000. */
function writtenText(node: YamlNode): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? '')
}

function flagOf(node: YamlNode, key: string): boolean | undefined {
  const value = node.children.get(key)?.value
  return typeof value === 'boolean' ? value : undefined
}

function numberOf(node: YamlNode, key: string): number | undefined {
  const value = node.children.get(key)?.value
  return typeof value === 'number' ? value : undefined
}

function durationOf(node: YamlNode, key: string): number | undefined {
  const written = textOf(node, key)
  return written === undefined ? undefined : readDuration(written)
}

/** Leaves out what is undefined, so that an absent key stays absent. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
