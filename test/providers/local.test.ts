import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Files } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { createFiles } from '../../src/effects/files.ts'
import {
  hour,
  namesOf,
  never,
  noon,
  put,
  rejection,
  seedName,
  seedValue,
  valueOf,
} from '../contract/harness.ts'
import { identityOf, type LocalSession, startLocal } from './local.harness.ts'

let session: LocalSession
beforeEach(async () => {
  session = await startLocal()
})
afterEach(() => session.stop())

const mark = { runId: 'run-1', mode: 'scheduled' } as const
const times = { at: noon, deadline: noon + hour }

async function rotateOnce(provider: Provider, name: string, value: string): Promise<void> {
  const store = provider.rotation!
  const { current } = await store.observe(name, never)
  const pending = await store.stage(name, current!.version, new Secret(value), mark, never)
  await store.commit(name, { ...pending, announced: false }, times, never)
}

async function everythingInside(): Promise<string> {
  const texts = await Promise.all((await session.generations()).map(file => session.plaintext(file)))
  return texts.join('\n')
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe('the files', () => {
  it('one file a generation, 0600 in 0700, nothing readable in them', async () => {
    const provider = await session.connect()
    await put(provider, 'PLAIN_NAME', 'canary-value-0123456789')
    expect(await session.generations()).toEqual(['000000000001.age'])
    const file = join(session.store, '000000000001.age')
    expect(await modeOf(file)).toBe(0o600)
    expect(await modeOf(session.store)).toBe(0o700)
    expect(await modeOf(join(session.root, '.secrets'))).toBe(0o700)
    const text = (await readFile(file)).toString('latin1')
    expect(text.startsWith('age-encryption.org/v1\n-> X25519 ')).toBe(true)
    for (const hidden of ['canary', 'PLAIN_NAME', 'production']) expect(text).not.toContain(hidden)
  })

  it('the three newest are kept', async () => {
    const provider = await session.connect()
    for (let round = 1; round <= 6; round += 1) await put(provider, 'KEY', `value-number-${String(round)}`)
    expect(await session.generations()).toEqual(['000000000004.age', '000000000005.age', '000000000006.age'])
  })

  it('the setting "path" is read against the root', async () => {
    const { connect } = await import('../../providers/local.ts')
    const provider = await connect(
      { id: 'test', provider: 'local', environment: 'test', settings: { path: 'elsewhere/store' } },
      {
        files: createFiles(),
        random: { bytes: count => new Uint8Array(count).map((_, index) => index) },
        env: { XDG_CONFIG_HOME: join(session.root, 'config') },
        root: session.root,
        note: () => undefined,
      },
    )
    await put(provider, 'KEY', 'value')
    expect((await provider.check(never)).where).toBe(join(session.root, 'elsewhere/store'))
    expect(await modeOf(join(session.root, 'elsewhere/store/000000000001.age'))).toBe(0o600)
  })

  it('environments in one store do not see each other', async () => {
    const environments = ['staging', 'production', 'prod', 'prod/eu']
    for (const environment of environments) {
      const provider = await session.connectWith({ environment })
      await put(provider, 'KEY', `value-of-${environment}`)
      await put(provider, 'KEY_OLD', `old-value-of-${environment}`)
    }
    for (const environment of environments) {
      const provider = await session.connectWith({ environment })
      expect(await namesOf(provider)).toEqual(['KEY', 'KEY_OLD'])
      expect(await valueOf(provider, 'KEY')).toBe(`value-of-${environment}`)
      await provider.remove('KEY_OLD', never)
    }
    expect(await namesOf(await session.connectWith({ environment: 'pro' }))).toEqual([])
  })
})

describe('the identity', () => {
  it('is made by the first write, not by a look, and the operator is told to keep it', async () => {
    const provider = await session.connect()
    expect(await namesOf(provider)).toEqual([])
    expect((await provider.check(never)).who).toContain('no identity')
    await expect(stat(session.identityFile)).rejects.toThrow()
    await put(provider, 'KEY', 'value')
    expect(await modeOf(session.identityFile)).toBe(0o600)
    expect(await modeOf(join(session.identityFile, '..'))).toBe(0o700)
    const recipient = await identityToRecipient(await identityOf(session))
    expect(await readFile(session.identityFile, 'utf8')).toBe(
      `# created: 2026-11-21T12:00:00Z\n# public key: ${recipient}\n${await identityOf(session)}\n`,
    )
    expect((await provider.check(never)).who).toBe(recipient)
    expect(session.notes.join('\n')).toContain(session.identityFile)
    expect(session.notes.join('\n')).toContain('back it up')
    expect(session.notes.join('\n')).not.toContain('AGE-SECRET-KEY')
    const told = session.notes.length
    await put(provider, 'KEY', 'value-2')
    expect(session.notes.length).toBe(told)
  })

  it('two first writers make one', async () => {
    const providers = await Promise.all([1, 2, 3, 4].map(() => session.connect()))
    await Promise.all(
      providers.map((one, index) => put(one, `KEY_${String(index)}`, `value-${String(index)}`)),
    )
    expect(await namesOf(await session.connect())).toEqual(['KEY_0', 'KEY_1', 'KEY_2', 'KEY_3'])
  })

  it('is looked for in SECRETS_IDENTITY_FILE, XDG_CONFIG_HOME, HOME', async () => {
    await put(await session.connect(), 'KEY', 'value')
    const text = await readFile(session.identityFile, 'utf8')
    const home = join(session.root, 'home')
    await mkdir(join(home, '.config/secrets'), { recursive: true })
    await writeFile(join(home, '.config/secrets/identity.txt'), text, { mode: 0o600 })
    await writeFile(join(session.root, 'key.txt'), text, { mode: 0o600 })
    for (const env of [
      { HOME: home },
      { HOME: home, XDG_CONFIG_HOME: 'relative/is/ignored' },
      { USERPROFILE: home },
      { SECRETS_IDENTITY_FILE: 'key.txt', XDG_CONFIG_HOME: '/nowhere' },
      { SECRETS_IDENTITY_FILE: join(session.root, 'key.txt') },
    ]) {
      expect(await valueOf(await session.connectWith({ env }), 'KEY')).toBe('value')
    }
    await rejection(valueOf(await session.connectWith({ env: {} }), 'KEY'), 'store.identity_missing')
  })

  it('with a mode that others may read is tightened, with a note', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value')
    await chmod(session.identityFile, 0o644)
    const told = session.notes.length
    expect(await valueOf(await session.connect(), 'KEY')).toBe('value')
    expect(await modeOf(session.identityFile)).toBe(0o600)
    expect(session.notes.length).toBe(told + 1)
    expect(session.notes.at(-1)).toContain('0600')
  })

  it('missing beside a store: said so, and no other is made', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value-before')
    await rm(session.identityFile)
    const other = await session.connect()
    const error = await rejection(valueOf(other, 'KEY'), 'store.identity_missing')
    expect(error.at?.path).toBe(session.identityFile)
    await rejection(put(other, 'KEY', 'value-after'), 'store.identity_missing', ['value-after'])
    await expect(stat(session.identityFile)).rejects.toThrow()
  })

  it('of another store: said so, and nothing is written', async () => {
    await put(await session.connect(), 'KEY', 'value-before')
    await writeFile(session.identityFile, `${await generateX25519Identity()}\n`)
    const other = await session.connect()
    await rejection(valueOf(other, 'KEY'), 'store.wrong_identity')
    await rejection(put(other, 'KEY', 'value-after'), 'store.wrong_identity', ['value-after'])
    expect(await session.generations()).toEqual(['000000000001.age'])
  })

  it.each([
    '',
    '# only a comment\n',
    'age1notanidentity',
    'AGE-SECRET-KEY-1QQQQ',
    'age-encryption.org/v1\n-> scrypt x 18\n',
  ])('a file that holds none (%j) is not quoted', async text => {
    await put(await session.connect(), 'KEY', 'value')
    await writeFile(session.identityFile, text)
    const error = await rejection(valueOf(await session.connect(), 'KEY'), 'store.wrong_identity')
    expect(JSON.stringify(error)).not.toContain('QQQQ')
  })

  it('several in one file: all of them open, the first one writes', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value-number-one')
    const old = await readFile(session.identityFile, 'utf8')
    const fresh = await generateX25519Identity()
    await writeFile(session.identityFile, `${fresh}\n${old}`)
    const other = await session.connect()
    expect(await valueOf(other, 'KEY')).toBe('value-number-one')
    await put(other, 'SECOND', 'value-number-two')
    await writeFile(session.identityFile, `${fresh}\n`)
    expect(await valueOf(await session.connect(), 'KEY')).toBe('value-number-one')
  })

  it('as a link is refused', async () => {
    await put(await session.connect(), 'KEY', 'value')
    await writeFile(join(session.root, 'target'), await readFile(session.identityFile), { mode: 0o600 })
    await rm(session.identityFile)
    await symlink(join(session.root, 'target'), session.identityFile)
    await rejection(valueOf(await session.connect(), 'KEY'), 'env_file.symlink')
  })
})

