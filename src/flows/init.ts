import { basename, join } from 'node:path'
import type { Context, FileContent } from '../context.ts'
import { classify, type Decision } from '../core/classifier/index.ts'
import { chooseEnvironment } from '../core/environment.ts'
import { defaultReaders, EnvDocument, type ReaderId } from '../core/env-file/index.ts'
import { SecretsError } from '../core/errors.ts'
import { fingerprint, saltBytes } from '../core/fingerprint.ts'
import { parseForm } from '../core/form.ts'
import { type Filled, fillTarget, namesWithoutValue, type Need } from '../core/init-fill.ts'
import type { GeneratedFact, InitRecord } from '../core/init-record.ts'
import type { Manifest } from '../core/manifest/manifest.ts'
import { generateValue } from '../generators/index.ts'
import { copyFiles, ensureGitignore, missingTemplateFiles } from './init-files.ts'
import { updateInitRecord } from './init-record.ts'
import { loadManifest } from './manifest.ts'
import { choosePairs, findTemplates, pair, pairOf, type TemplatePair } from './project.ts'
import { label } from './text-file.ts'
import { refuseTracked } from './values.ts'

export interface InitRequest {
  readonly templateId?: string
  readonly from?: string
  readonly to?: string
  readonly isDryRun: boolean
  readonly isExplain: boolean
  /** `--yes`: nothing is asked. */
  readonly isUnattended: boolean
}

export interface InitFile {
  readonly template: string
  readonly target: string
  readonly environment: string
  readonly outcome: 'created' | 'updated' | 'unchanged'
  readonly added: readonly string[]
  readonly generated: readonly string[]
  readonly needs: readonly Need[]
}

export interface InitReport {
  readonly decisions: readonly Decision[]
  readonly files: readonly InitFile[]
  readonly dryRun: boolean
  /** Files of a shipped template that were put there first. */
  readonly copied: readonly string[]
  readonly gitignore: 'changed' | 'unchanged'
}

/** One template with everything that was read for it. */
interface Work {
  readonly pair: TemplatePair
  readonly environment: string
  readonly template: EnvDocument
  readonly existing: EnvDocument | undefined
  readonly content: FileContent | undefined
  readonly decisions: readonly Decision[]
  readonly readers: readonly ReaderId[]
}

interface Result {
  readonly work: Work
  readonly filled: Filled
  readonly generated: ReadonlyMap<string, GeneratedFact>
}

/**
 * `.env` from its template. Everything is read, decided and generated before the first byte is written; then
 * `.gitignore`, init's record and the targets are written, each in one atomic step, so that a stop at any point leaves
 * complete files and a second run finishes the work.
 */
export async function runInit(context: Context, request: InitRequest): Promise<InitReport> {
  const isLooking = request.isDryRun || request.isExplain
  const shipped =
    request.templateId === undefined
      ? new Map<string, Uint8Array>()
      : await missingTemplateFiles(context, request.templateId)
  if (!isLooking) await copyFiles(context, shipped)
  const copied = [...shipped.keys()].map(path => label(context.cwd, path))
  const manifest = await loadManifest(context)
  const pairs = await selectPairs(context, request, manifest, [...shipped.keys()])
  const works: Work[] = []
  for (const one of pairs) works.push(await readWork(context, one, manifest, shipped))
  const decisions = works.flatMap(work => work.decisions)
  if (request.isExplain) return { decisions, files: [], dryRun: true, copied, gitignore: 'unchanged' }
  const results: Result[] = []
  for (const work of works) results.push(await fill(context, work, request))
  const isChanged = request.isDryRun ? false : await writeAll(context, results, pairs)
  const gitignore = isChanged ? 'changed' : 'unchanged'
  return { decisions, files: results.map(reportOf), dryRun: request.isDryRun, copied, gitignore }
}

async function selectPairs(
  context: Context,
  { from, to }: InitRequest,
  manifest: Manifest | undefined,
  shipped: readonly string[],
): Promise<readonly TemplatePair[]> {
  if (from !== undefined) return [explicitPair(context, from, to)]
  if (to !== undefined) {
    throw new SecretsError('usage.invalid_argument', '--to needs --from', {
      hints: ['see: secrets init --help'],
    })
  }
  const declared = [...(manifest?.environments.keys() ?? [])]
  const found = await findTemplates(context)
  // In a dry run the files of a shipped template are not there: they count as if they were.
  const coming = shipped.filter(path => !found.some(({ template }) => template === path))
  const pairs = choosePairs(context, [...found, ...coming.flatMap(path => pairOf(context, path))], declared)
  if (pairs.length > 0) return pairs
  throw new SecretsError(
    'template.missing',
    'there is no template here (.env.example, .env.sample, env.template …)',
    {
      hints: [
        'name it: secrets init --from FILE',
        `or begin with a shipped one: secrets init --template ${(await context.templateIds()).join('|')}`,
      ],
    },
  )
}

function explicitPair(context: Context, from: string, to: string | undefined): TemplatePair {
  const template = context.resolve(from)
  const target = to === undefined ? join(template, '..', '.env') : context.resolve(to)
  if (template !== target) return pair(context, template, target)
  throw new SecretsError('env_file.same_path', 'the template and the file to write are the same', {
    at: { path: from },
    hints: ['name another file: --to .env.local'],
  })
}

