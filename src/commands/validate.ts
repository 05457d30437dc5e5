import { placeText, SecretsError } from '../core/errors.ts'
import type { LayeringId } from '../core/layering.ts'
import { renderJson } from '../core/report.ts'
import type { ValidateReport, ValidateRequest } from '../flows/validate.ts'
import type { Finding } from '../rules/index.ts'
import { type CommandInput, defineCommand, plainStyle, type Style } from './command.ts'
import { atMostOne, flag, listOption, textOption } from './input.ts'

export const validate = defineCommand<ValidateReport>({
  name: 'validate',
  args: '[files...]',
  summary: 'check values against template and manifest; every problem at once',
  group: 'Check',
  options: [
    {
      flags: '--source <kind>',
      description: 'process or provider: only the process environment, or only the stores of --env',
    },
    { flags: '--values', description: 'with --source provider: read the values too, not only the names' },
    {
      flags: '--compose <file>',
      description: 'what the services of a compose file get; may be repeated, as with docker compose -f',
      isRepeatable: true,
    },
    {
      flags: '--layering <framework>',
      description: 'next, vite or dotenv-flow: the files that it reads for --env, as one environment',
    },
    { flags: '--strict', description: 'warnings count too' },
    { flags: '--require-values', description: 'exit 1 when there are no values to check' },
    {
      flags: '--rule <id=level>',
      description: 'off, info, warning or error for all findings of a rule; may be repeated',
      isRepeatable: true,
    },
    {
      flags: '--output <form>',
      description: 'text, json, github, junit or sarif; form=file writes it there; may be repeated',
      isRepeatable: true,
    },
    { flags: '--baseline <file>', description: 'known findings, which count no more; new ones do' },
    { flags: '--update-baseline', description: 'write that list, or take out of it what is gone' },
    { flags: '--changed', description: 'only files that differ from the base, or whose template does' },
    { flags: '--base <ref>', description: 'the base of --changed; found out in CI' },
    { flags: '--fix', description: 'repair modes, ignore rules and weak secrets of this machine' },
    { flags: '--dry-run', description: 'with --fix: say what would be repaired, change nothing' },
  ],
  examples: [
    { line: 'secrets validate', note: 'every .env of the project, or the process environment' },
    { line: 'secrets validate .env.production --strict', note: 'one file, warnings count' },
    { line: 'secrets validate --output sarif=report.sarif --output text', note: 'a report beside the text' },
    { line: 'secrets validate --rule debug=off --rule cors=warning', note: 'for this run' },
    { line: 'secrets validate --source provider --env staging', note: 'which names the store has' },
    { line: 'secrets validate --compose compose.yaml', note: 'what each container gets' },
    {
      line: 'secrets validate --layering next --env production',
      note: 'the files that Next.js takes together',
    },
    { line: 'secrets validate --changed --base main', note: 'what a pull request touches' },
    { line: 'secrets validate --baseline known.json --update-baseline', note: 'begin with what is there' },
    { line: 'secrets validate --fix --dry-run', note: 'what could be repaired here' },
  ],
  async run(input, context) {
    const words = listOption(input, 'output', false) ?? []
    const isWanted = words.length > 0 || context.env['GITHUB_ACTIONS'] === 'true'
    const reports = isWanted ? await import('../flows/reports.ts') : undefined
    const outputs = reports?.readOutputs(context, words) ?? []
    const { runValidate } = await import('../flows/validate.ts')
    const { report: data, error: failure } = await runValidate(context, readRequest(input))
    const { error, warning } = data.counts
    const isStrict = flag(input, 'strict')
    const isBad = error > 0 || (isStrict && warning > 0)
    const isEmpty = flag(input, 'requireValues') && data.source === 'static'
    const exitCode = failure?.exitCode ?? (isBad || isEmpty ? 1 : 0)
    const renderers = {
      text: () => viewReport(data, plainStyle),
      closing: () => closing(data, plainStyle),
      json: () => renderJson({ command: 'validate', exitCode, data, ...(failure && { error: failure }) }),
    }
    const text = await reports?.deliverReports(context, outputs, { report: data, isStrict, renderers })
    return { data, exitCode, ...(failure && { error: failure }), ...(text === undefined ? {} : { text }) }
  },
  view: viewReport,
})

function readRequest(input: CommandInput): ValidateRequest {
  const [baseline, base] = [textOption(input, 'baseline'), textOption(input, 'base')]
  const [isChanged, isFix] = [flag(input, 'changed'), flag(input, 'fix')]
  const [isDryRun, isUpdate] = [flag(input, 'dryRun'), flag(input, 'updateBaseline')]
  requireBeside(base === undefined || isChanged, '--base', '--changed')
  requireBeside(!isDryRun || isFix, '--dry-run', '--fix')
  requireBeside(!isUpdate || baseline !== undefined, '--update-baseline', '--baseline FILE')
  return {
    names: input.args,
    ruleOptions: listOption(input, 'rule') ?? [],
    ...readSource(input),
    ...(baseline !== undefined && { baseline: { path: baseline, isUpdate } }),
    ...(isChanged && { changed: base === undefined ? {} : { base } }),
    ...(isFix && { fix: { isDryRun } }),
  }
}