describe('what is not ours', () => {
  it('a file made by somebody who knows only the public key is refused', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value')
    const text = await session.plaintext()
    const encrypter = new Encrypter()
    encrypter.addRecipient(await identityToRecipient(await identityOf(session)))
    const forged = text.replace('"value":"value"', '"value":"forged"')
    for (const plain of [
      forged,
      text.replace(/"mac":"../, '"mac":"00'),
      forged.replace(/"mac":"[^"]*"/, '"mac":""'),
      '{}',
    ]) {
      await writeFile(join(session.store, '000000000001.age'), await encrypter.encrypt(plain))
      await rejection(valueOf(await session.connect(), 'KEY'), 'store.damaged', [plain])
    }
    await writeFile(join(session.store, '000000000001.age'), await encrypter.encrypt(text))
    expect(await valueOf(await session.connect(), 'KEY')).toBe('value')
  })

  it('an older generation under a newer number is refused', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value-number-one')
    const first = await readFile(join(session.store, '000000000001.age'))
    await put(provider, 'KEY', 'value-number-two')
    await writeFile(join(session.store, '000000000003.age'), first)
    const error = await rejection(valueOf(await session.connect(), 'KEY'), 'store.damaged')
    expect(error.hints.join('\n')).toContain('store/000000000002.age')
  })

  it('a damaged newest generation is never answered with an older one', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value-number-one')
    await put(provider, 'KEY', 'value-number-two')
    const newest = join(session.store, '000000000002.age')
    const bytes = await readFile(newest)
    for (const position of [30, 60, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[position]! ^= 1
      await writeFile(newest, changed)
      const other = await session.connect()
      const error = await rejection(valueOf(other, 'KEY'), 'store.damaged')
      expect(error.at?.path).toBe(newest)
      expect(error.hints.join('\n')).toContain('store/000000000001.age')
      await rejection(put(other, 'KEY', 'value-number-three'), 'store.damaged')
    }
    expect(await session.generations()).toHaveLength(2)
  })

  it('a link or a directory in the place of a generation is refused', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value')
    await symlink('000000000001.age', join(session.store, '000000000002.age'))
    await rejection(valueOf(await session.connect(), 'KEY'), 'env_file.symlink')
    await rm(join(session.store, '000000000002.age'))
    await mkdir(join(session.store, '000000000002.age'))
    await rejection(valueOf(await session.connect(), 'KEY'), 'env_file.not_a_file')
  })
})

