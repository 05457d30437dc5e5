import { isAbsolute, relative, sep } from 'node:path'
import { version } from '../../package.json'
import type { Context } from '../context.ts'
import { SecretsError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import { type Findings, reportForms, summaryOf } from '../reports/index.ts'
import { loadRules } from '../rules/index.ts'
import type { ValidateReport } from './validate.ts'

/** `text`, `json`, or the id of a report form. */
export interface ReportOutput {
  readonly form: string
  /** As it was given; absent for stdout. */
  readonly path?: string
}

/** Made by the command itself; the others by `src/reports`. */
const ownForms = ['text', 'json'] as const

/**
 * What `--output form[=file]` asks for; under GitHub Actions its annotations where nothing is asked for. At most one may go
 * to stdout, and none beside `--json`. Throws `usage.invalid_argument`.
 */
export function readOutputs(context: Context, words: readonly string[]): readonly ReportOutput[] {
  const { env, options } = context
  if (words.length === 0) {
    return env['GITHUB_ACTIONS'] === 'true' && !options.json ? [{ form: 'github' }] : []
  }
  const outputs = words.map(readOutput)
  const loose = outputs.filter(({ path }) => path === undefined)
  if (loose.length > 1 || (loose.length === 1 && options.json && loose[0]?.form !== 'json')) {
    throw new SecretsError('usage.invalid_argument', 'only one report can go to stdout', {
      hints: ['give the others a file: --output sarif=report.sarif'],
    })
  }
  return outputs
}

function readOutput(word: string): ReportOutput {
  const [form = '', ...rest] = word.split('=')
  const path = rest.join('=')
  const known = [...ownForms, ...reportForms.map(({ id }) => id)]
  if (!known.includes(form)) {
    const near = suggest(form, known)
    throw new SecretsError('usage.invalid_argument', 'there is no such form of report', {
      hints: [near === undefined ? `there are: ${known.join(', ')}` : `did you mean: --output ${near}`],
    })
  }
  if (rest.length > 0 && path === '') {
    throw new SecretsError('usage.invalid_argument', `--output ${form}= needs the name of a file`)
  }
  return path === '' ? { form } : { form, path }
}

/** How the command itself renders what it says. */
export interface Renderers {
  /** The whole text, without colour. */
  text(): string
  /** The last line of the text: the verdict. */
  closing(): string
  json(): string
}

/**
 * Writes the reports that have a file, and GitHub's summary of the step. Returns the text for stdout; `undefined` where
 * that is the usual one.
 */
export async function deliverReports(
  context: Context,
  outputs: readonly ReportOutput[],
  { report, isStrict, renderers }: { report: ValidateReport; isStrict: boolean; renderers: Renderers },
): Promise<string | undefined> {
  if (outputs.length === 0) return undefined
  const findings = await findingsOf(context, report, isStrict)
  const render = (form: string): string => {
    if (form === 'text') return renderers.text()
    if (form === 'json') return renderers.json()
    return reportForms.find(({ id }) => id === form)?.render(findings) ?? ''
  }
  for (const { form, path } of outputs) {
    if (path !== undefined) await writeFile(context, path, render(form))
  }
  if (outputs.some(({ form }) => form === 'github')) await addToSummary(context, findings)
  const loose = outputs.find(({ path }) => path === undefined)?.form
  if (loose === undefined || loose === 'text') return undefined
  // Annotations alone would leave the log without a verdict.
  return loose === 'github' ? `${render(loose)}${renderers.closing()}\n` : render(loose)
}

/** The page of the run is one file for all steps: each adds its own. */
async function addToSummary(context: Context, findings: Findings): Promise<void> {
  const path = context.env['GITHUB_STEP_SUMMARY']
  if (path === undefined || path === '') return
  const before = new TextDecoder().decode((await context.files.read(path))?.bytes)
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  await writeFile(context, path, `${before}${gap}${summaryOf(findings)}`)
}

async function findingsOf(
  { cwd, env }: Context,
  { findings, allowed, files }: ValidateReport,
  isStrict: boolean,
): Promise<Findings> {
  const base = relative(env['GITHUB_WORKSPACE'] ?? env['CI_PROJECT_DIR'] ?? cwd, cwd)
  return {
    findings,
    allowed,
    isStrict,
    version,
    rules: await loadRules(),
    files: files.map(({ path }) => path),
    places: files.filter(({ kind }) => kind !== 'file').map(({ path }) => path),
    // Elsewhere than in the checkout there is no such path.
    base: base.startsWith('..') || isAbsolute(base) ? '' : base.split(sep).join('/'),
  }
}

async function writeFile(context: Context, path: string, text: string): Promise<void> {
  const place = context.resolve(path)
  const before = await context.files.read(place)
  await context.files.replace(place, new TextEncoder().encode(text), {
    mode: 0o644,
    base: before?.version ?? 'absent',
  })
}
