import type { Context } from '../context.ts'
import { type Decision, deriveValue } from '../core/classifier/index.ts'
import { SecretsError } from '../core/errors.ts'
import { parseSetting } from '../core/init-override.ts'
import { fillTarget, type Filled } from '../core/init-fill.ts'
import { type Change, compareTemplates, type Comparison, rememberTemplate } from '../core/init-merge.ts'
import { suggest } from '../core/suggest.ts'
import { label } from './text-file.ts'
import { findUncovered } from './init/check.ts'
import { reviewDecisions } from './init/interactive.ts'
import { ensureGitignore } from './init/files.ts'
import type { InitFile, InitReport, InitRequest } from './init/report.ts'
import { selectPairs } from './init/select.ts'
import { copyShipped, missingTemplateFiles, type ShippedFiles, withShipped } from './init/shipped.ts'
import { askFor, generateValues, type NewValues } from './init/values.ts'
import { type Overrides, readWork, redecide, type Work } from './init/work.ts'
import { type Plan, writePlans } from './init/write.ts'
import { loadInitMemory } from './init-record.ts'
import { loadManifest } from './manifest.ts'

interface Result extends Plan {
  readonly work: Work
  readonly filled: Filled
  readonly comparison: Comparison
  readonly taken: ReadonlySet<string>
}

/**
 * `.env` from its template. Everything is read, decided, generated and answered before the first byte is written; then
 * the shipped files, `.gitignore`, init's record and the targets are written, each in one atomic step, so that a stop at
 * any point leaves complete files and a second run finishes the work.
 */
export async function runInit(context: Context, request: InitRequest): Promise<InitReport> {
  const { reverse } = request
  if (reverse !== undefined) {
    const { reverseFile } = await import('./init/reverse.ts')
    const reversed = await reverseFile(context, { ...request, reverse })
    const nothing = { decisions: [], files: [], copied: [], gitignore: 'unchanged' } as const
    return { ...nothing, dryRun: request.isDryRun, reversed }
  }
  const shipped: ShippedFiles =
    request.templateId === undefined ? new Map() : await missingTemplateFiles(context, request.templateId)
  const works = await readWorks(withShipped(context, shipped), request)
  const copied = [...shipped.keys()].map(path => label(context.cwd, path))
  const decisions = works.flatMap(work => work.decisions)
  const looking = { decisions, files: [], dryRun: true, copied, gitignore: 'unchanged' } as const
  if (request.isExplain) return looking
  if (request.isCheck) return { ...looking, uncovered: findUncovered(works) }
  const results: Result[] = []
  for (const work of works) results.push(await decideAll(context, work, request))
  const files = results.map(reportOf)
  if (request.isDryRun) return { ...looking, files }
  await copyShipped(context, shipped)
  const isChanged = await ensureGitignore(
    context,
    works.map(({ pair }) => pair),
  )
  await writePlans(context, results)
  return { decisions, files, dryRun: false, copied, gitignore: isChanged ? 'changed' : 'unchanged' }
}

async function readWorks(context: Context, request: InitRequest): Promise<readonly Work[]> {
  const manifest = await loadManifest(context)
  const pairs = await selectPairs(context, request, [...(manifest?.environments.keys() ?? [])])
  const settings = new Map(request.settings.map(parseSetting))
  const around = { manifest, settings, memory: await loadInitMemory(context) }
  const works: Work[] = []
  for (const pair of pairs) works.push(await readWork(context, pair, around))
  requireKnown(works, settings)
  if (!request.isInteractive) return works
  const reviewed: Work[] = []
  for (const work of works) reviewed.push(redecide(work, await reviewDecisions(context, work)))
  return reviewed
}

/** A name that no template has is a typing error; it may be a value in the wrong place, so it is not repeated. */
function requireKnown(works: readonly Work[], settings: Overrides): void {
  const known = new Set(works.flatMap(({ decisions }) => decisions.map(({ name }) => name)))
  for (const name of settings.keys()) {
    if (known.has(name)) continue
    const near = suggest(name, [...known])
    throw new SecretsError('usage.invalid_argument', '--set names a variable that no template has', {
      hints: [near === undefined ? 'see the names: secrets init --explain' : `did you mean "${near}"?`],
    })
  }
}

async function decideAll(context: Context, work: Work, request: InitRequest): Promise<Result> {
  const { template, existing, memory, decisions, pair } = work
  const made = await generateValues(context, work)
  const mayAsk = context.terminal.isInteractive && !request.isUnattended && !request.isDryRun
  const defaultOf = defaultsOf(work, made)
  const comparison = compareTemplates({ template, existing, memory, decisions, defaultOf })
  const taken = new Set<string>()
  if (mayAsk) {
    await askFor(context, work, made)
    for (const offer of comparison.offers) if (await isTaken(context, work, offer)) taken.add(offer.name)
  }
  const replacements = new Map([...comparison.defaults].filter(([name]) => taken.has(name)))
  const filled = fillTarget({ ...work, replacements }, decisions, made.values)
  const offered = comparison.offers.map(({ name }) => name)
  const remembered = rememberTemplate({
    ...{ template, memory, decisions, defaultOf, path: pair.templateLabel },
    document: filled.document,
    undecided: new Set(mayAsk ? [] : offered),
    random: count => context.random.bytes(count),
  })
  const { document } = filled
  return { work, document, generated: made.generated, remembered, filled, comparison, taken }
}

/** What would stand in the target for a variable that nobody generates or gives. */
function defaultsOf(
  { template, existing }: Work,
  { values }: NewValues,
): (decision: Decision) => string | undefined {
  const known = new Map(values)
  for (const [name, value] of existing?.values() ?? []) if (value !== '') known.set(name, value)
  return decision => {
    const node = template.find(decision.name)
    if (node === undefined) return undefined
    const value = template.value(node)
    return decision.decision === 'derive' ? deriveValue(decision, value, known) : value
  }
}

async function isTaken(
  { terminal }: Context,
  { pair }: Work,
  { name, templateLine }: Change,
): Promise<boolean> {
  const place = `${pair.templateLabel}:${String(templateLine)}`
  return await terminal.confirm(
    `${pair.targetLabel}: ${name} has another default now (${place}); take it over?`,
  )
}

function reportOf({ work, filled, generated, comparison, taken }: Result): InitFile {
  const isChanged = filled.filled.length > 0 || filled.added.length > 0
  return {
    template: work.pair.templateLabel,
    target: work.pair.targetLabel,
    environment: work.environment,
    outcome: work.existing === undefined ? 'created' : isChanged ? 'updated' : 'unchanged',
    added: filled.added,
    generated: [...generated.keys()],
    needs: filled.needs,
    removed: comparison.removed.map(each => ({ ...each, line: lineOf(filled, each) })),
    changed: comparison.offers.map(offer => ({
      ...offer,
      line: lineOf(filled, offer),
      taken: taken.has(offer.name),
    })),
    conflicts: comparison.conflicts.map(each => ({ ...each, line: lineOf(filled, each) })),
  }
}

/** Lines move when variables are added above them. */
function lineOf({ document }: Filled, { name, line }: { name: string; line: number }): number {
  return document.find(name)?.line ?? line
}
