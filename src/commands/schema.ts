import { SecretsError } from '../core/errors.ts'
import type { SchemaTypes } from '../flows/schema-types.ts'
import { defineCommand } from './command.ts'
import { flag } from './input.ts'

interface SchemaData {
  readonly schema: SchemaTypes
}

export const schema = defineCommand<SchemaData>({
  name: 'schema',
  args: '[action]',
  summary: 'write what is declared for the application: env.d.ts and env.declared.json',
  group: 'Check',
  options: [{ flags: '--check', description: 'write nothing; exit 1 where they are not up to date' }],
  examples: [
    { line: 'secrets schema types', note: 'types for loadEnv and the process environment' },
    { line: 'secrets schema types --check', note: 'for CI and git hooks' },
  ],
  async run(input, context) {
    if (input.args[0] !== 'types') {
      throw new SecretsError('usage.invalid_argument', '"secrets schema" takes the word types', {
        hints: ['write them: secrets schema types'],
      })
    }
    const { writeSchemaTypes } = await import('../flows/schema-types.ts')
    const data = await writeSchemaTypes(context, flag(input, 'check'))
    return { data: { schema: data }, exitCode: data.files.some(({ state }) => state === 'stale') ? 1 : 0 }
  },
  view({ schema: { files, variables } }, style) {
    const count = `${String(variables)} ${variables === 1 ? 'variable' : 'variables'}`
    const words = {
      written: style.good('written'),
      unchanged: style.dim('unchanged'),
      stale: style.warn('not up to date'),
    }
    return files.map(({ path, state }) => `${words[state]} ${path} (${count})\n`).join('')
  },
})
