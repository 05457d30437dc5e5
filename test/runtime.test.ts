import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accepts, keyring } from '../src/runtime.ts'

const record = (until: string): string =>
  `# secrets: rotation TOKEN id=2 check=0123456789abcdef.0123456789abcdef0123456789abcdef until=${until} prev=1/0123456789abcdef.0123456789abcdef0123456789abcdef\n`
const [past, future] = ['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z']

let directory = ''
let file = ''
let count = 0

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-runtime-'))
  file = join(directory, '.env')
  process.env['SECRETS_ENV_FILE'] = file
})

afterEach(() => {
  for (const name of ['SECRETS_ENV_FILE', 'TOKEN', 'TOKEN_OLD', 'TOKEN_OLD_UNTIL', 'TOKEN_NEXT'])
    Reflect.deleteProperty(process.env, name)
  rmSync(directory, { recursive: true })
})

/** As the tool writes: a new file under the name. */
function replace(text: string): void {
  count += 1
  const temp = join(directory, `temp-${String(count)}`)
  writeFileSync(temp, text)
  chmodSync(temp, 0o600)
  renameSync(temp, file)
}

describe('from a file', () => {
  it('accepts the current and, until the deadline, the previous value', () => {
    replace(`${record(future)}TOKEN=new\nTOKEN_OLD=old\n`)
    expect(keyring('TOKEN')).toEqual(['new', 'old'])
    expect(['new', 'old', 'other', ''].map(value => accepts('TOKEN', value))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('stops accepting the previous value at the deadline by itself', () => {
    replace(`${record(past)}TOKEN=new\nTOKEN_OLD=old\n`)
    expect(keyring('TOKEN')).toEqual(['new'])
    expect(accepts('TOKEN', 'old')).toBe(false)
  })

  it('accepts a previous value of which nobody says until when', () => {
    replace('TOKEN=new\nTOKEN_OLD=old\n')
    expect(keyring('TOKEN')).toEqual(['new', 'old'])
  })

  it('accepts an announced value, and signs with the current one', () => {
    replace(`${record(past)}TOKEN=now\nTOKEN_NEXT=soon\nTOKEN_OLD=old\n`)
    expect(keyring('TOKEN')).toEqual(['now', 'soon'])
    expect(accepts('TOKEN', 'soon')).toBe(true)
    replace('TOKEN=now\nTOKEN_NEXT=now\nTOKEN_OLD=\n')
    expect(keyring('TOKEN')).toEqual(['now'])
    replace('TOKEN=now\nTOKEN_NEXT=\nTOKEN_OLD=old\n')
    expect(keyring('TOKEN')).toEqual(['now', 'old'])
  })

  it('sees a change of the file at the next call', () => {
    replace('TOKEN=one\n')
    expect(keyring('TOKEN')).toEqual(['one'])
    replace('TOKEN=two\n')
    expect(keyring('TOKEN')).toEqual(['two'])
  })

  it('throws for a name that is not there, and for an empty value', () => {
    replace('TOKEN=\nOTHER=x\n')
    for (const name of ['TOKEN', 'NO_SUCH']) expect(() => keyring(name)).toThrow(name)
    expect(() => accepts('TOKEN', '')).toThrow()
  })

  it('takes an old value that equals the current one as none', () => {
    replace(`${record(future)}TOKEN=same\nTOKEN_OLD=same\n`)
    expect(keyring('TOKEN')).toEqual(['same'])
  })
})

describe('from the process environment', () => {
  beforeEach(() => {
    Reflect.deleteProperty(process.env, 'SECRETS_ENV_FILE')
    process.env['TOKEN'] = 'new'
    process.env['TOKEN_OLD'] = 'old'
  })

  it('accepts the previous value until NAME_OLD_UNTIL', () => {
    process.env['TOKEN_OLD_UNTIL'] = future
    expect(keyring('TOKEN')).toEqual(['new', 'old'])
    process.env['TOKEN_OLD_UNTIL'] = past
    expect(keyring('TOKEN')).toEqual(['new'])
    process.env['TOKEN_NEXT'] = 'soon'
    expect(keyring('TOKEN')).toEqual(['new', 'soon'])
  })

  it('the file that is named wins over the environment', () => {
    process.env['SECRETS_ENV_FILE'] = file
    replace('TOKEN=from-file\n')
    expect(keyring('TOKEN')).toEqual(['from-file'])
  })
})
