import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { renameSync, symlinkSync, writeFileSync } from 'node:fs'
import {
  appendFile,
  chmod,
  link,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Files, FileVersion } from '../../src/context.ts'
import { createFiles } from '../../src/effects/files.ts'
import { bytes, endedProcess, isLinux, leftovers, modeOf, textOf, useDirectory } from './workplace.ts'

const files = createFiles()
const place = useDirectory()

async function versionAt(path: string): Promise<FileVersion> {
  return (await files.read(path))!.version
}

describe('read', () => {
  it('content, version, mode and links of a regular file', async () => {
    const path = place.at('.env')
    await writeFile(path, 'A=1\n', { mode: 0o640 })
    await link(path, place.at('other-name'))
    const content = await files.read(path)
    expect(Buffer.from(content!.bytes).toString()).toBe('A=1\n')
    expect(content).toMatchObject({ mode: 0o640, links: 2, version: { size: 4 } })
    expect((await files.read(path))?.version).toEqual(content?.version)
  })

  it('an empty file is not an absent one', async () => {
    await writeFile(place.at('.env'), '')
    expect((await files.read(place.at('.env')))?.bytes.length).toBe(0)
    expect(await files.read(place.at('none'))).toBeUndefined()
    expect(await files.read(place.at('.env/below'))).toBeUndefined()
    expect(await files.read(place.at('none/below'))).toBeUndefined()
  })

  it.each(['a file', 'nothing', 'itself', 'a directory'])('a link to %s is refused', async target => {
    const path = place.at('.env')
    if (target === 'a file') await writeFile(place.at('target'), 'A=1\n')
    if (target === 'a directory') await mkdir(place.at('target'))
    await symlink(target === 'itself' ? path : place.at('target'), path)
    await expect(files.read(path)).rejects.toMatchObject({ code: 'env_file.symlink', at: { path } })
  })

  it('a directory, a pipe, a device and a socket are refused at once', async () => {
    await mkdir(place.at('directory'))
    spawnSync('mkfifo', [place.at('pipe')])
    const server = createServer()
    await new Promise<void>(resolve => server.listen(place.at('socket'), resolve))
    for (const path of [
      place.at('directory'),
      place.at('pipe'),
      place.at('socket'),
      '/dev/zero',
      '/dev/full',
    ]) {
      await expect(files.read(path)).rejects.toMatchObject({ code: 'env_file.not_a_file' })
    }
    await new Promise(resolve => server.close(resolve))
  })

  it('a larger file than asked for is refused before it is read', async () => {
    const path = place.at('.env')
    const handle = await open(path, 'w')
    await handle.truncate(1024 * 1024 * 1024 * 64)
    await handle.close()
    await expect(files.read(path)).rejects.toMatchObject({ code: 'env_file.too_large' })
    await writeFile(path, '12345')
    expect((await files.read(path, { maxBytes: 5 }))?.bytes.length).toBe(5)
    await expect(files.read(path, { maxBytes: 4 })).rejects.toMatchObject({ code: 'env_file.too_large' })
  })

  it('a file that is replaced while it is read: one state or the other, never a mixture', async () => {
    const path = place.at('.env')
    const states = ['a'.repeat(50_000), 'b'.repeat(60_000)]
    await writeFile(path, states[0]!)
    let isDone = false
    const writing = (async () => {
      for (let round = 0; !isDone; round += 1) {
        await writeFile(place.at('next'), states[round % 2]!)
        await rename(place.at('next'), path)
      }
    })()
    for (let round = 0; round < 300; round += 1) {
      const text = Buffer.from((await files.read(path))!.bytes).toString()
      expect(states.includes(text)).toBe(true)
    }
    isDone = true
    await writing
  })
})

