import { spawnSync } from 'node:child_process'
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { armor, Decrypter, Encrypter } from 'age-encryption'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../providers/local.ts'
import { protectKeyFile } from '../../providers/local/key-file.ts'
import type { Files, ProviderDeps } from '../../src/context.ts'
import { SecretsError } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { never, put, rejection, valueOf } from '../contract/harness.ts'
import { amount } from '../support/thorough.ts'
import { hasTerminal, onTerminal } from '../support/terminal.ts'
import { type LocalSession, startLocal } from './local.harness.ts'

const passphrase = 'correct horse, näive staple'
/** The cost is age's own business; here it would only be waited for. */
const cheap = 4

let session: LocalSession
let plain: Buffer
beforeEach(async () => {
  session = await startLocal()
  await put(await session.connect(), 'KEY', 'value-of-key')
  plain = await readFile(session.identityFile)
})
afterEach(() => session.stop())

interface Change {
  readonly answers?: readonly string[]
  readonly env?: ProviderDeps['env']
  readonly files?: Files
  readonly environment?: string
}

/** `asked`: the questions that came. */
function deps({ answers, env, files }: Change = {}): ProviderDeps & { asked: string[] } {
  const [left, asked]: [string[], string[]] = [[...(answers ?? [])], []]
  const askSecret = (question: string): Promise<Secret> => {
    asked.push(question)
    const answer = left.shift()
    if (answer === undefined) throw new SecretsError('usage.interrupted', 'no more answers')
    return Promise.resolve(new Secret(answer))
  }
  return {
    ...{ files: files ?? createFiles(), random: systemRandom, root: session.root, asked },
    env: { XDG_CONFIG_HOME: join(session.root, 'config'), ...env },
    note: () => undefined,
    ...(answers === undefined ? {} : { askSecret }),
  }
}

const open = (given: ProviderDeps, environment = 'production'): Promise<Provider> =>
  connect({ id: 'test', provider: 'local', environment, settings: {} }, given)

const protect = (next: string | undefined, given = deps()): Promise<void> =>
  protectKeyFile(
    given,
    () => Promise.resolve(next === undefined ? undefined : new Secret(next)),
    never,
    cheap,
  )

const readWith = async (change: Change): Promise<string | undefined> =>
  valueOf(await open(deps(change)), 'KEY')

const passphraseFile = async (text: string | Buffer, mode = 0o600): Promise<ProviderDeps['env']> => {
  await writeFile(join(session.root, 'pass'), text)
  await chmod(join(session.root, 'pass'), mode)
  return { SECRETS_PASSPHRASE_FILE: 'pass' }
}

describe('a passphrase on the identity file', () => {
  it('is asked for once, whatever number of stores it opens; the file is 0600 and not the identity', async () => {
    await protect(passphrase)
    const file = await readFile(session.identityFile, 'utf8')
    expect(file).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    expect((await stat(session.identityFile)).mode & 0o777).toBe(0o600)
    const given = deps({ answers: [passphrase] })
    const [one, other] = [await open(given), await open(given, 'staging')]
    await Promise.all([valueOf(one, 'KEY'), valueOf(other, 'KEY')])
    await put(one, 'KEY', 'value-next')
    expect([await valueOf(one, 'KEY'), given.asked.length]).toEqual(['value-next', 1])
    expect((await one.check(never)).who).toMatch(/^age1/)
  })

  it('comes from a file too, with one line end; changed and taken away again, byte for byte', async () => {
    await protect(passphrase)
    expect(await readWith({ env: await passphraseFile(`${passphrase}\n`) })).toBe('value-of-key')
    await protect('another passphrase', deps({ answers: [passphrase] }))
    await rejection(readWith({ env: await passphraseFile(passphrase) }), 'store.wrong_passphrase', [
      passphrase,
    ])
    expect(await readWith({ answers: ['another passphrase'] })).toBe('value-of-key')
    await protect(undefined, deps({ answers: ['another passphrase'] }))
    expect(await readFile(session.identityFile)).toEqual(plain)
  })

  it('is the file that age makes, in both directions', async () => {
    await protect(passphrase)
    const decrypter = new Decrypter()
    decrypter.addPassphrase(passphrase)
    const sealed = armor.decode(await readFile(session.identityFile, 'utf8'))
    expect(Buffer.from(await decrypter.decrypt(sealed))).toEqual(plain)
    const encrypter = new Encrypter()
    encrypter.setPassphrase(passphrase)
    encrypter.setScryptWorkFactor(cheap)
    await writeFile(session.identityFile, await encrypter.encrypt(plain))
    expect(await readWith({ answers: [passphrase] })).toBe('value-of-key')
  })

  it('asks three times, and takes none for empty', async () => {
    await protect(passphrase)
    expect(await readWith({ answers: ['', 'wrong', passphrase] })).toBe('value-of-key')
    const wrong = deps({ answers: ['', 'a', 'b', passphrase] })
    const error = await rejection(valueOf(await open(wrong), 'KEY'), 'store.wrong_passphrase')
    expect([error.at?.path, wrong.asked.length]).toEqual([session.identityFile, 3])
    await rejection(valueOf(await open(wrong, 'staging'), 'KEY'), 'store.wrong_passphrase')
    expect(wrong.asked.length).toBe(3)
    await rejection(readWith({ env: await passphraseFile('\n') }), 'store.wrong_passphrase')
  })

  it('is needed: without a terminal and a file that is an error of its own', async () => {
    await protect(passphrase)
    await rejection(readWith({}), 'usage.needs_input')
    await rejection(readWith({ env: { SECRETS_PASSPHRASE_FILE: 'nowhere' } }), 'file.missing')
    await rejection(readWith({ env: await passphraseFile(passphrase, 0o640) }), 'store.passphrase_exposed')
    await rejection(readWith({ env: await passphraseFile(Buffer.from([0xff, 0xfe])) }), 'file.unreadable')
  })

  it('is not what a new identity has by itself: that is said', async () => {
    await rm(session.identityFile)
    await rm(session.store, { recursive: true })
    const notes: string[] = []
    const given = {
      ...deps({ env: { SECRETS_PASSPHRASE_FILE: 'pass' } }),
      note: (line: string) => notes.push(line),
    }
    await put(await open(given), 'KEY', 'value')
    expect(notes.join('\n')).toContain('secrets provider passphrase')
  })

  it('keeps what is there when the change fails', async () => {
    await rejection(
      protect(
        passphrase,
        deps({
          files: { ...createFiles(), replace: () => Promise.reject(new SecretsError('file.no_space', 'x')) },
        }),
      ),
      'file.no_space',
    )
    expect(await readFile(session.identityFile)).toEqual(plain)
    await protect(passphrase)
    const before = await readFile(session.identityFile)
    await rejection(
      protect('another passphrase', deps({ answers: ['a', 'b', 'c'] })),
      'store.wrong_passphrase',
    )
    await rejection(protect('another passphrase', deps({ answers: [] })), 'usage.interrupted')
    const files = createFiles()
    const interfering: Files = {
      ...files,
      async replace(path, ...rest) {
        await writeFile(path, `${String(plain)}\n`)
        return await files.replace(path, ...rest)
      },
    }
    await rejection(
      protect(undefined, deps({ answers: [passphrase], files: interfering })),
      'env_file.changed',
    )
    await writeFile(session.identityFile, before)
    expect(await readWith({ answers: [passphrase] })).toBe('value-of-key')
    await rm(session.identityFile)
    await rejection(protect(passphrase), 'store.identity_missing')
    await writeFile(session.identityFile, 'my shopping list\n')
    await rejection(protect(passphrase), 'store.wrong_identity')
  })
})

