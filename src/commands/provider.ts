import { SecretsError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import { printableInline } from '../core/printable.ts'
import type { Guarantees } from '../core/rotation/port.ts'
import type { CheckedTarget, ListedProvider } from '../flows/provider.ts'
import { type CommandInput, defineCommand, type Style } from './command.ts'
import { viewTable } from './table.ts'

type ProviderData =
  { readonly providers: readonly ListedProvider[] } | { readonly checks: readonly CheckedTarget[] }

export const provider = defineCommand<ProviderData>({
  name: 'provider',
  args: '[action]',
  summary: 'list the stores that there are, or check those of this project',
  group: 'Stores',
  options: [],
  examples: [
    { line: 'secrets provider list', note: 'what there is, and what this project uses' },
    { line: 'secrets provider check', note: 'who we are there, and what each store can promise' },
    { line: 'secrets provider check --env production', note: 'one environment' },
  ],
  async run(input, context) {
    const action = readAction(input)
    const { listProviders, checkProviders } = await import('../flows/provider.ts')
    if (action === 'list') return { data: { providers: await listProviders(context) }, exitCode: 0 }
    const { checks, error } = await checkProviders(context)
    if (error === undefined) return { data: { checks }, exitCode: 0 }
    return { data: { checks }, exitCode: error.exitCode, error }
  },
  view(data, style) {
    if ('checks' in data) return `${data.checks.flatMap(check => viewCheck(check, style)).join('\n')}\n`
    const rows = data.providers.map(({ id, kind, configured, environments, title }) => [
      style.bold(printableInline(id)),
      kind,
      configured ? style.good(environments.join(', ')) : style.dim('not used here'),
      title ?? 'adapter of somebody else',
    ])
    return viewTable(['PROVIDER', 'KIND', 'USED FOR', 'WHAT IT IS'], rows, style)
  },
})

function readAction({ args: [word = ''] }: CommandInput): 'list' | 'check' {
  if (word === 'list' || word === 'check') return word
  const near = suggest(word, ['list', 'check'])
  throw new SecretsError('usage.invalid_argument', '"secrets provider" takes the word list or check', {
    hints:
      near === undefined
        ? ['what there is: secrets provider list', 'ask the stores: secrets provider check']
        : [`did you mean: secrets provider ${near}`],
  })
}

function viewCheck(check: CheckedTarget, style: Style): readonly string[] {
  const { target, environment, provider: id, who = '', where = '', error, guarantees, meaning } = check
  const head = `${style.bold(printableInline(target))} ${style.dim(`(${printableInline(id)}, ${environment})`)}`
  if (error !== undefined)
    return [`${style.bad('failed')} ${head}: ${printableInline(error.message)} [${error.code}]`]
  const lines = [
    `${style.good('reachable')} ${head}`,
    `  as     ${printableInline(who)}`,
    `  where  ${printableInline(where)}`,
  ]
  if (!guarantees || meaning === undefined) return [...lines, '  cannot rotate: values are read and set only']
  const names = Object.keys(guarantees) as (keyof Guarantees)[]
  const width = Math.max(...names.map(name => name.length))
  return [...lines, ...names.map(name => `  ${style.dim(name.padEnd(width))}  ${meaning[name]}`)]
}
