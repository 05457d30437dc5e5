import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dotenv from 'dotenv'
import { connect } from '../../providers/dotenv.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { type ProviderHarness, seedName, seedValue, type Session } from '../contract/harness.ts'

/** A `.env` of its own; what readers find is read with the `dotenv` package, past the adapter. */
export const harness: ProviderHarness = { id: 'dotenv', start: startDotenv }

async function startDotenv(): Promise<Session> {
  const root = await mkdtemp(join(tmpdir(), 'secrets-dotenv-'))
  const path = join(root, '.env')
  const text = (): Promise<string> => readFile(path, 'utf8').catch(() => '')
  return {
    connect: () =>
      connect(
        { id: '.env', provider: 'dotenv', environment: 'production', settings: { path: '.env' } },
        { root, files: createFiles(), random: systemRandom, env: {}, note: () => undefined },
      ),
    async seed(count) {
      const lines = Array.from({ length: count }, (_, index) => `${seedName(index)}=${seedValue(index)}\n`)
      await writeFile(path, lines.join(''), { mode: 0o600 })
    },
    async takeName(name) {
      await writeFile(path, `${await text()}${name}_OLD=value-of-somebody-else\n`, { mode: 0o600 })
    },
    async readersView(name) {
      const values = dotenv.parse(await text())
      const [current, previous] = [values[name], values[`${name}_OLD`]]
      return {
        ...(current === undefined ? {} : { current }),
        ...(previous === undefined ? {} : { previous }),
      }
    },
    cli: () => ({ settings: { path: '.env' }, env: {}, directory: root }),
    async breakStore() {
      await writeFile(path, Buffer.from([0xff, 0xfe, 0x41, 0x00]))
      await chmod(path, 0o600)
    },
    stop: () => rm(root, { recursive: true, force: true }),
  }
}