describe('a hostile or damaged identity file', () => {
  const salt = Buffer.alloc(16, 1).toString('base64').replace(/=+$/, '')
  const body = Buffer.alloc(32, 1).toString('base64').replace(/=+$/, '')
  const stanza = (factor: string): string => `-> scrypt ${salt} ${factor}\n${body}\n`
  const mac = `--- ${Buffer.alloc(32, 1).toString('base64').replace(/=+$/, '')}\n`

  it.each([
    ['a work factor of gigabytes', stanza('21')],
    ['one that no machine has', stanza('62')],
    ['one that is no number', stanza('1e9')],
    ['a negative one', stanza('-1')],
    ['a leading zero', stanza('04')],
    ['two passphrases', stanza('4') + stanza('4')],
    ['a short salt', `-> scrypt AAAA 4\n${body}\n`],
    ['a recipient', `-> X25519 ${salt}${salt}\n${body}\n`],
    ['nothing', ''],
  ])('with %s is refused at once', async (_what, stanzas) => {
    await writeFile(session.identityFile, `age-encryption.org/v1\n${stanzas}${mac}${'x'.repeat(64)}`)
    // Before anybody is asked.
    await rejection(readWith({}), 'store.wrong_identity')
  })

  it('is never taken for a wrong passphrase behind the header, and never for an identity', async () => {
    await protect(passphrase)
    const sealed = Buffer.from(armor.decode(await readFile(session.identityFile, 'utf8')))
    for (const at of [sealed.length - 1, sealed.length - 40]) {
      const damaged = Buffer.from(sealed)
      damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at)
      await writeFile(session.identityFile, damaged)
      await rejection(readWith({ answers: [passphrase] }), 'store.wrong_identity')
    }
    await writeFile(session.identityFile, sealed.subarray(0, 60))
    await rejection(readWith({ answers: [passphrase] }), 'store.wrong_identity')
    const encrypter = new Encrypter()
    encrypter.setPassphrase(passphrase)
    encrypter.setScryptWorkFactor(cheap)
    await writeFile(session.identityFile, await encrypter.encrypt('no identity at all'))
    await rejection(readWith({ answers: [passphrase] }), 'store.wrong_identity')
  })
})

const typed = 'correct horse battery'
const hasAge = spawnSync('age', ['--version']).status === 0

describe.skipIf(!hasAge || !hasTerminal)('the age tool (needs age and python3)', () => {
  const program = (words: readonly string[], answers: readonly (readonly [string, string])[]) =>
    onTerminal(words, answers, { cwd: session.root, env: { PATH: process.env['PATH'], TERM: 'xterm' } })

  it('opens the store with the file and its passphrase', async () => {
    const [store = ''] = await session.generations()
    await protect(typed)
    const words = ['age', '-d', '-i', session.identityFile, join(session.store, store)]
    const opened = await program(words, [['passphrase', `${typed}\\r`]])
    expect([opened.code, opened.seen]).toEqual([0, expect.stringContaining('value-of-key')])
  })

  // At its own cost, twice.
  it.runIf(amount(1, 0) === 1)('makes a file that we open', async () => {
    await writeFile(join(session.root, 'plain'), plain)
    const make = ['age', '-p', '-o', session.identityFile, join(session.root, 'plain')]
    await rm(session.identityFile)
    const made = await program(make, [
      ['passphrase', `${typed}\\r`],
      ['onfirm', `${typed}\\r`],
    ])
    expect(made.code).toBe(0)
    await chmod(session.identityFile, 0o600)
    expect(await readWith({ answers: [typed] })).toBe('value-of-key')
  })
})
