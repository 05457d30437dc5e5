import type { Context } from '../context.ts'
import { type Decision, relateFiles } from '../core/classifier/index.ts'
import { canonicalName } from '../core/environment.ts'
import { SecretsError } from '../core/errors.ts'
import { fillTarget, type Filled } from '../core/init-fill.ts'
import { type Change, compareTemplates, type Comparison, rememberTemplate } from '../core/init-merge.ts'
import { parseSetting } from '../core/init-override.ts'
import { findNotices, type Notice } from '../core/init-withhold.ts'
import { suggest } from '../core/suggest.ts'
import { findUncovered } from './init/check.ts'
import { findExposure } from './init/exposure.ts'
import { ensureGitignore } from './init/files.ts'
import { reviewDecisions } from './init/interactive.ts'
import type { Exposure, InitFile, InitReport, InitRequest } from './init/report.ts'
import { hasCompose, selectPairs } from './init/select.ts'
import { copyShipped, missingTemplateFiles, type ShippedFiles, withShipped } from './init/shipped.ts'
import { askForValues, derivedValue, generateValues, type NewValues } from './init/values.ts'
import { type Overrides, readWork, redecide, type Work } from './init/work.ts'
import { type Plan, writePlans } from './init/write.ts'
import { loadInitMemory } from './init-record.ts'
import { loadManifest } from './manifest.ts'
import { label } from './text-file.ts'

interface Result extends Plan {
  readonly filled: Filled
  readonly comparison: Comparison
  readonly taken: ReadonlySet<string>
  readonly shared: ReadonlySet<string>
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
    const nothing = { decisions: [], files: [], notices: [], copied: [], gitignore: 'unchanged' } as const
    return { ...nothing, dryRun: request.isDryRun, reversed }
  }
  const shipped: ShippedFiles =
    request.templateId === undefined ? new Map() : await missingTemplateFiles(context, request.templateId)
  const works = await readWorks(withShipped(context, shipped), request)
  const copied = [...shipped.keys()].map(path => label(context.cwd, path))
  const decisions = works.flatMap(work => work.decisions)
  const notices = findAllNotices(works)
  const looking = { decisions, files: [], notices, dryRun: true, copied, gitignore: 'unchanged' } as const
  if (request.isExplain) return looking
  if (request.isCheck) return { ...looking, uncovered: findUncovered(works) }
  const results = await decideAll(context, works, request)
  if (request.isDryRun) return { ...looking, files: results.map(result => reportOf(result)) }
  await copyShipped(context, shipped)
  const isChanged = await ensureGitignore(
    context,
    works.map(({ pair }) => pair),
  )
  await writePlans(context, results)
  const exposures = await findExposure(context, works)
  const files = results.map(result => reportOf(result, exposures.get(result.work)))
  return { decisions, files, notices, dryRun: false, copied, gitignore: isChanged ? 'changed' : 'unchanged' }
}

/** One template may fill several targets. */
function findAllNotices(works: readonly Work[]): readonly Notice[] {
  const templates = new Map(works.map(({ template }) => [template.path, template]))
  return [...templates.values()].flatMap(findNotices).concat(works.flatMap(plainFileNotice))
}

/** A file is copied, backed up and read by every process of its user: not where production gets its secrets from. */
function plainFileNotice({ environment, decisions, pair }: Work): readonly Notice[] {
  const isSecret = decisions.some(({ decision }) => decision === 'generate' || decision === 'ask')
  if (canonicalName(environment) !== 'production' || !isSecret) return []
  const path = pair.targetLabel
  const next = `secrets push --env ${environment} --from ${path}`
  const message = `plain files are not for ${environment}: declare its store in secrets.yaml, then ${next}, and remove the file`
  return [{ kind: 'plain-file', path, line: 1, message }]
}

async function readWorks(context: Context, request: InitRequest): Promise<readonly Work[]> {
  const manifest = await loadManifest(context)
  const pairs = await selectPairs(context, request, [...(manifest?.environments.keys() ?? [])])
  const settings = new Map(request.settings.map(parseSetting))
  const around = { manifest, settings, memory: await loadInitMemory(context) }
  const works: Work[] = []
  for (const pair of pairs) works.push(await readWork(context, pair, around))
  requireKnown(works, settings)
  if (!request.isInteractive) return await settle(context, works)
  const reviewed: Work[] = []
  for (const work of works) reviewed.push(await redecide(work, await reviewDecisions(context, work)))
  return await settle(context, reviewed)
}

