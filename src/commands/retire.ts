import type { RotationReport } from '../flows/rotation/rotate.ts'
import { defineCommand } from './command.ts'
import { requireNames } from './input.ts'
import { outcomeOf } from './rotate.ts'
import { viewRotations } from './rotation-view.ts'

export const retire = defineCommand<RotationReport>({
  name: 'retire',
  args: '[names...]',
  summary: 'stop accepting the old value, once its deadline has passed',
  group: 'Rotate',
  options: [],
  examples: [{ line: 'secrets retire SESSION_SECRET_KEY', note: 'refused before the deadline' }],
  async run(input, context) {
    const names = requireNames(input, 'retire')
    const { runRotation } = await import('../flows/rotation/rotate.ts')
    const request = { goal: { do: 'retire' }, which: { names }, isDryRun: false, isConfirmed: false } as const
    return outcomeOf(await runRotation(context, request))
  },
  view: viewRotations,
})