async function readWork(
  context: Context,
  one: TemplatePair,
  manifest: Manifest | undefined,
  shipped: ReadonlyMap<string, Uint8Array>,
): Promise<Work> {
  const bytes = (await context.files.read(one.template))?.bytes ?? shipped.get(one.template)
  if (bytes === undefined) {
    throw new SecretsError('template.missing', 'the template is not there', {
      at: { path: one.templateLabel },
      hints: ['name another one: secrets init --from FILE'],
    })
  }
  const template = EnvDocument.parse(bytes, one.templateLabel)
  if (template.nodes.every(({ kind }) => kind === 'blank')) {
    throw new SecretsError('template.empty', 'the template is empty', {
      at: { path: one.templateLabel },
      hints: ['list the variables that the project reads, one NAME= per line'],
    })
  }
  const content = await context.files.read(one.target)
  const existing = content === undefined ? undefined : EnvDocument.parse(content.bytes, one.targetLabel)
  const { name: environment } = chooseEnvironment({
    option: context.options.env,
    fileName: basename(one.target),
    valueOf: variable => (existing ?? template).values().get(variable),
    declared: [...(manifest?.environments.keys() ?? [])],
  })
  const settings = { path: one.targetLabel }
  await refuseTracked(context, { id: one.targetLabel, provider: 'dotenv', environment, settings })
  const overrides = declaredForms(manifest, environment)
  const decisions = classify(template, { file: one.templateLabel, overrides })
  const readers = readersOf(manifest, environment)
  return { pair: one, environment, template, existing, content, decisions, readers }
}

/** What the manifest says wins over what the template's words suggest. */
function declaredForms(
  manifest: Manifest | undefined,
  environment: string,
): ReadonlyMap<string, { decision: 'generate'; form: string; reason: string }> {
  const forms = new Map<string, { decision: 'generate'; form: string; reason: string }>()
  for (const [name, variable] of manifest?.variables ?? []) {
    const form = variable.environments.get(environment)?.generate ?? variable.generate
    if (form !== undefined) forms.set(name, { decision: 'generate', form, reason: 'the manifest says so' })
  }
  return forms
}

function readersOf(manifest: Manifest | undefined, environment: string): readonly ReaderId[] {
  return manifest?.environments.get(environment)?.readers ?? manifest?.readers ?? defaultReaders
}

async function fill(context: Context, work: Work, request: InitRequest): Promise<Result> {
  const { existing, decisions } = work
  const values = new Map<string, string>()
  const generated = new Map<string, GeneratedFact>()
  const open = new Set(
    namesWithoutValue(
      existing,
      decisions.map(({ name }) => name),
    ),
  )
  for (const { name, decision, form = 'hex:32' } of decisions) {
    if (decision !== 'generate' || !open.has(name)) continue
    const value = await generateValue(parseForm(form), context.random)
    values.set(name, value.reveal())
    const print = fingerprint(value, context.random.bytes(saltBytes))
    generated.set(name, { form, at: context.clock.now(), fingerprint: print })
  }
  if (context.terminal.isInteractive && !request.isUnattended && !request.isDryRun) {
    await askFor(context, work, open, values)
  }
  return { work, generated, filled: fillTarget(work, decisions, values) }
}

/** Asks for what only a person can supply; an empty answer leaves it for later. */
async function askFor(
  context: Context,
  { decisions, pair: { targetLabel } }: Work,
  open: ReadonlySet<string>,
  values: Map<string, string>,
): Promise<void> {
  for (const { name, decision, reason } of decisions) {
    if (decision !== 'ask' || !open.has(name)) continue
    const answer = await context.terminal.askSecret(`${targetLabel}: ${name} (${reason}; empty = later): `)
    if (!answer.isEmpty) values.set(name, answer.reveal())
  }
}

async function writeAll(
  context: Context,
  results: readonly Result[],
  pairs: readonly TemplatePair[],
): Promise<boolean> {
  const isChanged = await ensureGitignore(context, pairs)
  // Before the values: a value that stands in the file without its record would not count as ours.
  if (results.some(({ generated }) => generated.size > 0)) {
    await updateInitRecord(context, record => merge(record, results))
  }
  for (const { work, filled } of results) {
    const bytes = filled.document.print()
    if (work.content !== undefined && Buffer.compare(bytes, work.content.bytes) === 0) continue
    await context.files.withLock(work.pair.target, context.signal, async () => {
      await context.files.replace(work.pair.target, bytes, {
        mode: 0o600,
        base: work.content?.version ?? 'absent',
      })
    })
  }
  return isChanged
}

function merge(record: InitRecord, results: readonly Result[]): InitRecord {
  const merged = new Map([...record].map(([file, facts]) => [file, new Map(facts)]))
  for (const { work, generated } of results) {
    const facts = merged.get(work.pair.targetLabel) ?? new Map<string, GeneratedFact>()
    for (const [name, fact] of generated) facts.set(name, fact)
    if (facts.size > 0) merged.set(work.pair.targetLabel, facts)
  }
  return merged
}

function reportOf({ work, filled, generated }: Result): InitFile {
  const isChanged = filled.filled.length > 0 || filled.added.length > 0
  return {
    template: work.pair.templateLabel,
    target: work.pair.targetLabel,
    environment: work.environment,
    outcome: work.existing === undefined ? 'created' : isChanged ? 'updated' : 'unchanged',
    added: filled.added,
    generated: [...generated.keys()],
    needs: filled.needs,
  }
}
