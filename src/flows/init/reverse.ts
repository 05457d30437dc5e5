import { join } from 'node:path'
import type { Context, FileContent } from '../../context.ts'
import { EnvDocument } from '../../core/env-file/index.ts'
import { SecretsError } from '../../core/errors.ts'
import { fillTarget } from '../../core/init-fill.ts'
import type { Removed } from '../../core/init-merge.ts'
import { parseSetting } from '../../core/init-override.ts'
import { type Emptied, reverseDocument } from '../../core/init-reverse.ts'
import { loadInitMemory } from '../init-record.ts'
import { label } from '../text-file.ts'

/** What `--reverse` did. */
export interface ReverseReport {
  readonly source: string
  readonly target: string
  readonly outcome: 'created' | 'updated' | 'unchanged'
  /** Variables whose value stands in the template. */
  readonly kept: readonly string[]
  readonly emptied: readonly Emptied[]
  /** Variables that the template did not have; all of them where it is new. */
  readonly added: readonly string[]
  /** Variables of the template that the file has no more; they stay. */
  readonly removed: readonly Removed[]
}

interface ReverseRequest {
  readonly reverse: string
  readonly to?: string
  readonly settings: readonly string[]
  readonly isDryRun: boolean
}

/** A template from a file with values. What stands in a template that is there already is kept; new variables are added. */
export async function reverseFile(context: Context, request: ReverseRequest): Promise<ReverseReport> {
  const source = context.resolve(request.reverse)
  const target = request.to === undefined ? `${source}.example` : context.resolve(request.to)
  if (source === target) {
    throw new SecretsError('env_file.same_path', 'the file to read and the template to write are the same', {
      at: { path: request.reverse },
      hints: ['name another file: --to .env.example'],
    })
  }
  const [sourceLabel, targetLabel] = [label(context.cwd, source), label(context.cwd, target)]
  const content = await context.files.read(source)
  if (content === undefined) {
    throw new SecretsError('env_file.missing', 'the file to make a template of is not there', {
      at: { path: sourceLabel },
      hints: ['name another one: secrets init --reverse FILE'],
    })
  }
  const { generated } = await loadInitMemory(context)
  const forms = [...(generated.get(sourceLabel) ?? [])].map(([name, { form }]) => [name, form] as const)
  const { document, kept, emptied } = reverseDocument({
    source: EnvDocument.parse(content.bytes, sourceLabel),
    path: targetLabel,
    forms: new Map(forms),
    allowed: allowedNames(request.settings),
  })
  const there = await context.files.read(target)
  const merged = mergeInto(document, there, targetLabel)
  const report = { source: sourceLabel, target: targetLabel, kept, emptied, ...merged.report }
  if (request.isDryRun || report.outcome === 'unchanged') return report
  await context.files.makeDirectory(join(target, '..'), 0o755)
  await context.files.withLock(target, context.signal, async () => {
    const options = { mode: there?.mode ?? 0o644, base: there?.version ?? ('absent' as const) }
    await context.files.replace(target, merged.document.print(), options)
  })
  return report
}

/** The names of which `--set NAME=keep` says that their value may be published. */
function allowedNames(settings: readonly string[]): ReadonlySet<string> {
  const said = settings.map(parseSetting)
  return new Set(said.flatMap(([name, { decision }]) => (decision === 'keep' ? [name] : [])))
}

function mergeInto(
  document: EnvDocument,
  there: FileContent | undefined,
  path: string,
): {
  readonly document: EnvDocument
  readonly report: Pick<ReverseReport, 'outcome' | 'added' | 'removed'>
} {
  const names = document.assignments.map(({ name }) => name)
  if (there === undefined) return { document, report: { outcome: 'created', added: names, removed: [] } }
  const existing = EnvDocument.parse(there.bytes, path)
  const readers = { environment: 'development', readers: [] } as const
  const filled = fillTarget({ template: document, existing, ...readers }, [], new Map())
  const gone = existing.assignments.filter(({ name }) => document.find(name) === undefined)
  const removed = gone.map(({ name }) => ({ name, line: filled.document.find(name)?.line ?? 1 }))
  const outcome = filled.added.length > 0 ? 'updated' : 'unchanged'
  return { document: filled.document, report: { outcome, added: filled.added, removed } }
}