describe('replace', () => {
  it('a new file, complete, with exactly that mode, and nothing beside it', async () => {
    const path = place.at('.env')
    const version = await files.replace(path, bytes('A=1\n'), { mode: 0o600, base: 'absent' })
    expect(await textOf(path)).toBe('A=1\n')
    expect(await modeOf(path)).toBe(0o600)
    expect(await versionAt(path)).toEqual(version)
    expect((await stat(path)).nlink).toBe(1)
    expect(await leftovers(place.path, '.env')).toEqual([])
  })

  it.each([0o000, 0o022, 0o077, 0o777])('umask %o neither widens nor narrows the mode', async mask => {
    const before = process.umask(mask)
    try {
      for (const mode of [0o600, 0o644, 0o660]) {
        const path = place.at(`file-${mode.toString(8)}`)
        await files.replace(path, bytes('A=1\n'), { mode, base: 'absent' })
        expect(await modeOf(path)).toBe(mode)
      }
      expect(await files.publish(place.at('published'), bytes('x'), 0o600)).toBe(true)
      expect(await modeOf(place.at('published'))).toBe(0o600)
      await files.makeDirectory(place.at('.secrets/store'), 0o700)
      expect(await modeOf(place.at('.secrets'))).toBe(0o700)
      expect(await modeOf(place.at('.secrets/store'))).toBe(0o700)
    } finally {
      process.umask(before)
    }
  })

  it('an existing file with a wider mode ends as asked', async () => {
    const path = place.at('.env')
    await writeFile(path, 'A=1\n', { mode: 0o644 })
    await files.replace(path, bytes('A=2\n'), { mode: 0o600, base: await versionAt(path) })
    expect(await textOf(path)).toBe('A=2\n')
    expect(await modeOf(path)).toBe(0o600)
  })

  it('another name of the file keeps the old content', async () => {
    const path = place.at('.env')
    await writeFile(path, 'A=1\n')
    await link(path, place.at('other-name'))
    await files.replace(path, bytes('A=2\n'), { mode: 0o600, base: await versionAt(path) })
    expect(await textOf(place.at('other-name'))).toBe('A=1\n')
  })

  const moves: Record<string, (path: string) => Promise<unknown>> = {
    'appended to': path => appendFile(path, 'B=2\n'),
    'written again with the same size': async path => {
      await writeFile(path, 'A=9\n')
      await utimes(path, 1, 1)
    },
    'replaced by another file': async path => {
      await writeFile(`${path}.new`, 'A=1\n')
      await rename(`${path}.new`, path)
    },
    removed: path => rename(path, `${path}.new`),
  }
  it.each(Object.entries(moves))('the base was %s: refused, and nothing changed', async (_, move) => {
    const path = place.at('.env')
    await writeFile(path, 'A=1\n')
    const base = await versionAt(path)
    await move(path)
    const before = await readdir(place.path)
    const content = await textOf(path).catch(() => undefined)
    await expect(files.replace(path, bytes('A=2\n'), { mode: 0o600, base })).rejects.toMatchObject({
      code: 'env_file.changed',
    })
    expect(await textOf(path).catch(() => undefined)).toBe(content)
    expect(await readdir(place.path)).toEqual(before)
  })

  it('a base that was absent and has appeared is not overwritten', async () => {
    const path = place.at('.env')
    await writeFile(path, 'theirs')
    await expect(files.replace(path, bytes('ours'), { mode: 0o600, base: 'absent' })).rejects.toMatchObject({
      code: 'env_file.changed',
    })
    expect(await textOf(path)).toBe('theirs')
  })

  /** Does something after the target was looked at first, and before the temp file is made. */
  const meanwhile = (act: () => void): Files =>
    createFiles({
      randomBytes: count => {
        act()
        return randomBytes(count)
      },
    })

  it('a change while the new content is written is seen just before the rename', async () => {
    const path = place.at('.env')
    await writeFile(path, 'A=1\n')
    const base = await versionAt(path)
    const slow = meanwhile(() => {
      writeFileSync(path, 'written by an editor')
    })
    await expect(slow.replace(path, bytes('A=2\n'), { mode: 0o600, base })).rejects.toMatchObject({
      code: 'env_file.changed',
    })
    expect(await textOf(path)).toBe('written by an editor')
    await expect(
      slow.replace(place.at('new'), bytes('x'), { mode: 0o600, base: 'absent' }),
    ).resolves.toBeDefined()
    expect(await leftovers(place.path, '.env', 'new')).toEqual([])
  })

  it('a directory that is exchanged for a link meanwhile is not written through', async () => {
    await mkdir(place.at('project'))
    await mkdir(place.at('elsewhere'))
    await writeFile(place.at('project/.env'), 'A=1\n')
    await link(place.at('project/.env'), place.at('elsewhere/.env'))
    const base = await versionAt(place.at('project/.env'))
    const swap = (): void => {
      renameSync(place.at('project'), place.at('moved'))
      symlinkSync(place.at('elsewhere'), place.at('project'))
    }
    const swapped = meanwhile(swap).replace(place.at('project/.env'), bytes('A=2\n'), { mode: 0o600, base })
    await expect(swapped).rejects.toMatchObject({ code: 'env_file.changed' })
    expect(await textOf(place.at('elsewhere/.env'))).toBe('A=1\n')
    expect(await readdir(place.at('elsewhere'))).toEqual(['.env'])
    expect(await readdir(place.at('moved'))).toEqual(['.env'])
  })

  it('of many that make the same new file, one succeeds', async () => {
    const path = place.at('.env')
    const texts = Array.from({ length: 20 }, (_, index) => `A=${String(index)}\n`)
    const results = await Promise.allSettled(
      texts.map(text => files.replace(path, bytes(text), { mode: 0o600, base: 'absent' })),
    )
    const winner = results.findIndex(result => result.status === 'fulfilled')
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1)
    expect(await textOf(path)).toBe(texts[winner])
    expect(await leftovers(place.path, '.env')).toEqual([])
  })

  it('a link, whole or dangling, is refused and not written through', async () => {
    const path = place.at('.env')
    for (const target of [place.at('target'), place.at('nothing')]) {
      await writeFile(place.at('target'), 'untouched')
      await symlink(target, path)
      for (const base of ['absent', await versionAt(place.at('target'))] as const) {
        await expect(files.replace(path, bytes('A=1\n'), { mode: 0o600, base })).rejects.toMatchObject({
          code: 'env_file.symlink',
        })
      }
      expect(await readlink(path)).toBe(target)
      expect(await textOf(place.at('target'))).toBe('untouched')
      await expect(stat(place.at('nothing'))).rejects.toThrow()
      await rename(path, place.at(`away-${String(target.length)}`))
    }
  })

  it('through a link to the directory: the real directory is written', async () => {
    await mkdir(place.at('real'))
    await symlink(place.at('real'), place.at('linked'))
    await files.replace(place.at('linked/.env'), bytes('A=1\n'), { mode: 0o600, base: 'absent' })
    expect(await readdir(place.at('real'))).toEqual(['.env'])
    expect(await textOf(place.at('real/.env'))).toBe('A=1\n')
  })

  it('a directory or a pipe in its place is refused; a missing directory is named', async () => {
    await mkdir(place.at('directory'))
    spawnSync('mkfifo', [place.at('pipe')])
    const options = { mode: 0o600, base: 'absent' } as const
    for (const name of ['directory', 'pipe']) {
      await expect(files.replace(place.at(name), bytes('x'), options)).rejects.toMatchObject({
        code: 'env_file.not_a_file',
      })
    }
    await expect(files.replace(place.at('none/.env'), bytes('x'), options)).rejects.toMatchObject({
      code: 'file.missing',
    })
  })

  it('no value stands in an error', async () => {
    const value = 'canary-value-0123456789'
    const error: unknown = await files
      .replace(place.at('none/.env'), bytes(value), { mode: 0o600, base: 'absent' })
      .catch((thrown: unknown) => thrown)
    expect(String((error as Error).stack)).not.toContain(value)
    expect(String(((error as Error).cause as Error).stack)).not.toContain(value)
  })
})

