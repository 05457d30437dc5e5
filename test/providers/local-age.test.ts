import { spawnSync } from 'node:child_process'
import { chmod, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { never, noon, put, rejection, valueOf } from '../contract/harness.ts'
import { nastyValues } from '../contract/values.ts'
import { type LocalSession, startLocal } from './local.harness.ts'

const isThere = spawnSync('age', ['--version']).status === 0
if (!isThere && process.env['SECRETS_REQUIRE_SHARED'] === '1') throw new Error('the age tool is missing')

let session: LocalSession
beforeEach(async () => {
  session = await startLocal()
})
afterEach(() => session.stop())

describe.skipIf(!isThere)('the age tool (needs age and age-keygen)', () => {
  it('opens what we write, every value as it was', async () => {
    const provider = await session.connect()
    const values = Object.values(nastyValues).filter(value => !provider.limits.refuses?.(new Secret(value)))
    for (const [index, value] of values.entries()) {
      await provider.write(`KEY_${String(index)}`, new Secret(value), { at: noon }, never)
    }
    const newest = (await session.generations()).at(-1) ?? ''
    const { stdout, status } = spawnSync('age', [
      '-d',
      '-i',
      session.identityFile,
      join(session.store, newest),
    ])
    expect(status).toBe(0)
    const { body } = JSON.parse(stdout.toString()) as {
      body: { secrets: { versions: { value?: string }[] }[] }
    }
    expect(body.secrets.map(secret => secret.versions[0]?.value)).toEqual(values)
  })

  it('reads our identity file, and we read one of age-keygen', async () => {
    const made = join(session.root, 'made.txt')
    expect(spawnSync('age-keygen', ['-o', made]).status).toBe(0)
    await chmod(made, 0o600)
    const provider = await session.connectWith({ env: { SECRETS_IDENTITY_FILE: made } })
    await put(provider, 'KEY', 'value')
    expect(await valueOf(provider, 'KEY')).toBe('value')
    expect(session.notes).toEqual([])
    const { stdout } = spawnSync('age-keygen', ['-y', made])
    expect((await provider.check(never)).who).toBe(stdout.toString().trim())

    await rm(session.store, { recursive: true })
    const own = await session.connect()
    await put(own, 'KEY', 'value')
    const ours = spawnSync('age-keygen', ['-y', session.identityFile])
    expect((await own.check(never)).who).toBe(ours.stdout.toString().trim())
  })

  it('what it encrypts for our public key is not taken for ours', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value')
    const { who } = await provider.check(never)
    const [file = ''] = await readdir(session.store)
    const { stdout } = spawnSync('age', ['-r', who], { input: await session.plaintext() })
    await writeFile(join(session.store, file), stdout)
    expect(await valueOf(await session.connect(), 'KEY')).toBe('value')
    const forged = (await session.plaintext()).replace('"value":"value"', '"value":"other"')
    await writeFile(join(session.store, file), spawnSync('age', ['-r', who], { input: forged }).stdout)
    await rejection(valueOf(await session.connect(), 'KEY'), 'store.damaged')
  })
})
