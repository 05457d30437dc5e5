import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFiles } from '../../src/effects/files.ts'
import { bytes, endedProcess, isLinux, modeOf, startScript, textOf, useDirectory } from './workplace.ts'

const place = useDirectory()
const files = createFiles()
const impatient = createFiles({ lockWait: 50 })
const never = new AbortController().signal

const lockName = /^\.env\.env\.(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{32})\.lock$/

interface Holder {
  readonly pid: number
  readonly start: string
  readonly boot: string
}

async function locks(): Promise<string[]> {
  return (await readdir(place.path)).filter(name => name.endsWith('.lock'))
}

function holderIn(name: string | undefined): Holder {
  const [, pid = '', start = '', boot = ''] = lockName.exec(name ?? '') ?? []
  return { pid: Number(pid), start, boot }
}

/** Puts there what this process would as a holder, with some of it changed. */
async function plant(path: string, change: Partial<Holder>): Promise<string> {
  const mine = await files.withLock(path, never, async () => holderIn((await locks())[0]))
  const { pid, start, boot } = { ...mine, ...change }
  const planted = place.at(`.env.env.${String(pid)}-${start}-${boot}-${'a'.repeat(32)}.lock`)
  await writeFile(planted, '')
  return planted
}

const isHeld = async (path: string): Promise<string> =>
  impatient
    .withLock(path, never, () => Promise.resolve('taken'))
    .catch((error: unknown) => (error as { code: string }).code)

describe('the lock file', () => {
  it('has a name that git ignores with .env.*, beside the file, 0600, and is gone afterwards', async () => {
    await mkdir(place.at('.secrets'))
    for (const [file, directory, start] of [
      ['.env', place.path, '.env.env.'],
      ['.env.production', place.path, '.env.env.production.'],
      ['.secrets/init.json', place.at('.secrets'), '.env.init.json.'],
      ['a b\n.env', place.path, '.env.a_b_.env.'],
      ['x'.repeat(240), place.path, '.env.xxx'],
    ] as const) {
      await files.withLock(place.at(file), never, async () => {
        const [name, ...others] = (await readdir(directory)).filter(one => one.endsWith('.lock'))
        expect(others).toEqual([])
        expect(name?.startsWith(start)).toBe(true)
        expect(await modeOf(`${directory}/${name ?? ''}`)).toBe(0o600)
      })
      expect((await readdir(directory)).filter(one => one.endsWith('.lock'))).toEqual([])
    }
  })

  it('is gone when the work fails, and the failure is what the caller gets', async () => {
    const failing = files.withLock(place.at('.env'), never, () =>
      Promise.reject(new Error('the work failed')),
    )
    await expect(failing).rejects.toThrow('the work failed')
    expect(await readdir(place.path)).toEqual([])
  })

  it('is the same one through a link to the directory, and one for each file', async () => {
    await mkdir(place.at('real'))
    await symlink(place.at('real'), place.at('linked'))
    await files.withLock(place.at('real/.env'), never, async () => {
      expect(await isHeld(place.at('linked/.env'))).toBe('store.locked')
      expect(await isHeld(place.at('real/.env.test'))).toBe('taken')
    })
  })
})

describe('while held', () => {
  it('everybody else waits, and then is told by whom', async () => {
    const path = place.at('.env')
    await files.withLock(path, never, async () => {
      const error: unknown = await impatient
        .withLock(path, never, () => Promise.resolve())
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'store.locked', at: { path: place.at((await locks())[0]!) } })
      expect((error as Error).message).toContain(String(process.pid))
      expect(await locks()).toHaveLength(1)
    })
  })

  it('a signal ends the waiting with its own reason', async () => {
    const path = place.at('.env')
    const reason = new Error('interrupted')
    await files.withLock(path, never, async () => {
      const controller = new AbortController()
      const waiting = files.withLock(path, controller.signal, () => Promise.resolve())
      setImmediate(() => {
        controller.abort(reason)
      })
      await expect(waiting).rejects.toBe(reason)
      await expect(files.withLock(path, controller.signal, () => Promise.resolve())).rejects.toBe(reason)
      expect(await locks()).toHaveLength(1)
    })
  })

  it('the wait is measured on the given clock and bounded', async () => {
    const path = place.at('.env')
    let now = 0
    const pauses: number[] = []
    const clocked = createFiles({
      lockWait: 1000,
      now: () => now,
      sleep: milliseconds => {
        pauses.push(milliseconds)
        now += milliseconds
        return Promise.resolve()
      },
    })
    await files.withLock(path, never, async () => {
      await expect(clocked.withLock(path, never, () => Promise.resolve())).rejects.toMatchObject({
        code: 'store.locked',
      })
    })
    expect(now).toBeGreaterThanOrEqual(1000)
    expect(now).toBeLessThan(1100)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60)
  })
})