describe('what killed processes left behind', () => {
  const tempName = (pid: number, start: string): string =>
    `.env.${String(pid)}-${start}-${'0'.repeat(32)}.tmp`
  const startOf = async (pid: number): Promise<string> => {
    const text = await textOf(`/proc/${String(pid)}/stat`)
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]!
  }
  const write = (): Promise<FileVersion> =>
    files.replace(place.at('.env'), bytes('A=1\n'), { mode: 0o600, base: 'absent' })

  it('is removed when its process has ended', async () => {
    const pid = endedProcess()
    await writeFile(place.at(tempName(pid, '1')), 'A=secret\n')
    await writeFile(place.at(`.env.env.production.${String(pid)}-1-abcdef01-${'0'.repeat(32)}.lock`), '')
    await write()
    expect(await leftovers(place.path, '.env')).toEqual([])
  })

  it('is removed by whoever lists the directory, and not shown', async () => {
    const pid = endedProcess()
    await writeFile(place.at('.env.example'), 'A=1\n')
    await writeFile(place.at(tempName(pid, '1')), 'A=secret\n')
    await writeFile(place.at(`.env.env.${String(pid)}-1-abcdef01-${'0'.repeat(32)}.lock`), '')
    expect(await files.list(place.path)).toEqual([{ name: '.env.example', kind: 'file' }])
    expect(await leftovers(place.path, '.env.example')).toEqual([])
  })

  it.runIf(isLinux)(
    'is kept while its process runs (Linux only: /proc says when a process and the machine began)',
    async () => {
      const mine = tempName(process.pid, await startOf(process.pid))
      const parents = tempName(process.ppid, await startOf(process.ppid))
      for (const name of [mine, parents]) await writeFile(place.at(name), 'A=secret\n')
      await write()
      expect([...(await leftovers(place.path, '.env'))].sort()).toEqual([mine, parents].sort())
    },
  )

  it.runIf(isLinux)(
    'is removed when only the number of its process is in use again (Linux only: /proc says when a process and the machine began)',
    async () => {
      await writeFile(place.at(tempName(process.pid, '1')), 'A=secret\n')
      await write()
      expect(await leftovers(place.path, '.env')).toEqual([])
    },
  )

  it('other files are left alone, even with names like it', async () => {
    const pid = endedProcess()
    const others = [
      `.env.${String(pid)}-1-short.tmp`,
      `${String(pid)}-1-${'0'.repeat(32)}.tmp`,
      `.env.${String(pid)}-1-${'0'.repeat(32)}.tmp.bak`,
      '.env.local',
    ]
    for (const name of others) await writeFile(place.at(name), 'x')
    await symlink(place.at('.env.local'), place.at(tempName(pid, '2')))
    await write()
    expect([...(await leftovers(place.path, '.env'))].sort()).toEqual([...others, tempName(pid, '2')].sort())
  })
})

