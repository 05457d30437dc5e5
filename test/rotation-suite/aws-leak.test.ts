import { describe, expect, it } from 'vitest'
import { canary, expectNoCanary, oddCanary, readAllFiles } from '../leak/canary.ts'
import { startAws } from '../providers/aws.harness.ts'
import { fieldView, original, shared, textOf } from '../providers/aws-fields.ts'
import { Project } from '../support/cli.ts'
import { ahead } from './place.ts'

const variable = { secret: true, generate: 'hex:32', rotate: { kind: 'verifier' } }

describe('aws: no value leaves the place of values', () => {
  it(
    'in what the server saw, what it keeps beside the values, and what the commands say and write',
    { timeout: 240_000 },
    async () => {
      const session = await startAws()
      const { prefix, server } = session
      server.service.seed(shared, original)
      const place = { ref: shared, field: 'jwt_secret' }
      const manifest = {
        version: 1,
        environments: {
          production: {
            ...{ provider: 'aws', region: server.service.region, prefix },
            rotate: { every: '30d', grace: '1h' },
          },
        },
        variables: {
          WHOLE_KEY: variable,
          FIELD_KEY: { ...variable, environments: { production: place } },
        },
      }
      const project = new Project({ 'secrets.yaml': JSON.stringify(manifest) })
      const said: string[] = []
      const values = new Set([canary, oddCanary])
      const keep = async (): Promise<void> => {
        const [field, whole] = [
          await fieldView(session, 'jwt_secret'),
          await session.readersView!('WHOLE_KEY'),
        ]
        for (const value of [field.current, field.previous, whole.current, whole.previous])
          if (value !== undefined) values.add(value)
      }
      const run = async (words: readonly string[], offset = 0, input = ''): Promise<void> => {
        const env = { ...session.cli!().env, ...ahead(offset).env }
        const { stdout, stderr } = await project.run(words, { env, input })
        said.push(stdout, stderr)
        if (words[0] !== 'trust') await keep()
      }
      await run(['trust', '--yes'])
      await run(['set', 'WHOLE_KEY'], 0, canary)
      await run(['set', 'FIELD_KEY'], 0, oddCanary)
      for (const name of ['WHOLE_KEY', 'FIELD_KEY']) {
        for (const words of [
          ['rotate', name, '--yes', '--json'],
          ['rotate', name, '--yes'],
          ['status', name, '--json'],
          ['history', name, '--json'],
          ['rollback', name, '--keep-new', '--grace', '1h'],
        ]) {
          await run(words)
        }
        await run(['retire', name], 7_200_000)
        await run(['rotate', name, '--yes', '--json'], 7_200_000)
      }
      for (const words of [['list', '--json'], ['doctor', '--json'], ['provider', 'check'], ['status']])
        await run(words)
      const broken = await session.through(() => ({ do: 'truncate' }))
      const env = { ...session.cli!().env, AWS_ENDPOINT_URL: broken.address }
      for (const name of ['WHOLE_KEY', 'FIELD_KEY']) {
        const { code, stdout, stderr } = await project.run(['get', name, '--json'], { env })
        expect(code).toBe(2)
        said.push(stdout, stderr)
      }
      expect(values.size).toBe(6)

      const all = [...values]
      for (const text of said) expectNoCanary(text, 'what a command said', all)
      for (const [path, text] of readAllFiles(project.path)) expectNoCanary(text, path, all)
      for (const [path, text] of readAllFiles(project.home)) expectNoCanary(text, path, all)
      let written = 0
      for (const { operation, input } of server.seen) {
        const { SecretString, ...rest } = input as { readonly SecretString?: string }
        if (SecretString !== undefined) written += 1
        if (SecretString !== undefined) expect(['PutSecretValue', 'CreateSecret']).toContain(operation)
        expectNoCanary(JSON.stringify(rest), `the log of the server (${operation})`, all)
      }
      expect(written).toBeGreaterThan(8)
      for (const object of [shared, `${prefix}WHOLE_KEY`]) {
        const { versions, ...beside } = server.service.secret(object)!
        const labels = [...versions.values()].map(one => [one.id, one.labels])
        const tags = [...(beside.tags ?? [])]
        expectNoCanary(JSON.stringify({ ...beside, labels, tags }), `the metadata of ${object}`, all)
      }
      expect(await textOf(session)).toContain('"user" : "app"')
      await session.stop()
    },
  )
})
