import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { armor, Decrypter, Encrypter, generateX25519Identity } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { amount, some } from '../support/thorough.ts'
import { canTrace, harmCommand, isSameCall, traceCommand } from './strace.ts'

const words = ['provider', 'passphrase', '--remove']
const plain = `${await generateX25519Identity()}\n`
const passphrase = 'correct horse battery'

async function sealed(): Promise<string> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  encrypter.setScryptWorkFactor(4)
  return armor.encode(await encrypter.encrypt(plain))
}

/** The identity in the file, whichever of the two states it is in. */
async function identityIn(text: string): Promise<string> {
  if (text === plain) return text
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  return await decrypter.decrypt(armor.decode(text), 'text')
}

describe.skipIf(!canTrace)('a fault while the passphrase is changed (needs strace)', () => {
  it('leaves the old identity file or the new one, whole', { timeout: 240_000 }, async () => {
    const project = new Project()
    const file = join(project.home, 'identity.txt')
    project.write('pass', passphrase, 0o600)
    const options = {
      base: dirname(project.path),
      cwd: project.path,
      env: project.env({ SECRETS_IDENTITY_FILE: file, SECRETS_PASSPHRASE_FILE: 'pass' }),
    }
    const reset = async (): Promise<void> => {
      writeFileSync(file, await sealed(), { mode: 0o600 })
    }
    await reset()
    const { code, calls } = await traceCommand(words, options)
    expect([code, calls.length > 5]).toEqual([0, true])
    let struck = 0
    const cases = calls.flatMap(call => (['SIGKILL', 'ENOSPC'] as const).map(fault => ({ call, fault })))
    for (const { call, fault } of some(cases, 3)) {
      await reset()
      const run = await harmCommand(words, options, fault, call)
      if (run.struck !== undefined && isSameCall(run.struck, call)) struck += 1
      expect(await identityIn(readFileSync(file, 'utf8')), `${fault} at ${call.name}`).toBe(plain)
      expect(run.code === 0 && readFileSync(file, 'utf8') !== plain, 'said to be done, and is not').toBe(
        false,
      )
    }
    expect(struck).toBeGreaterThanOrEqual(amount(10, 3))
  })
})
