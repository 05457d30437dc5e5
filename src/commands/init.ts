import type { Notice } from '../core/init-withhold.ts'
import type { Uncovered } from '../flows/init/check.ts'
import type { InitFile, InitReport, InitRequest } from '../flows/init/report.ts'
import type { ReverseReport } from '../flows/init/reverse.ts'
import { type CommandInput, defineCommand, type Style } from './command.ts'
import { atMostOne, flag, listOption, textOption } from './input.ts'
import { viewTable } from './table.ts'

/** `--template` without an id. */
interface ShippedTemplates {
  readonly templates: readonly { readonly id: string; readonly title: string }[]
}

export const init = defineCommand<InitReport | ShippedTemplates>({
  name: 'init',
  summary: 'write .env from .env.example, with strong secrets generated',
  group: 'Start a project',
  options: [
    { flags: '--from <file>', description: 'use this template, whatever its name' },
    { flags: '--to <file>', description: 'with --from or --reverse: the file to write' },
    { flags: '--reverse <file>', description: 'the other way: a template (--to) without any secret' },
    { flags: '--template [id]', description: 'begin with a shipped template; without an id: list them' },
    {
      flags: '--explain',
      description: 'show what would be decided for each variable and why; write nothing',
    },
    { flags: '--dry-run', description: 'show what would be written; write nothing' },
    { flags: '--check', description: 'exit 1 with a list where a file does not cover its template' },
    { flags: '--interactive', description: 'show each decision and let it be changed' },
    {
      flags: '--set <decisions...>',
      description: 'decide yourself: NAME=generate:hex:32, NAME=ask or NAME=keep',
    },
    { flags: '--yes', description: 'ask nothing' },
  ],
  examples: [
    { line: 'secrets init', note: 'every template here and in direct sub-packages' },
    { line: 'secrets init --template flask', note: 'a new project; "secrets init --template" lists them' },
    { line: 'secrets init --explain', note: 'the decisions, with reasons' },
    { line: 'secrets init --set APP_KEY=generate:base64:32 SENTRY_DSN=ask', note: 'decided by you' },
    { line: 'secrets init --check', note: 'for CI and git hooks' },
    { line: 'secrets init --reverse .env --to .env.example', note: 'a template from what is there' },
    { line: 'secrets init --env production', note: '.env.production, with the defaults of production' },
    { line: 'secrets init --env test', note: '.env.test, complete without anybody' },
  ],
  async run(input, context) {
    atMostOne(input, 'template', 'from', 'reverse')
    atMostOne(input, 'explain', 'dryRun', 'check')
    atMostOne(input, 'interactive', 'yes')
    for (const other of ['explain', 'check', 'interactive']) atMostOne(input, 'reverse', other)
    if (flag(input, 'template')) {
      const titles = Object.entries(await context.templateTitles())
      return { data: { templates: titles.map(([id, title]) => ({ id, title })) }, exitCode: 0 }
    }
    const { runInit } = await import('../flows/init.ts')
    const data = await runInit(context, readRequest(input))
    const isIncomplete = data.files.some(({ needs }) => needs.length > 0) || (data.uncovered?.length ?? 0) > 0
    return { data, exitCode: isIncomplete ? 1 : 0 }
  },
  view(report, style) {
    if ('templates' in report) {
      const rows = report.templates.map(({ id, title }) => [style.bold(id), title])
      return viewTable(['TEMPLATE', 'WHAT IT IS FOR'], rows, style)
    }
    if (report.reversed !== undefined) return viewReversed(report.reversed, report.dryRun, style)
    if (report.uncovered !== undefined) return viewUncovered(report.uncovered, style)
    return report.files.length === 0 ? viewDecisions(report, style) : viewFiles(report, style)
  },
})