describe('publish', () => {
  it('takes a free name, and leaves a taken one as it is', async () => {
    const path = place.at('000000000001.age')
    expect(await files.publish(path, bytes('first'), 0o600)).toBe(true)
    expect(await files.publish(path, bytes('second'), 0o600)).toBe(false)
    expect(await textOf(path)).toBe('first')
    expect((await stat(path)).nlink).toBe(1)
    expect(await leftovers(place.path, '000000000001.age')).toEqual([])
  })

  it('of many at once, one succeeds', async () => {
    const path = place.at('000000000001.age')
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => files.publish(path, bytes(String(index)), 0o600)),
    )
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await textOf(path)).toBe(String(results.indexOf(true)))
    expect(await leftovers(place.path, '000000000001.age')).toEqual([])
  })

  it('a link or a directory has the name too', async () => {
    await symlink(place.at('nothing'), place.at('link'))
    await mkdir(place.at('directory'))
    expect(await files.publish(place.at('link'), bytes('x'), 0o600)).toBe(false)
    expect(await files.publish(place.at('directory'), bytes('x'), 0o600)).toBe(false)
  })
})

describe('list, remove, makeDirectory', () => {
  it('list: sorted, with kinds; undefined only for what is not there', async () => {
    await writeFile(place.at('b'), '')
    await mkdir(place.at('a'))
    await symlink('b', place.at('c'))
    spawnSync('mkfifo', [place.at('d')])
    expect(await files.list(place.path)).toEqual([
      { name: 'a', kind: 'directory' },
      { name: 'b', kind: 'file' },
      { name: 'c', kind: 'symlink' },
      { name: 'd', kind: 'other' },
    ])
    expect(await files.list(place.at('none'))).toBeUndefined()
    await expect(files.list(place.at('b'))).rejects.toMatchObject({ code: 'file.unreadable' })
  })

  it('remove: a file, quiet when it is not there, nothing else', async () => {
    await writeFile(place.at('file'), 'x')
    await files.remove(place.at('file'))
    await files.remove(place.at('file'))
    await files.remove(place.at('none/file'))
    await mkdir(place.at('directory'))
    await symlink('directory', place.at('link'))
    await expect(files.remove(place.at('directory'))).rejects.toMatchObject({ code: 'env_file.not_a_file' })
    await expect(files.remove(place.at('link'))).rejects.toMatchObject({ code: 'env_file.symlink' })
    expect(await readdir(place.path)).toEqual(['directory', 'link'])
  })

  it('makeDirectory: repeated, in parallel, and not over a file', async () => {
    const path = place.at('one/two/three')
    await Promise.all([1, 2, 3, 4].map(() => files.makeDirectory(path, 0o700)))
    expect(await modeOf(place.at('one'))).toBe(0o700)
    await chmod(place.at('one'), 0o755)
    await files.makeDirectory(path, 0o700)
    expect(await modeOf(place.at('one'))).toBe(0o755)
    await writeFile(place.at('file'), 'x')
    await expect(files.makeDirectory(place.at('file'), 0o700)).rejects.toMatchObject({
      code: 'file.unwritable',
    })
    await expect(files.makeDirectory(place.at('file/below'), 0o700)).rejects.toMatchObject({
      code: expect.stringMatching(/^file\./) as string,
    })
  })
})
