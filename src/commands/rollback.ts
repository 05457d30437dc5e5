import type { RotationReport } from '../flows/rotation/rotate.ts'
import { defineCommand } from './command.ts'
import { durationOption, flag, requireNames } from './input.ts'
import { outcomeOf } from './rotate.ts'
import { viewRotations } from './rotation-view.ts'

export const rollback = defineCommand<RotationReport>({
  name: 'rollback',
  args: '[names...]',
  summary: 'go back to the previous value while it is still there',
  group: 'Rotate',
  options: [
    {
      flags: '--keep-new',
      description: 'keep the newer value accepted for a grace period instead of dropping it',
    },
    { flags: '--grace <duration>', description: 'with --keep-new: how long' },
  ],
  examples: [
    { line: 'secrets rollback SESSION_SECRET_KEY', note: 'the newer value is dropped' },
    {
      line: 'secrets rollback SESSION_SECRET_KEY --keep-new',
      note: 'what it signed stays valid for the grace',
    },
  ],
  async run(input, context) {
    const names = requireNames(input, 'rollback')
    const { runRotation } = await import('../flows/rotation/rotate.ts')
    const grace = durationOption(input, 'grace')
    const goal = { do: 'rollback', keepNew: flag(input, 'keepNew') } as const
    const request = { goal, which: { names }, isDryRun: false, isConfirmed: true }
    return outcomeOf(await runRotation(context, grace === undefined ? request : { ...request, grace }))
  },
  view: viewRotations,
})
