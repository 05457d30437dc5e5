import { describe, it } from 'vitest'
import { faults, playAll, stories } from './aws-fault-stories.ts'

describe('aws, a field behind a connection that fails', () => {
  for (const [storyName, story] of Object.entries(stories)) {
    describe(storyName, () => {
      it.each(Object.entries(faults))(
        '%s, at each request in turn: a typed error, nothing half-changed, and the next run settles it',
        async (_, fault) => {
          await playAll(story, fault, 'field')
        },
        240_000,
      )
    })
  }
})
