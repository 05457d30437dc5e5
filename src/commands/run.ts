import { SecretsError } from '../core/errors.ts'
import type { RunReport, RunRequest } from '../flows/run.ts'
import { type CommandInput, defineCommand } from './command.ts'
import { flag, listOption } from './input.ts'

export const run = defineCommand<{ readonly run: RunReport }>({
  name: 'run',
  args: '[command...]',
  summary: 'run a program with the variables of an environment',
  group: 'Run a program',
  takesCommand: true,
  options: [
    { flags: '--from <files...>', description: '.env files; later ones win, and all of them over --env' },
    { flags: '--from-env <names...>', description: 'environments beneath that of --env' },
    { flags: '--only <names...>', description: 'pass these variables only (NAME,NAME)' },
    { flags: '--override', description: 'win over variables that are set already' },
    { flags: '--no-redact', description: 'leave what the program prints alone, also off a terminal' },
    {
      flags: '--allow-env-override <names...>',
      description: 'accept these of PATH, LD_PRELOAD, NODE_OPTIONS … from a source',
    },
  ],
  examples: [
    { line: 'secrets run -- node server.js', note: 'the variables of .env' },
    { line: 'secrets run --env production -- ./migrate', note: 'from the store of that environment' },
    { line: 'secrets run --env staging --from .env.local -- npm start', note: 'one laid over the other' },
    { line: 'secrets run --only DATABASE_URL -- psql-wrapper', note: 'and nothing else' },
  ],
  async run(input, context) {
    const request = readRequest(input)
    const { runProgram } = await import('../flows/run.ts')
    const report = await runProgram(context, request)
    return { data: { run: report }, exitCode: report.exitCode }
  },
  view: () => '',
})

function readRequest(input: CommandInput): RunRequest {
  const { args, command = [] } = input
  if (args.length > 0 || command.length === 0) {
    throw new SecretsError('usage.missing_name', 'which program? it stands behind two dashes', {
      hints: ['secrets run [options] -- <program> [arguments]'],
    })
  }
  const only = listOption(input, 'only')
  return {
    words: command,
    files: listOption(input, 'from', false) ?? [],
    environments: listOption(input, 'fromEnv') ?? [],
    allowed: listOption(input, 'allowEnvOverride') ?? [],
    isOverride: flag(input, 'override'),
    isRedacted: input.options['redact'] !== false,
    ...(only === undefined ? {} : { only }),
  }
}
