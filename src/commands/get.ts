import type { Secret } from '../core/secret.ts'
import { defineCommand } from './command.ts'
import { flag, requireNames } from './input.ts'

/** The value stays wrapped: `--json` shows it only with `--reveal`, a terminal only with `--reveal`, a pipe always. */
class FoundSecret {
  readonly name: string
  readonly version: string
  readonly value: Secret
  readonly isRevealed: boolean
  readonly isMasked: boolean

  constructor(found: Pick<FoundSecret, 'name' | 'version' | 'value' | 'isRevealed' | 'isMasked'>) {
    this.name = found.name
    this.version = found.version
    this.value = found.value
    this.isRevealed = found.isRevealed
    this.isMasked = found.isMasked
  }

  toJSON(): object {
    const { name, version } = this
    return { secret: { name, version, ...(this.isRevealed ? { value: this.value.reveal() } : {}) } }
  }
}

export const get = defineCommand<FoundSecret>({
  name: 'get',
  args: '<name>',
  summary: 'read one value: raw into a pipe, masked on a terminal',
  group: 'Single values',
  isRaw: true,
  options: [{ flags: '--reveal', description: 'show it on a terminal, and in --json' }],
  examples: [
    { line: 'secrets get DATABASE_URL | psql-wrapper', note: 'the value and nothing else' },
    { line: 'secrets get DATABASE_URL --reveal', note: 'on the screen' },
  ],
  async run(input, context) {
    const [name = ''] = requireNames(input, 'get')
    const { readSecret } = await import('../flows/values.ts')
    const { version, value } = await readSecret(context, name)
    const isRevealed = flag(input, 'reveal')
    const isMasked = context.terminal.isStdoutTerminal && !isRevealed
    if (isMasked && !context.options.json) context.terminal.note('masked; --reveal shows it')
    return { data: new FoundSecret({ name, version, value, isRevealed, isMasked }), exitCode: 0 }
  },
  view(found) {
    if (found.isMasked) return '********\n'
    return found.isRevealed ? `${found.value.reveal()}\n` : found.value.reveal()
  },
})