function readSource(input: CommandInput): Pick<ValidateRequest, 'from'> {
  const kind = textOption(input, 'source')
  const values = flag(input, 'values')
  const compose = listOption(input, 'compose', false)
  const layering = textOption(input, 'layering')
  atMostOne(input, 'source', 'compose', 'layering')
  requireBeside(!values || kind === 'provider', '--values', '--source provider')
  const given = kind !== undefined ? 'source' : compose !== undefined ? 'compose' : 'layering'
  if (given === 'layering' && layering === undefined) return {}
  atMostOne(input, given, 'changed')
  atMostOne(input, given, 'fix')
  if (input.args.length > 0)
    throw new SecretsError('usage.invalid_argument', `files cannot stand beside --${given}`)
  if (layering !== undefined) return { from: { kind: 'layering', id: readLayering(layering) } }
  if (compose !== undefined) return { from: { kind: 'compose', files: compose } }
  if (kind === 'provider') return { from: { kind, values } }
  if (kind === 'process') return { from: { kind } }
  throw new SecretsError('usage.invalid_argument', '--source takes process or provider')
}

function readLayering(word: string): LayeringId {
  const known = (['next', 'vite', 'dotenv-flow'] as const satisfies readonly LayeringId[]).find(
    id => id === word,
  )
  if (known !== undefined) return known
  throw new SecretsError('usage.invalid_argument', '--layering takes next, vite or dotenv-flow')
}

function requireBeside(isThere: boolean, given: string, other: string): void {
  if (!isThere) throw new SecretsError('usage.invalid_argument', `${given} stands only beside ${other}`)
}

function viewReport(report: ValidateReport, style: Style): string {
  const lines = report.findings.flatMap(finding => viewFinding(finding, style))
  return `${[...viewRepairs(report, style), ...lines, closing(report, style)].join('\n')}\n`
}

function viewRepairs({ repairs }: ValidateReport, style: Style): readonly string[] {
  if (repairs === undefined) return []
  const verb = repairs.isDryRun ? 'would repair' : 'repaired'
  const lines = repairs.list.map(({ path, name, what, rule }) => {
    const subject = name === undefined ? path : `${path}: ${name}`
    return `${style.good(verb)} ${subject}: ${what} ${style.dim(`[${rule}]`)}`
  })
  return lines.length > 0 ? lines : ['nothing that can be repaired without a decision of yours']
}

function viewFinding(finding: Finding, style: Style): readonly string[] {
  const { severity, message, rule, fix } = finding
  const paint = severity === 'error' ? style.bad : severity === 'warning' ? style.warn : style.dim
  const line = `${placeText(finding)}: ${paint(severity)}: ${message} ${style.dim(`[${rule}]`)}`
  return fix === undefined ? [line] : [line, `  ${style.dim('fix:')} ${fix}`]
}

function closing(report: ValidateReport, style: Style): string {
  const { counts, source, files, allowed, environment, baseline } = report
  const { error, warning } = counts
  const where =
    source === 'static'
      ? `no values here; template and manifest were checked${report.isElsewhere === true ? `; for the store: secrets validate --env ${environment.name} --source provider` : ''}`
      : files.length === 0
        ? 'nothing that was asked for has changed'
        : files.map(viewPlace).join(report.layering === undefined ? ', ' : ' over ')
  const shown =
    source === 'process' ? `the process environment (${environment.name}, from ${environment.source})` : where
  const depth = report.values === false ? '; names only, no value was read' : ''
  const lost = (report.unanswered ?? []).map(({ path, code }) => `; no answer from ${path} [${code}]`)
  const verdict =
    error + warning === 0
      ? style.good('no problems')
      : `${plural(error, 'error')}, ${plural(warning, 'warning')}`
  const accepted = allowed.length === 0 ? '' : `, ${String(allowed.length)} accepted by "# secrets: allow"`
  const listed = baseline === undefined ? '' : baselineText(baseline)
  return `${verdict}${accepted}${listed}: ${shown}${depth}${lost.join('')}`
}

function viewPlace({ kind, path, environment, source }: ValidateReport['files'][number]): string {
  return kind === 'provider' ? path : `${path} (${environment}, from ${source})`
}

function baselineText({ path, known, gone }: NonNullable<ValidateReport['baseline']>): string {
  const shrink = gone === 0 ? '' : `, ${String(gone)} of them gone (--update-baseline)`
  return `, ${String(known)} known from ${path}${shrink}`
}

function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}
