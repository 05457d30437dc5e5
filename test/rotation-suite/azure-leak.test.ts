import { afterAll, describe, expect, it } from 'vitest'
import { canary, expectNoCanary, oddCanary, readAllFiles } from '../leak/canary.ts'
import { harness, startAzure } from '../providers/azure.harness.ts'
import { expectUntouched, fieldView, original, shared } from '../providers/azure-fields.ts'
import { Project } from '../support/cli.ts'
import { ahead } from './place.ts'

afterAll(() => harness.close?.())

const variable = { secret: true, generate: 'hex:32', rotate: { kind: 'verifier' } }

describe('azure: no value leaves the place of values', () => {
  it(
    'in the paths of requests, in tags, and in what the commands say and write',
    { timeout: 240_000 },
    async () => {
      const session = await startAzure()
      const { vault, plain } = session
      vault.state.plant(shared, original, { contentType: 'application/json', tags: { team: 'photo' } })
      const place = { ref: shared, field: 'jwt_secret' }
      const manifest = (settings: Readonly<Record<string, string>>): string =>
        JSON.stringify({
          version: 1,
          environments: {
            production: { provider: 'azure', ...settings, rotate: { every: '30d', grace: '1h' } },
          },
          variables: {
            WHOLE_KEY: variable,
            FIELD_KEY: { ...variable, environments: { production: place } },
          },
        })
      const { settings, env } = session.cli!()
      const project = new Project({ 'secrets.yaml': manifest(settings) })
      const said: string[] = []
      const values = new Set([canary, oddCanary])
      const keep = async (): Promise<void> => {
        const views = [await fieldView(session, 'jwt_secret'), await session.readersView!('WHOLE_KEY')]
        for (const value of views.flatMap(({ current, previous }) => [current, previous]))
          if (value !== undefined) values.add(value)
      }
      const run = async (words: readonly string[], offset = 0, input = ''): Promise<void> => {
        const { stdout, stderr } = await project.run(words, { env: { ...env, ...ahead(offset).env }, input })
        said.push(stdout, stderr)
        if (words[0] !== 'trust') await keep()
      }
      await run(['trust', '--yes'])
      await run(['set', 'WHOLE_KEY'], 0, canary)
      await run(['set', 'FIELD_KEY'], 0, oddCanary)
      for (const name of ['WHOLE_KEY', 'FIELD_KEY']) {
        for (const words of [
          ['rotate', name, '--yes', '--json'],
          ['status', name, '--json'],
          ['history', name, '--json'],
          ['rollback', name, '--keep-new', '--grace', '1h'],
        ]) {
          await run(words)
        }
        await run(['retire', name], 7_200_000)
        await run(['rotate', name, '--yes'], 7_200_000)
      }
      for (const words of [['list', '--json'], ['doctor', '--json'], ['provider', 'check'], ['status']])
        await run(words)
      const proxy = await session.cliThrough!(() => ({ drop: 'after' }))
      const broken = new Project({ 'secrets.yaml': manifest(proxy.settings) })
      await broken.run(['trust', '--yes'])
      for (const name of ['WHOLE_KEY', 'FIELD_KEY']) {
        const { code, stdout, stderr } = await broken.run(['get', name, '--json'], { env })
        expect(code).toBe(2)
        said.push(stdout, stderr)
      }
      await proxy.stop()
      expect(values.size).toBe(6)

      const all = [...values, env['AZURE_CLIENT_SECRET']!]
      for (const text of said) expectNoCanary(text, 'what a command said', all)
      for (const { path, home } of [project, broken]) {
        for (const [file, text] of [...readAllFiles(path), ...readAllFiles(home)])
          expectNoCanary(text, file, all)
      }
      for (const { path } of vault.seen) expectNoCanary(path, 'the path of a request', all)
      let looked = 0
      for (const object of [shared, 'WHOLE-KEY'].flatMap(one => [one, `${one}--OLD`, `${one}--PENDING`])) {
        for await (const properties of plain.listPropertiesOfSecretVersions(object)) {
          looked += 1
          expectNoCanary(JSON.stringify(properties), `the metadata of ${object}`, all)
        }
      }
      expect(looked).toBeGreaterThan(12)
      await expectUntouched(session)
      await session.stop()
    },
  )
})