describe('erasure', () => {
  it('a retired value is in no file any more', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'old-value-0123456789')
    await put(provider, 'OTHER', 'other-value-0123456789')
    await rotateOnce(provider, 'KEY', 'new-value-0123456789')
    expect(await everythingInside()).toContain('old-value-0123456789')
    const { rotation } = await provider.rotation!.observe('KEY', never)
    await provider.rotation!.retire('KEY', rotation!.previous!.version, rotation!.version, never)
    expect(await session.generations()).toHaveLength(1)
    expect(await everythingInside()).not.toContain('old-value-0123456789')
    expect(await valueOf(provider, 'KEY')).toBe('new-value-0123456789')
    await put(provider, 'OTHER', 'another-value-0123456789')
    expect(await session.generations()).toHaveLength(2)
  })

  it('a killed clean-up is finished by repeating the verb', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'old-value-0123456789')
    await rotateOnce(provider, 'KEY', 'new-value-0123456789')
    const { rotation } = await provider.rotation!.observe('KEY', never)
    const versions = [rotation!.previous!.version, rotation!.version] as const
    const files = createFiles()
    const dying: Files = { ...files, remove: () => Promise.reject(new Error('killed')) }
    const killed = await session.connectWith({ files: dying })
    await expect(killed.rotation!.retire('KEY', ...versions, never)).rejects.toThrow('killed')
    expect(await everythingInside()).toContain('old-value-0123456789')
    await provider.rotation!.retire('KEY', ...versions, never)
    expect(await everythingInside()).not.toContain('old-value-0123456789')
  })

  it('a removed secret can still be dug out with age; a purged one cannot', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'value-0123456789')
    await put(provider, 'STAYS', 'value-that-stays')
    await provider.remove('KEY', never)
    expect(await session.plaintext()).toContain('value-0123456789')
    expect(await valueOf(provider, 'KEY')).toBeUndefined()
    await provider.purge!('KEY', never)
    expect(await everythingInside()).not.toContain('value-0123456789')
    expect(await everythingInside()).not.toContain('/KEY"')
    expect(await valueOf(provider, 'STAYS')).toBe('value-that-stays')
  })

  it('a value that was written over is gone from the newest generation, its version is remembered, ten at most', async () => {
    const provider = await session.connect()
    const ids: string[] = []
    for (let round = 0; round < 15; round += 1)
      ids.unshift(await put(provider, 'KEY', `value-number-${String(round)}`))
    const text = await session.plaintext()
    for (let round = 0; round < 14; round += 1) expect(text).not.toContain(`value-number-${String(round)}"`)
    const versions: string[] = []
    for await (const info of provider.versions!('KEY', never)) versions.push(info.version)
    expect(versions).toEqual(ids.slice(0, 11))
    expect(await provider.read('KEY', { version: ids[0]! }, never)).toMatchObject({ created: noon })
    expect(await provider.read('KEY', { version: ids[1]! }, never)).toBeUndefined()
  })

  it('what somebody wrote over in a grace period is kept until that is settled', async () => {
    const provider = await session.connect()
    await put(provider, 'KEY', 'old-value-0123456789')
    await rotateOnce(provider, 'KEY', 'new-value-0123456789')
    const { rotation } = await provider.rotation!.observe('KEY', never)
    await put(provider, 'KEY', 'value-written-by-hand')
    expect(await valueOf(provider, 'KEY', { version: rotation!.version })).toBe('new-value-0123456789')
    expect(await valueOf(provider, 'KEY', 'previous')).toBe('old-value-0123456789')
  })
})

