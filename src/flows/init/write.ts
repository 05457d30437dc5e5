import type { Context } from '../../context.ts'
import type { GeneratedFact, InitMemory, TemplateMemory } from '../../core/init-record.ts'
import type { EnvDocument } from '../../core/env-file/index.ts'
import { updateInitMemory } from '../init-record.ts'
import { isLoose } from './exposure.ts'
import type { Work } from './work.ts'

/** What is to be written for one template. */
export interface Plan {
  readonly work: Work
  readonly document: EnvDocument
  readonly generated: ReadonlyMap<string, GeneratedFact>
  readonly remembered: TemplateMemory
}

/**
 * Writes the record, then the targets, then what is remembered of the templates; each in one atomic step. In this order:
 * a value that stands in a file without its record would not count as ours, and a template that is remembered
 * before its target is written would hide what the target lacks from the next run.
 */
export async function writePlans(context: Context, plans: readonly Plan[]): Promise<void> {
  if (plans.some(({ generated }) => generated.size > 0)) {
    await updateInitMemory(context, memory => withGenerated(memory, plans))
  }
  for (const { work, document } of plans) await writeTarget(context, work, document)
  await updateInitMemory(context, memory => withTemplates(memory, plans))
}

async function writeTarget(context: Context, work: Work, document: EnvDocument): Promise<void> {
  const { content, pair } = work
  const bytes = document.print()
  const isSame = content !== undefined && Buffer.compare(bytes, content.bytes) === 0
  if (isSame && !isLoose(context, work)) return
  await context.files.withLock(pair.target, context.signal, async () => {
    await context.files.replace(pair.target, bytes, { mode: 0o600, base: content?.version ?? 'absent' })
  })
}

function withGenerated(memory: InitMemory, plans: readonly Plan[]): InitMemory {
  const merged = new Map([...memory.generated].map(([file, facts]) => [file, new Map(facts)]))
  for (const { work, generated } of plans) {
    const facts = merged.get(work.pair.targetLabel) ?? new Map<string, GeneratedFact>()
    for (const [name, fact] of generated) facts.set(name, fact)
    if (facts.size > 0) merged.set(work.pair.targetLabel, facts)
  }
  return { ...memory, generated: merged }
}

function withTemplates(memory: InitMemory, plans: readonly Plan[]): InitMemory {
  const merged = new Map(memory.templates)
  for (const { work, remembered } of plans) merged.set(work.pair.targetLabel, remembered)
  return { ...memory, templates: merged }
}