function readRequest(input: CommandInput): InitRequest {
  const templateId = textOption(input, 'template')
  const [from, to] = [textOption(input, 'from'), textOption(input, 'to')]
  const reverse = textOption(input, 'reverse')
  return {
    isDryRun: flag(input, 'dryRun'),
    isExplain: flag(input, 'explain'),
    isCheck: flag(input, 'check'),
    isUnattended: flag(input, 'yes'),
    isInteractive: flag(input, 'interactive'),
    settings: listOption(input, 'set', false) ?? [],
    ...(templateId === undefined ? {} : { templateId }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(reverse === undefined ? {} : { reverse }),
  }
}

function viewDecisions({ decisions, notices }: InitReport, style: Style): string {
  const rows = decisions.map(({ file, line, name, decision, form, from, value, reason }) => [
    `${file}:${String(line)}`,
    name,
    decision === 'keep' ? style.dim(decision) : style.good(decision),
    form ?? from ?? (value === undefined ? '' : `= ${value}`),
    reason,
  ])
  const table = viewTable(['WHERE', 'VARIABLE', 'DECISION', 'FORM', 'REASON'], rows, style)
  return notices.length === 0 ? table : `${table}\n${viewNotices(notices, style).join('\n')}\n`
}

function viewNotices(notices: readonly Notice[], style: Style): readonly string[] {
  return notices.map(({ path, line, name, message }) => {
    const place = style.warn(`${path}:${String(line)}`)
    return `${place}${name === undefined ? '' : ` ${name}`}: ${message}`
  })
}

function viewUncovered(uncovered: readonly Uncovered[], style: Style): string {
  if (uncovered.length === 0) return `${style.good('covered')}: nothing of the templates is missing\n`
  const lines = uncovered.map(({ name, path, line, reason }) => {
    const place = line === undefined ? path : `${path}:${String(line)}`
    return name === undefined ? `${style.bad(place)}: ${reason}` : `${place} ${style.bad(name)}: ${reason}`
  })
  return `${lines.join('\n')}\n\nNext: secrets init\n`
}

function viewReversed(report: ReverseReport, isDryRun: boolean, style: Style): string {
  const { source, target, outcome, kept, emptied, added, removed } = report
  const verb = isDryRun ? `would be ${outcome}` : outcome
  const lines = [`${style.good(verb)} ${style.bold(target)} from ${source}, without any secret`]
  if (outcome === 'updated') lines.push(`  added: ${added.join(', ')}`)
  if (emptied.length > 0) lines.push('  without value:')
  for (const { name, line, reason } of emptied) lines.push(`    ${source}:${String(line)} ${name}: ${reason}`)
  if (kept.length > 0) lines.push(`  with value: ${kept.join(', ')}`)
  for (const { name, line } of removed)
    lines.push(`  ${target}:${String(line)} ${name} is no longer in ${source}`)
  lines.push('', 'Read it once before you commit it; then: secrets init --check')
  return `${lines.join('\n')}\n`
}

function viewFiles({ files, notices, dryRun, copied, gitignore }: InitReport, style: Style): string {
  const lines = copied.map(path => `${style.good('copied')} ${path}`)
  lines.push(...viewNotices(notices, style))
  for (const file of files) lines.push(...viewFile(file, dryRun, style))
  if (files.length > 1) lines.push('', ...viewSummary(files, style))
  if (gitignore === 'changed')
    lines.push(`${style.good('updated')} .gitignore, so that values stay out of git`)
  const isComplete = files.every(({ needs }) => needs.length === 0)
  if (!dryRun)
    lines.push('', isComplete ? 'Next: secrets validate' : 'Fill in what is listed, then: secrets validate')
  return `${lines.join('\n')}\n`
}

function viewFile(file: InitFile, isDryRun: boolean, style: Style): string[] {
  const { target, template, outcome, generated, added, needs } = file
  const verb = isDryRun ? `would be ${outcome}` : outcome
  const lines = [`${style.good(verb)} ${style.bold(target)} from ${template}`]
  if (generated.length > 0) lines.push(`  generated: ${generated.join(', ')}`)
  const others = added.filter(name => !generated.includes(name))
  if (outcome === 'updated' && others.length > 0) lines.push(`  added: ${others.join(', ')}`)
  lines.push(...viewMerge(file, style), ...viewExposure(file, style))
  if (needs.length > 0) lines.push(`  ${style.warn('needed from you')}:`)
  for (const { name, line, reason } of needs) lines.push(`    ${target}:${String(line)} ${name}: ${reason}`)
  return lines
}

function viewExposure({ target, exposure }: InitFile, style: Style): readonly string[] {
  const { tightened, notIgnored, commit } = exposure
  return [
    ...(tightened ? ['  others could read it; its mode is 0600 now'] : []),
    ...(notIgnored
      ? [`  ${style.warn('git does not ignore it')}: a rule of another .gitignore takes it back in`]
      : []),
    ...(commit === undefined
      ? []
      : [
          `  ${style.warn(`commit ${commit} has it`)}: rotate what stood there (git show ${commit} -- ${target})`,
        ]),
  ]
}

/** One line for each file; its own lines above have the names. */
function viewSummary(files: readonly InitFile[], style: Style): string[] {
  const rows = files.map(({ target, outcome, generated, shared, needs }) => [
    target,
    outcome,
    String(generated.length),
    String(shared.length),
    needs.length === 0 ? style.good('0') : style.warn(String(needs.length)),
  ])
  return viewTable(['FILE', 'OUTCOME', 'GENERATED', 'SHARED', 'NEEDED'], rows, style).trimEnd().split('\n')
}

/** What the template has changed since the last time. */
function viewMerge({ target, template, removed, changed, conflicts }: InitFile, style: Style): string[] {
  const at = (line: number): string => `${target}:${String(line)}`
  const inTemplate = ({ templateLine }: { templateLine: number }): string =>
    `${template}:${String(templateLine)}`
  return [
    ...changed.map(change =>
      change.taken
        ? `  took the new default of ${change.name} from ${inTemplate(change)}`
        : `  ${style.warn('new default')} of ${change.name} in ${inTemplate(change)}; ${at(change.line)} has the old one`,
    ),
    ...conflicts.map(
      change =>
        `  ${style.warn('conflict')}: ${change.name} was changed in ${inTemplate(change)} and in ${at(change.line)}; yours stays`,
    ),
    ...removed.map(
      ({ name, line }) => `  ${at(line)} ${name} is no longer in the template; remove it if nothing reads it`,
    ),
  ]
}