describe('rotation in this store', () => {
  it('an aborted rotation leaves value and age, under a new version', async () => {
    const provider = await session.connect()
    const base = await put(provider, 'KEY', 'old-value-0123456789')
    const store = provider.rotation!
    const pending = await store.stage('KEY', base, new Secret('new-value-0123456789'), mark, never)
    await store.abort('KEY', { ...pending, announced: false }, never)
    const { current } = await store.observe('KEY', never)
    expect(current?.version).not.toBe(base)
    expect(current?.since).toBe(noon)
    expect(await session.plaintext()).not.toContain('new-value-0123456789')
  })

  it('an announced value can be read by its version, a staged one only through the port', async () => {
    const provider = await session.connect()
    const base = await put(provider, 'KEY', 'old-value-0123456789')
    const store = provider.rotation!
    const pending = await store.stage('KEY', base, new Secret('new-value-0123456789'), mark, never)
    expect(await valueOf(provider, 'KEY', { version: pending.version })).toBeUndefined()
    await store.announce!('KEY', { ...pending, announced: false }, noon, never)
    expect(await valueOf(provider, 'KEY', { version: pending.version })).toBe('new-value-0123456789')
    expect(await valueOf(provider, 'KEY')).toBe('old-value-0123456789')
  })

  it('facts survive another process: mode, plan, times', async () => {
    const provider = await session.connect()
    const base = await put(provider, 'KEY', 'old-value-0123456789', noon + 1)
    const emergency = { runId: 'run-2', mode: 'emergency', plan: 'hash' } as const
    const pending = await provider.rotation!.stage(
      'KEY',
      base,
      new Secret('new-value-0123456789'),
      emergency,
      never,
    )
    const other = (await session.connect()).rotation!
    expect((await other.observe('KEY', never)).pending?.mark).toEqual(emergency)
    await other.commit('KEY', { ...pending, announced: false }, { at: noon + 2, deadline: noon + 3 }, never)
    await other.record('KEY', pending.version, { verifiedAt: noon + 4 }, never)
    expect(await (await session.connect()).rotation!.observe('KEY', never)).toEqual({
      current: { version: pending.version, since: noon + 2 },
      rotation: {
        version: pending.version,
        at: noon + 2,
        previous: { version: base, status: 'accepted' },
        deadline: noon + 3,
        verifiedAt: noon + 4,
        mode: 'emergency',
      },
    })
  })
})

