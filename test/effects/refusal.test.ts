import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createFiles } from '../../src/effects/files.ts'
import { bytes, hasCommand, isLinux, isRoot, startScript, textOf, useDirectory } from './workplace.ts'

const place = useDirectory()

/** Without the superuser's right to ignore modes; needs nothing where we are an ordinary user. */
const unprivileged = isRoot
  ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all']
  : []
const canDrop = !isRoot || hasCommand('setpriv', ...unprivileged.slice(1), 'true')

const report = `.then(() => 'done', error => error.code + ' ' + error.hints.length).then(text => process.stdout.write(text))`

async function outcome(call: string, wrapper = unprivileged): Promise<string> {
  const { done } = await startScript(`await ${call}${report}`, wrapper)
  const { stdout, stderr } = await done
  expect(stderr).toBe('')
  return stdout
}

describe.skipIf(!canDrop)('without the right (needs setpriv where the tests run as root)', () => {
  it('a directory that may not be written: said so, and nothing changed', async () => {
    const path = JSON.stringify(place.at('.env'))
    await writeFile(place.at('.env'), 'A=1\n')
    await chmod(place.path, 0o500)
    try {
      const base = `(await files.read(${path})).version`
      const calls = [
        `files.replace(${path}, Buffer.from('A=2\\n'), { mode: 0o600, base: ${base} })`,
        `files.publish(${JSON.stringify(place.at('new'))}, Buffer.from('x'), 0o600)`,
        `files.remove(${path})`,
        `files.makeDirectory(${JSON.stringify(place.at('sub/sub'))}, 0o700)`,
        `files.withLock(${path}, new AbortController().signal, async () => undefined)`,
      ]
      for (const call of calls) expect(await outcome(call)).toBe('file.unwritable 1')
      expect(await textOf(place.at('.env'))).toBe('A=1\n')
      expect(await readdir(place.path)).toEqual(['.env'])
    } finally {
      await chmod(place.path, 0o700)
    }
  })

  it('a file or directory that may not be read: said so, not taken for absent', async () => {
    await writeFile(place.at('.env'), 'A=1\n', { mode: 0o000 })
    await mkdir(place.at('closed'), { mode: 0o000 })
    expect(await outcome(`files.read(${JSON.stringify(place.at('.env'))})`)).toBe('env_file.unreadable 1')
    expect(await outcome(`files.read(${JSON.stringify(place.at('closed/.env'))})`)).toBe(
      'env_file.unreadable 1',
    )
    expect(await outcome(`files.list(${JSON.stringify(place.at('closed'))})`)).toBe('file.unreadable 1')
  })
})

const canMount = isLinux && isRoot && hasCommand('unshare', '--mount', 'true')

describe.skipIf(!canMount)('a full disk (needs root on Linux for a tiny tmpfs)', () => {
  it('said so, the old file intact, no temp file left', async () => {
    const script = [
      `const path = ${JSON.stringify(place.at('disk/.env'))}`,
      `const old = Buffer.alloc(30_000, 'a')`,
      `await files.replace(path, old, { mode: 0o600, base: 'absent' })`,
      `const { version } = await files.read(path)`,
      `const failed = await files.replace(path, Buffer.alloc(60_000, 'b'), { mode: 0o600, base: version }).catch(error => error.code)`,
      `const published = await files.publish(path + '.new', Buffer.alloc(60_000, 'b'), 0o600).catch(error => error.code)`,
      `const after = Buffer.from((await files.read(path)).bytes)`,
      `const names = (await files.list(${JSON.stringify(place.at('disk'))})).map(entry => entry.name)`,
      `process.stdout.write(JSON.stringify({ failed, published, isIntact: after.equals(old), names }))`,
    ].join('\n')
    await mkdir(place.at('disk'))
    const mount = `mount -t tmpfs -o size=64k tmpfs ${place.at('disk')} && exec "$@"`
    const { done } = await startScript(script, ['unshare', '--mount', 'sh', '-c', mount, 'sh'])
    const { stdout, stderr } = await done
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      failed: 'file.no_space',
      published: 'file.no_space',
      isIntact: true,
      names: ['.env'],
    })
  })

  it('a limit on file sizes is the same to the user', async () => {
    const script = [
      `process.on('SIGXFSZ', () => undefined)`,
      `const path = ${JSON.stringify(place.at('.env'))}`,
      `const failed = await files.replace(path, Buffer.alloc(200_000, 'b'), { mode: 0o600, base: 'absent' }).catch(error => error.code)`,
      `process.stdout.write(failed)`,
    ].join('\n')
    const { done } = await startScript(script, ['prlimit', '--fsize=65536'])
    expect((await done).stdout).toBe('file.no_space')
    expect(await readdir(place.path)).toEqual([])
  })
})

describe.skipIf(!isRoot)('as root (needs root)', () => {
  it("somebody else's file stays theirs", async () => {
    const files = createFiles()
    const path = place.at('.env')
    await writeFile(path, 'A=1\n', { mode: 0o600 })
    spawnSync('chown', ['1234:2345', path])
    const { version } = (await files.read(path))!
    await files.replace(path, bytes('A=2\n'), { mode: 0o600, base: version })
    expect(await textOf(path)).toBe('A=2\n')
    expect(await stat(path)).toMatchObject({ uid: 1234, gid: 2345 })
  })
})