describe('a dead holder never blocks', () => {
  it('its process has ended', async () => {
    const path = place.at('.env')
    await plant(path, { pid: endedProcess() })
    expect(await isHeld(path)).toBe('taken')
    expect(await readdir(place.path)).toEqual([])
  })

  it.runIf(isLinux)(
    'its number is in use again by a process that began at another time (Linux only: /proc says when a process and the machine began)',
    async () => {
      const path = place.at('.env')
      await plant(path, { start: '1' })
      expect(await isHeld(path)).toBe('taken')
    },
  )

  it.runIf(isLinux)(
    'the machine was started anew (Linux only: /proc says when a process and the machine began)',
    async () => {
      const path = place.at('.env')
      await plant(path, { boot: 'ffffffff' })
      expect(await isHeld(path)).toBe('taken')
    },
  )

  it('and the same content with a process that runs does block', async () => {
    const path = place.at('.env')
    const planted = await plant(path, {})
    expect(await isHeld(path)).toBe('store.locked')
    expect(await locks()).toEqual([basename(planted)])
  })

  it('a file whose name is no lock means nothing', async () => {
    const path = place.at('.env')
    await writeFile(place.at('.env.env.lock'), '')
    await writeFile(place.at(`.env.env.${String(process.pid)}-1-short.lock`), '')
    expect(await isHeld(path)).toBe('taken')
    expect(await locks()).toHaveLength(2)
  })

  it('many that find it dead at once still hold it one after another', async () => {
    const path = place.at('.env')
    for (let round = 0; round < 10; round += 1) {
      await plant(path, { pid: endedProcess() })
      let [inside, most] = [0, 0]
      await Promise.all(
        Array.from({ length: 12 }, () =>
          files.withLock(path, never, async () => {
            inside += 1
            most = Math.max(most, inside)
            await readdir(place.path)
            inside -= 1
          }),
        ),
      )
      expect(most).toBe(1)
    }
    expect(await readdir(place.path)).toEqual([])
  })
})

describe('several processes', () => {
  const counting = (path: string, rounds: number): string => `
    const signal = new AbortController().signal
    for (let round = 0; round < ${String(rounds)}; round += 1) {
      await files.withLock(${JSON.stringify(path)}, signal, async () => {
        const { bytes, version } = await files.read(${JSON.stringify(path)})
        const next = String(Number(Buffer.from(bytes).toString()) + 1)
        await files.replace(${JSON.stringify(path)}, Buffer.from(next), { mode: 0o600, base: version })
      })
    }
    process.stdout.write('done')`

  it('read, add one, replace: none of the additions is lost', async () => {
    const path = place.at('.env')
    await writeFile(path, '0')
    const runs = await Promise.all(Array.from({ length: 4 }, () => startScript(counting(path, 50))))
    for (const { done } of runs) expect(await done).toMatchObject({ stdout: 'done', stderr: '' })
    expect(await textOf(path)).toBe('200')
    expect(await readdir(place.path)).toEqual(['.env'])
  })

  it('one is killed while it holds the lock: the next takes it at once and cleans up', async () => {
    const path = place.at('.env')
    await writeFile(path, 'before')
    const { pid, done } = await startScript(`
      await files.withLock(${JSON.stringify(path)}, new AbortController().signal, () => {
        process.kill(process.pid, 'SIGKILL')
        return new Promise(() => undefined)
      })`)
    await done
    expect(holderIn((await locks())[0])).toMatchObject({ pid })
    const { version } = (await files.read(path))!
    await impatient.withLock(path, never, () =>
      files.replace(path, bytes('after'), { mode: 0o600, base: version }),
    )
    expect(await textOf(path)).toBe('after')
    expect(await readdir(place.path)).toEqual(['.env'])
  })
})