describe('many writers', () => {
  /** Holds every publish back until it is let go. */
  function paused(): { files: Files; reached: Promise<void>; letGo: () => void } {
    const files = createFiles()
    let [reach, letGo]: (() => void)[] = []
    const reached = new Promise<void>(resolve => (reach = resolve))
    const gate = new Promise<void>(resolve => (letGo = resolve))
    const publish: Files['publish'] = async (path, bytes, mode) => {
      reach?.()
      await gate
      return files.publish(path, bytes, mode)
    }
    return { files: { ...files, publish }, reached, letGo: () => letGo?.() }
  }

  it('one that sleeps while others write and clean up does not lose its write in the gap', async () => {
    await put(await session.connect(), 'FIRST', 'value-first')
    const { files, reached, letGo } = paused()
    const slow = put(await session.connectWith({ files }), 'SLOW', 'value-slow')
    await reached
    const quick = await session.connect()
    for (let round = 0; round < 5; round += 1) await put(quick, `QUICK_${String(round)}`, 'value-quick')
    expect(await session.generations()).not.toContain('000000000002.age')
    letGo()
    await slow
    expect(await session.generations()).not.toContain('000000000002.age')
    const names = ['FIRST', ...[0, 1, 2, 3, 4].map(round => `QUICK_${String(round)}`), 'SLOW']
    expect(await namesOf(await session.connect())).toEqual(names)
  })

  it('a lost race is decided anew on what the winner left', async () => {
    const base = await put(await session.connect(), 'KEY', 'value-zero')
    const { files, reached, letGo } = paused()
    const slow = await session.connectWith({ files })
    const writing = slow.writeIf!('KEY', new Secret('value-slow'), base, { at: noon }, never)
    await reached
    await put(await session.connect(), 'KEY', 'value-quick')
    letGo()
    await rejection(writing, 'provider.conflict', ['value-slow'])
    expect(await valueOf(slow, 'KEY')).toBe('value-quick')
  })

  it('a signal that aborts on the way stops before anything is published', async () => {
    await put(await session.connect(), 'KEY', 'value-zero')
    const controller = new AbortController()
    const files = createFiles()
    const read: Files['read'] = (path, options) => {
      if (path.endsWith('identity.txt')) controller.abort(new Error('interrupted'))
      return files.read(path, options)
    }
    const provider = await session.connectWith({ files: { ...files, read } })
    const writing = provider.write('KEY', new Secret('value-one'), { at: noon }, controller.signal)
    await expect(writing).rejects.toThrow('interrupted')
    expect(await session.generations()).toEqual(['000000000001.age'])
  })
})

describe('10,000 secrets', () => {
  it('every one is read in a few seconds, and a write takes less than one', async () => {
    await session.seed(10_000)
    const provider = await session.connect()
    const began = performance.now()
    expect((await namesOf(provider)).length).toBe(10_000)
    const listed = performance.now()
    for (let index = 0; index < 10_000; index += 100) {
      expect(await valueOf(provider, seedName(index))).toBe(seedValue(index))
    }
    const read = performance.now()
    await put(provider, 'ONE_MORE', 'value')
    const written = performance.now()
    expect(listed - began).toBeLessThan(3_000)
    expect((read - listed) / 100).toBeLessThan(100)
    expect(written - read).toBeLessThan(3_000)
  })
})
