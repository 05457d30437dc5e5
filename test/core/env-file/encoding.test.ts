import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { findEncoding } from '../../../src/core/env-file/encoding.ts'
import { isSecretsError, type SecretsError } from '../../../src/core/errors.ts'

const text = '# für alle – “gut”\r\nCITY=Köln\r\nPORT=3000\r\n'
const latin = '# für alle\r\nCITY=Köln\r\nPORT=3000\r\n'

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes).swap16()
}

/** Windows-1252 is Latin-1 but for these. */
function windows(words: string): Buffer {
  const special = new Map([
    ['–', 0x96],
    ['“', 0x93],
    ['”', 0x94],
  ])
  return Buffer.from(Array.from(words, letter => special.get(letter) ?? letter.charCodeAt(0)))
}

const files: readonly (readonly [name: string, bytes: Buffer, content: string])[] = [
  ['UTF-16LE', Buffer.from(`\ufeff${text}`, 'utf16le'), text],
  ['UTF-16BE', swapped(Buffer.from(`\ufeff${text}`, 'utf16le')), text],
  ['UTF-16LE without a mark', Buffer.from(text, 'utf16le'), text],
  ['UTF-16BE without a mark', swapped(Buffer.from(text, 'utf16le')), text],
  ['Windows-1252', windows(text), text],
  ['ISO-8859-1 (Latin-1)', Buffer.from(latin, 'latin1'), latin],
]

function refusalOf(bytes: Uint8Array, path: string): SecretsError {
  try {
    EnvDocument.parse(bytes, path)
  } catch (error) {
    if (isSecretsError(error)) return error
  }
  throw new Error('not refused')
}

describe.skipIf(process.platform === 'win32')('a file in another encoding', () => {
  it.each(files)(
    '%s: refused by its name, with a command that really converts it',
    (name, bytes, content) => {
      const directory = mkdtempSync(join(tmpdir(), 'secrets-encoding-'))
      onTestFinished(() => {
        rmSync(directory, { recursive: true })
      })
      const path = "-it's an .env"
      writeFileSync(join(directory, path), bytes)
      const { code, message, hints } = refusalOf(bytes, path)
      expect(code).toBe('env_file.not_text')
      expect(message).toContain(name)
      const command = /convert it: (.*)/.exec(hints[0] ?? '')?.[1] ?? 'false'
      expect(spawnSync('sh', ['-c', command], { cwd: directory }).status, command).toBe(0)
      const converted = readFileSync(join(directory, path))
      expect(converted.toString()).toBe(content)
      expect(statSync(join(directory, path)).mode & 0o777).toBe(0o600)
      expect(EnvDocument.parse(converted, path).values().get('PORT')).toBe('3000')
    },
  )
})

describe('bytes that name no encoding', () => {
  it.each([
    ['damaged UTF-8', Buffer.concat([Buffer.from('A=ö\nB='), Buffer.from([0xff])])],
    ['a byte that Windows-1252 has not', Buffer.from([65, 61, 0xe9, 0x81, 10])],
    ['control characters', Buffer.from([65, 61, 0xe9, 1, 10])],
    ['NUL bytes here and there', Buffer.from([65, 61, 0, 66, 67, 68, 0, 10])],
    ['an odd number of bytes', Buffer.from([65, 0, 61, 0, 66])],
  ])('%s: refused without a command', (_what, bytes) => {
    expect(findEncoding(bytes)).toBeUndefined()
    const { code, hints } = refusalOf(bytes, '.env')
    expect(code).toBe('env_file.not_text')
    expect(hints.join()).not.toContain('iconv')
  })

  it('says on which line the first byte is that is no UTF-8', () => {
    expect(refusalOf(Buffer.from('A=1\nB=Köln\n', 'latin1'), '.env').at).toEqual({ path: '.env', line: 2 })
  })

  it('takes no time for a large file', () => {
    const began = performance.now()
    expect(refusalOf(Buffer.alloc(8_000_000, 0xe9), '.env').code).toBe('env_file.not_text')
    expect(performance.now() - began).toBeLessThan(2000)
  })
})
