import { SecretsError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import { printableInline } from '../core/printable.ts'
import type { Guarantees } from '../core/rotation/port.ts'
import type { CheckedTarget, ListedProvider } from '../flows/provider.ts'
import type { PassphraseReport } from '../flows/passphrase.ts'
import { type CommandInput, defineCommand, type Style } from './command.ts'
import { atMostOne, flag, textOption } from './input.ts'
import { viewTable } from './table.ts'

type ProviderData =
  | { readonly providers: readonly ListedProvider[] }
  | { readonly checks: readonly CheckedTarget[] }
  | { readonly identity: PassphraseReport }

export const provider = defineCommand<ProviderData>({
  name: 'provider',
  args: '[action]',
  summary: 'list the stores that there are, check those of this project, protect the key of the local one',
  group: 'Stores',
  options: [
    { flags: '--new-file <file>', description: 'with passphrase: read the new one from a file' },
    { flags: '--remove', description: 'with passphrase: store the key without one again' },
  ],
  examples: [
    { line: 'secrets provider list', note: 'what there is, and what this project uses' },
    { line: 'secrets provider check', note: 'who we are there, and what each store can promise' },
    { line: 'secrets provider check --env production', note: 'one environment' },
    { line: 'secrets provider passphrase', note: 'put the key of the local store under a passphrase' },
  ],
  async run(input, context) {
    const action = readAction(input)
    if (action === 'passphrase') {
      const newFile = textOption(input, 'newFile')
      const { changePassphrase } = await import('../flows/passphrase.ts')
      const request = { isRemove: flag(input, 'remove'), ...(newFile === undefined ? {} : { newFile }) }
      return { data: { identity: await changePassphrase(context, request) }, exitCode: 0 }
    }
    const { listProviders, checkProviders } = await import('../flows/provider.ts')
    if (action === 'list') return { data: { providers: await listProviders(context) }, exitCode: 0 }
    const { checks, error } = await checkProviders(context)
    if (error === undefined) return { data: { checks }, exitCode: 0 }
    return { data: { checks }, exitCode: error.exitCode, error }
  },
  view(data, style) {
    if ('checks' in data) return `${data.checks.flatMap(check => viewCheck(check, style)).join('\n')}\n`
    if ('identity' in data) return viewIdentity(data.identity, style)
    const rows = data.providers.map(({ id, kind, configured, environments, title }) => [
      style.bold(printableInline(id)),
      kind,
      configured ? style.good(environments.join(', ')) : style.dim('not used here'),
      title ?? 'adapter of somebody else',
    ])
    return viewTable(['PROVIDER', 'KIND', 'USED FOR', 'WHAT IT IS'], rows, style)
  },
})

const actions = ['list', 'check', 'passphrase'] as const

function readAction(input: CommandInput): (typeof actions)[number] {
  const [word = ''] = input.args
  const action = actions.find(one => one === word)
  if (action === undefined) {
    const near = suggest(word, actions)
    throw new SecretsError(
      'usage.invalid_argument',
      '"secrets provider" takes the word list, check or passphrase',
      {
        hints:
          near === undefined
            ? ['what there is: secrets provider list', 'ask the stores: secrets provider check']
            : [`did you mean: secrets provider ${near}`],
      },
    )
  }
  atMostOne(input, 'newFile', 'remove')
  const isGiven = textOption(input, 'newFile') !== undefined || flag(input, 'remove')
  if (action === 'passphrase' || !isGiven) return action
  throw new SecretsError('usage.invalid_argument', '--new-file and --remove belong to "provider passphrase"')
}

function viewIdentity({ path, action }: PassphraseReport, style: Style): string {
  const shown = style.bold(printableInline(path))
  switch (action) {
    case 'none':
      return `${shown} has no passphrase\n`
    case 'removed':
      return `${style.warn('not protected')} ${shown}: who can read the file can open the store\n`
    case 'protected':
    case 'changed':
      return `${style.good(action)} ${shown}: older copies and backups open as they did before\n`
  }
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
