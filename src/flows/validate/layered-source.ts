import { basename } from 'node:path'
import { chooseEnvironment } from '../../core/environment.ts'
import type { Place } from '../../core/errors.ts'
import { layersOf, type LayeringId } from '../../core/layering.ts'
import type { RuleReport, ValueSource } from '../../rules/index.ts'
import type { ValidateReport } from '../validate.ts'
import { judge, judgeValues, reportOf } from './judge.ts'
import { fileSource, missingFile, withFacts, type Facts, type LoadedSource } from './sources.ts'

/** Which file gives a variable, and which it wins over. No values. */
export interface LayeringReport {
  readonly id: LayeringId
  /** Those that are there, the strongest first. */
  readonly files: readonly string[]
  readonly variables: readonly {
    readonly name: string
    readonly from: string
    readonly over: readonly string[]
  }[]
}

/** Rules for a file as such; all others look at what the files are together. */
const ofOneFile: ReadonlySet<string> = new Set([
  ...['syntax', 'duplicate'],
  ...['tracked', 'committed', 'not-ignored', 'file-mode', 'image-context', 'readers-disagree'],
])

/** The files that a framework reads together, judged as the one environment that the application gets. */
export async function judgeLayers(
  facts: Facts,
  id: LayeringId,
): Promise<{ readonly report: ValidateReport; readonly sources: readonly ValueSource[] }> {
  const { context, manifest } = facts
  const option = context.options.env === 'all' ? undefined : context.options.env
  const { name, source } = chooseEnvironment({
    option,
    valueOf: variable => (variable === 'NODE_ENV' ? context.env[variable] : undefined),
    declared: [...(manifest?.environments.keys() ?? [])],
  })
  const paths = layersOf(id, name).map(file => context.resolve(file))
  const layers: LoadedSource[] = []
  for (const path of paths) {
    const layer = await fileSource(facts, path, { name, source })
    if (layer !== undefined) layers.push(layer)
  }
  const [first] = layers
  if (first === undefined) throw missingFile(context, context.resolve('.env'))
  const files = await withFacts(context, layers)
  const merged = merge(files)
  const found = together(
    await judgeValues(facts, [merged.source], rule => !ofOneFile.has(rule)),
    await judge(facts, files, rule => ofOneFile.has(rule)),
  )
  const report = reportOf('files', files, found)
  const layering = { id, files: files.map(({ path }) => basename(path)), variables: merged.variables }
  return { sources: files, report: { ...report, layering } }
}

function together(a: RuleReport, b: RuleReport): RuleReport {
  const byPlace = (x: RuleReport['findings'][number], y: RuleReport['findings'][number]): number =>
    x.path === y.path ? x.line - y.line : x.path < y.path ? -1 : 1
  return {
    findings: [...a.findings, ...b.findings].sort(byPlace),
    allowed: [...a.allowed, ...b.allowed].sort(byPlace),
  }
}

interface Merged {
  readonly source: ValueSource
  readonly variables: LayeringReport['variables']
}

/** Of each name the assignment that counts in the strongest file that has it. */
function merge(layers: readonly ValueSource[]): Merged {
  const winners = new Map<string, ValueSource['variables'][number]>()
  const over = new Map<string, Place[]>()
  const kept = new Set<string>()
  for (const layer of layers) {
    for (const variable of layer.variables.filter(({ isOverridden }) => !isOverridden)) {
      const { name, at } = variable
      if (winners.has(name)) {
        over.set(name, [...(over.get(name) ?? []), at])
        continue
      }
      winners.set(name, variable)
      if (layer.kept.has(name)) kept.add(name)
    }
  }
  const base = layers.at(-1) as ValueSource
  const path = layers.map(layer => layer.path).join(', ')
  const source: ValueSource = {
    ...{ kind: 'file', path, environment: base.environment, environmentSource: base.environmentSource },
    ...{ kept, schema: base.schema, unread: [], variables: [...winners.values()] },
  }
  const place = (at: Place): string => `${at.path}:${String(at.line ?? 1)}`
  const variables = [...winners].map(([name, { at }]) => ({
    name,
    from: place(at),
    over: (over.get(name) ?? []).map(place),
  }))
  return { source, variables }
}
