import { afterAll, describe, it } from 'vitest'
import { harness } from '../providers/azure.harness.ts'
import { faults, isPlayed, playAll, stories } from './azure-fault-stories.ts'

afterAll(() => harness.close?.())

describe('azure, behind a connection that fails', () => {
  for (const [storyName, story] of Object.entries(stories)) {
    describe(storyName, () => {
      it.each(Object.entries(faults).filter(([fault]) => isPlayed(storyName, fault)))(
        '%s, at each request in turn: a typed error, nothing half-changed, and the next run settles it',
        async (_, fault) => {
          await playAll(story, fault, 'whole')
        },
        180_000,
      )
    })
  }
})