/** What follows from other files: templates of the same environment, and the services of a compose file. */
async function settle(context: Context, works: readonly Work[]): Promise<readonly Work[]> {
  const related = relateWorks(works)
  if (!(await hasCompose(context))) return related
  const { keepLiterals, readComposeFile } = await import('./init/compose.ts')
  const file = await readComposeFile(context)
  const isLocal = ({ environment }: Work): boolean =>
    ['development', 'test'].includes(canonicalName(environment))
  return file === undefined ? related : related.map(work => (isLocal(work) ? keepLiterals(work, file) : work))
}

/** What follows from another template of the same environment. */
function relateWorks(works: readonly Work[]): readonly Work[] {
  const related = new Map<Work, readonly Decision[]>()
  for (const environment of new Set(works.map(each => each.environment))) {
    const group = works.filter(each => each.environment === environment)
    if (group.length < 2) continue
    const decisions = relateFiles(group.map(each => ({ document: each.template, decisions: each.decisions })))
    for (const [at, work] of group.entries()) related.set(work, decisions[at] ?? work.decisions)
  }
  return works.map(work => ({ ...work, decisions: related.get(work) ?? work.decisions }))
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

async function decideAll(
  context: Context,
  works: readonly Work[],
  request: InitRequest,
): Promise<readonly Result[]> {
  const made = await generateValues(context, works)
  const mayAsk = context.terminal.isInteractive && !request.isUnattended && !request.isDryRun
  if (mayAsk) await askForValues(context, made)
  const results: Result[] = []
  for (const work of works) results.push(await decideOne(context, work, made, mayAsk))
  return results
}

async function decideOne(
  context: Context,
  work: Work,
  all: ReadonlyMap<Work, NewValues>,
  mayAsk: boolean,
): Promise<Result> {
  const { template, existing, memory, decisions, pair } = work
  const made = all.get(work)
  const defaultOf = (decision: Decision): string | undefined => {
    const node = template.find(decision.name)
    if (decision.decision === 'derive') return derivedValue(work, decision, all)
    if (decision.value !== undefined) return decision.value
    return node === undefined ? undefined : template.value(node)
  }
  const comparison = compareTemplates({ template, existing, memory, decisions, defaultOf })
  const taken = new Set<string>()
  for (const offer of mayAsk ? comparison.offers : []) {
    if (await isTaken(context, work, offer)) taken.add(offer.name)
  }
  const replacements = new Map([...comparison.defaults].filter(([name]) => taken.has(name)))
  const filled = fillTarget({ ...work, replacements }, decisions, made?.values ?? new Map())
  const offered = comparison.offers.map(({ name }) => name)
  const remembered = rememberTemplate({
    ...{ template, memory, decisions, defaultOf, path: pair.templateLabel },
    document: filled.document,
    undecided: new Set(mayAsk ? [] : offered),
    random: count => context.random.bytes(count),
  })
  const { document } = filled
  const [generated, shared] = [made?.generated ?? new Map(), made?.shared ?? new Set<string>()]
  return { work, document, generated, shared, remembered, filled, comparison, taken }
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

function reportOf(
  { work, filled, generated, comparison, taken, shared }: Result,
  exposure: Exposure = {},
): InitFile {
  const isChanged = filled.filled.length > 0 || filled.added.length > 0
  return {
    template: work.pair.templateLabel,
    target: work.pair.targetLabel,
    environment: work.environment,
    outcome: work.existing === undefined ? 'created' : isChanged ? 'updated' : 'unchanged',
    added: filled.added,
    generated: [...generated.keys()],
    shared: [...shared],
    needs: filled.needs,
    removed: comparison.removed.map(each => ({ ...each, line: lineOf(filled, each) })),
    changed: comparison.offers.map(offer => ({
      ...offer,
      line: lineOf(filled, offer),
      taken: taken.has(offer.name),
    })),
    conflicts: comparison.conflicts.map(each => ({ ...each, line: lineOf(filled, each) })),
    exposure,
  }
}

/** Lines move when variables are added above them. */
function lineOf({ document }: Filled, { name, line }: { name: string; line: number }): number {
  return document.find(name)?.line ?? line
}
