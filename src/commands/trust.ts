import { printableInline } from '../core/printable.ts'
import type { TrustReport } from '../flows/trust/trust.ts'
import { defineCommand, plainStyle, type Style } from './command.ts'
import { atMostOne, flag } from './input.ts'

interface TrustData {
  readonly trust: TrustReport | { readonly manifest: string; readonly action: 'revoked' | 'none' }
}

export const trust = defineCommand<TrustData>({
  name: 'trust',
  summary: 'say that you have read what the manifest would contact, run or load',
  group: 'Stores',
  options: [
    { flags: '--yes', description: 'record it without being asked' },
    { flags: '--print', description: 'print the digest of the content, record nothing' },
    { flags: '--revoke', description: 'take it back' },
  ],
  examples: [
    { line: 'secrets trust', note: 'shows what it would do, and asks' },
    { line: 'secrets trust --print', note: 'the digest, for --trust in CI' },
    { line: 'secrets trust --revoke', note: 'nothing remote is contacted any more' },
  ],
  async run(input, context) {
    atMostOne(input, 'yes', 'print', 'revoke')
    const { revokeTrust, runTrust } = await import('../flows/trust/trust.ts')
    if (flag(input, 'revoke')) {
      const { manifest, isRevoked } = await revokeTrust(context)
      return { data: { trust: { manifest, action: isRevoked ? 'revoked' : 'none' } }, exitCode: 0 }
    }
    const request = { isPrint: flag(input, 'print'), isConfirmed: flag(input, 'yes') }
    const { report, error } = await runTrust(context, request, shown =>
      // What is agreed to stands in the question itself, so that no option can hide it.
      context.terminal.confirm(`${viewReport(shown, plainStyle).join('\n')}\n\nTrust exactly this?`),
    )
    const data = { trust: report }
    return error === undefined ? { data, exitCode: 0 } : { data, exitCode: error.exitCode, error }
  },
  view({ trust: report }, style) {
    if (!('sha256' in report)) {
      const shown = printableInline(report.manifest)
      return report.action === 'revoked'
        ? `${style.good('revoked')} ${shown}\n`
        : `${shown} was not trusted\n`
    }
    if (report.action === 'printed') return `${report.sha256}\n`
    return `${[...viewReport(report, style), ...verdict(report, style)].join('\n')}\n`
  },
})

function viewReport(report: TrustReport, style: Style): readonly string[] {
  const lines = [...storeLines(report), ...hookLines(report), ...codeLines(report)]
  const width = Math.max(...lines.map(([what = '']) => what.length), 0)
  return [
    `${style.bold(printableInline(report.manifest))} asks for:`,
    ...lines.map(
      ([what = '', ...rest]) => `  ${what.padEnd(width)}  ${rest.map(printableInline).join('  ')}`,
    ),
    ...(lines.length === 0 ? ['  nothing beyond the files of the project'] : []),
    `${style.dim('sha256')} ${report.sha256}`,
  ]
}

type Line = readonly string[]

function storeLines({ remotes, notify, audit }: TrustReport): readonly Line[] {
  return [
    ...remotes.map(({ environment, provider, settings }) => [
      'contact',
      environment,
      provider,
      ...settings.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)),
    ]),
    ...notify.map(variable => ['notify', `the address in ${variable}`]),
    ...audit.map(place => ['log', `the audit log to ${place}`]),
  ]
}

function hookLines({ hooks }: TrustReport): readonly Line[] {
  return hooks.map(({ hook, of, run, env = [], http, tcp }) =>
    run === undefined
      ? ['call', `${of} ${hook}`, http ?? `tcp ${tcp ?? ''}`]
      : [
          ...['run', `${of} ${hook}`, run.map(quoteWord).join(' ')],
          ...(env.length === 0 ? [] : [`with ${env.join(', ')}`]),
        ],
  )
}

function codeLines({ files, packages }: TrustReport): readonly Line[] {
  return [
    ...files.map(({ path, role, sha256 }) => [
      role === 'hook' ? 'file' : 'load',
      path,
      sha256 === null ? `(${role}, not there)` : `(${role}, ${sha256.slice(0, 12)}…)`,
    ]),
    ...packages.map(name => ['load', name, '(provider, an installed package: its content is not looked at)']),
  ]
}

/** As a shell would need it, so that one word cannot pass for two. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function verdict({ state, action, since = '' }: TrustReport, style: Style): readonly string[] {
  if (action === 'recorded') return [`${style.good('trusted')} from now on, until one byte of it changes`]
  switch (state) {
    case 'trusted':
      return [`${style.good('trusted')} since ${since}`]
    case 'not-needed':
      return ['nothing here needs trust']
    case 'changed':
      return [style.warn('not trusted: it has changed since you trusted it')]
    case 'new':
      return [style.warn('not trusted')]
  }
}
