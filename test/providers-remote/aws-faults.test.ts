import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { rejection, valueOf } from '../contract/harness.ts'
import { runner, startAws } from '../providers/aws.harness.ts'
import { faults, playAll, stories } from './aws-fault-stories.ts'
import { name } from './engine-run.ts'

describe('aws, behind a connection that fails', () => {
  for (const [storyName, story] of Object.entries(stories)) {
    describe(storyName, () => {
      it.each(Object.entries(faults))(
        '%s, at each request in turn: a typed error, nothing half-changed, and the next run settles it',
        async (_, fault) => {
          await playAll(story, fault, 'whole')
        },
        120_000,
      )
    })
  }

  it('a port where nobody listens: unavailable, and nothing was sent', async () => {
    const session = await startAws()
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    await new Promise(resolve => server.close(resolve))
    const port = typeof address === 'object' ? address?.port : 0
    const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${String(port)}` }
    const error = await rejection(valueOf(await session.connectWith({ env }), name), 'provider.unavailable', [
      runner.key,
    ])
    expect(error.isUnsent).toBe(true)
    await session.stop()
  })
})
