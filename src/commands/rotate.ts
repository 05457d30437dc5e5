import type { Compromised, Goal } from '../core/rotation/plan.ts'
import { SecretsError } from '../core/errors.ts'
import type { RotateRequest, RotationReport } from '../flows/rotation/rotate.ts'
import { type CommandInput, defineCommand, type Outcome, plainStyle } from './command.ts'
import { atMostOne, durationOption, flag, numberOption, textOption } from './input.ts'
import { viewPlan, viewRotations } from './rotation-view.ts'

export const rotate = defineCommand<RotationReport>({
  name: 'rotate',
  args: '[names...]',
  summary: 'make a new value current and keep the old one accepted for a grace period',
  group: 'Rotate',
  options: [
    {
      flags: '--due',
      description: 'everything the schedule asks for: finish, retire what is over, rotate what is due',
    },
    {
      flags: '--max-failures <count>',
      description: 'with --due: after so many failures start no further rotation, only finish what is open',
    },
    { flags: '--all', description: 'every secret that this project issues itself' },
    {
      flags: '--grace <duration>',
      description: 'how long the old value stays accepted (24h unless configured)',
    },
    { flags: '--dry-run', description: 'show the steps and deadlines, change nothing' },
    { flags: '--resume', description: 'finish rotations that a stopped run left open, start none' },
    {
      flags: '--emergency',
      description:
        'the value leaked: a new one everywhere (--env all), no grace, the old one refused at once',
    },
    {
      flags: '--compromised <which>',
      description: 'with --emergency: current (usual), previous (an old one still accepted) or both',
    },
    { flags: '--abort', description: 'give up an open rotation; the current value stays' },
    {
      flags: '--value-file <file>',
      description: 'for kind manual: read the new value from a file (else it is asked for)',
    },
    {
      flags: '--plan <file>',
      description: 'change nothing; write what would be done, for review (no values)',
    },
    { flags: '--apply <file>', description: 'do what that plan says, unless anything has moved since' },
    {
      flags: '--yes',
      description: 'confirm what would be asked: a rotation in production, a short grace there',
    },
  ],
  examples: [
    { line: 'secrets rotate SESSION_SECRET_KEY', note: 'new value now, old one accepted for 24 h' },
    { line: 'secrets rotate SESSION_SECRET_KEY --grace 7d', note: 'for readers that reload rarely' },
    { line: 'secrets rotate SESSION_SECRET_KEY --env production --plan plan.json', note: 'for a review' },
    { line: 'secrets rotate API_TOKEN --emergency --yes', note: 'it leaked' },
    { line: 'secrets rotate --due', note: 'for a scheduler, as often as you like' },
  ],
  async run(input, context) {
    const { runRotation } = await import('../flows/rotation/rotate.ts')
    return outcomeOf(
      await runRotation(context, readRequest(input), async entries => {
        const shown = entries.flatMap(entry => viewPlan(entry, plainStyle)).join('\n')
        // What is agreed to stands in the question itself, so that no option can hide it.
        return await context.terminal.confirm(
          `${shown === '' ? '' : `${shown}\n\n`}${flag(input, 'emergency') ? 'Refuse the old value at once?' : 'Rotate in production?'}`,
        )
      }),
    )
  },
  view: viewRotations,
})

function readRequest(input: CommandInput): RotateRequest {
  atMostOne(input, 'due', 'all')
  atMostOne(input, 'due', 'resume', 'abort', 'emergency')
  for (const other of ['grace', 'plan', 'apply']) atMostOne(input, 'emergency', other)
  const isEvery = flag(input, 'due') || flag(input, 'all')
  if (isEvery && input.args.length > 0) {
    throw new SecretsError('usage.invalid_argument', 'names cannot stand beside --due or --all')
  }
  for (const other of ['due', 'resume', 'abort', 'dryRun']) atMostOne(input, 'plan', other)
  const grace = durationOption(input, 'grace')
  const maxFailures = numberOption(input, 'maxFailures', 1, 1_000_000)
  if (maxFailures !== undefined && !flag(input, 'due'))
    throw new SecretsError('usage.invalid_argument', '--max-failures stands only beside --due')
  const [valueFile, planTo, apply] = [
    textOption(input, 'valueFile'),
    textOption(input, 'plan'),
    textOption(input, 'apply'),
  ]
  if (apply !== undefined) return applyRequest(input, apply)
  const isOpenEnded = isEvery || (flag(input, 'resume') && input.args.length === 0)
  if (!isOpenEnded && input.args.length === 0) throw missingName(flag(input, 'emergency'))
  return {
    goal: goalOf(input),
    which: isOpenEnded ? 'all' : { names: input.args },
    isDryRun: flag(input, 'dryRun'),
    isConfirmed: flag(input, 'yes'),
    ...(grace === undefined ? {} : { grace }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
    ...(valueFile === undefined ? {} : { valueFile }),
    ...(planTo === undefined ? {} : { planTo }),
  }
}

/** The plan says which secrets, where, and with what grace; nothing beside it may say otherwise. */
function applyRequest(input: CommandInput, apply: string): RotateRequest {
  for (const other of ['due', 'all', 'resume', 'abort', 'grace', 'plan', 'dryRun', 'yes'])
    atMostOne(input, 'apply', other)
  if (input.args.length > 0) {
    throw new SecretsError('usage.invalid_argument', 'names cannot stand beside --apply: the plan names them')
  }
  const valueFile = textOption(input, 'valueFile')
  return {
    ...{ goal: { do: 'rotate' }, which: { names: [] }, isDryRun: false, isConfirmed: true, apply },
    ...(valueFile === undefined ? {} : { valueFile }),
  }
}

function goalOf(input: CommandInput): Goal {
  if (flag(input, 'due')) return { do: 'due' }
  if (flag(input, 'resume')) return { do: 'settle' }
  const compromised = compromisedOf(input)
  if (flag(input, 'emergency')) return { do: 'emergency', compromised: compromised ?? 'current' }
  if (compromised !== undefined) {
    throw new SecretsError('usage.invalid_argument', '--compromised stands only beside --emergency')
  }
  return flag(input, 'abort') ? { do: 'abort' } : { do: 'rotate' }
}

function compromisedOf(input: CommandInput): Compromised | undefined {
  const word = textOption(input, 'compromised')
  const known = (['current', 'previous', 'both'] as const).find(one => one === word)
  if (word === undefined || known !== undefined) return known
  throw new SecretsError('usage.invalid_argument', '--compromised takes current, previous or both')
}

function missingName(isEmergency: boolean): SecretsError {
  const hints = isEmergency
    ? ['name it: secrets rotate NAME --emergency', 'or all of this project: secrets rotate --all --emergency']
    : ['name it: secrets rotate NAME', 'or all that the schedule asks for: secrets rotate --due']
  return new SecretsError('usage.missing_name', 'which secret? "secrets rotate" changes only what you name', {
    hints,
  })
}

/** 0 when nothing failed; else the exit code of the worst failure, with what was done beside it. */
export function outcomeOf(report: RotationReport): Outcome<RotationReport> {
  const { error, ...data } = report
  if (error === undefined) return { data, exitCode: 0 }
  return { data, exitCode: error.exitCode, error }
}
