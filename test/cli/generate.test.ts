import { createPrivateKey, createPublicKey } from 'node:crypto'
import { parse } from 'dotenv'
import { describe, expect, it } from 'vitest'
import { formKinds } from '../../src/core/form.ts'
import { type JsonReport, Project } from '../support/cli.ts'

interface Value {
  readonly kind: string
  readonly form: string
  readonly value: string
  readonly bits: number
  readonly name?: string
}

function values(report: JsonReport): readonly Value[] {
  return (report.data?.['values'] ?? []) as readonly Value[]
}

describe('generate', () => {
  it('lists every kind with its form, entropy and source', async () => {
    const { report } = await new Project().json(['generate', '--list'])
    const kinds = report.data?.['kinds'] as { kind: string; form: string; bits: number; source: string }[]
    expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(formKinds))
    for (const { form, kind, source } of kinds) {
      expect(form.startsWith(kind)).toBe(true)
      expect(source).not.toBe('')
    }
    const text = (await new Project().run(['generate', '--list'])).stdout
    for (const { form, bits } of kinds) {
      expect(text).toMatch(new RegExp(`^${form} +${String(bits)} bits `, 'm'))
    }
  })

  it('writes both halves of a pair under the names given, so that they are read back', async () => {
    const project = new Project()
    const { stdout } = await project.run(['generate', 'ed25519', '--name', 'JWT_KEY,JWT_PUBLIC_KEY'])
    expect(stdout.trimEnd().split('\n').length).toBe(2)
    const { JWT_KEY, JWT_PUBLIC_KEY } = parse(stdout)
    const publicHalf = createPublicKey(createPrivateKey(JWT_KEY!)).export({ type: 'spki', format: 'pem' })
    expect(JWT_PUBLIC_KEY).toBe(publicHalf)
  })

  it('writes a pair under its usual names, and says in which form each half is', async () => {
    const { report } = await new Project().json(['generate', 'vapid'])
    expect(values(report)).toMatchObject([
      { name: 'VAPID_PRIVATE_KEY', kind: 'vapid', form: 'vapid', bits: 128 },
      { name: 'VAPID_PUBLIC_KEY', kind: 'public-of', form: 'public-of:VAPID_PRIVATE_KEY', bits: 0 },
    ])
    const named = await new Project().json(['generate', 'ec:jwk', '--name', 'A,B'])
    expect(values(named.report).map(({ name, form }) => [name, form])).toEqual([
      ['A', 'ec:256:jwk'],
      ['B', 'public-of:A'],
    ])
  })

  it.each([
    ['wp-salts', 8, 'wp-salt'],
    ['rails-encryption', 3, 'alnum:32'],
  ])('writes all of %s', async (kind, count, form) => {
    const { report } = await new Project().json(['generate', kind])
    expect(values(report).map(each => each.form)).toEqual(Array.from({ length: count }, () => form))
    expect(new Set(values(report).map(({ name }) => name)).size).toBe(count)
    expect(new Set(values(report).map(({ value }) => value)).size).toBe(count)
  })

  it('shows a password with its hash, in quotes that every reader takes', async () => {
    const { stdout } = await new Project().run(['generate', 'bcrypt'])
    const { PASSWORD, PASSWORD_HASH } = parse(stdout)
    expect(PASSWORD).toMatch(/^[A-Za-z0-9]{24}$/)
    expect(PASSWORD_HASH).toMatch(/^\$2b\$12\$.{53}$/)
    expect(stdout).toContain(`='${PASSWORD_HASH!}'`)
  })

  it.each([
    [['jwt-secret', '--bits', '512'], 'jwt-secret:512'],
    [['rsa', '--bits', '2048'], 'rsa:2048'],
    [['hex', '--bytes', '20'], 'hex:20'],
    [['password:30:lower-special'], 'password:30:lower-special'],
    [['password:30:lower-special', '--length', '40'], 'password:40:lower-special'],
    [['pin', '--length', '8'], 'pin:8'],
  ])('takes its size from an option or the form: %s', async (words, form) => {
    const { report } = await new Project().json(['generate', ...words])
    expect(values(report)[0]?.form).toBe(form)
  })

  it.each([
    ['a pair with one name', ['rsa', '--name', 'A'], 'usage.invalid_argument'],
    ['one value with two names', ['hex', '--name', 'A,B'], 'usage.invalid_argument'],
    ['several pairs of one name', ['vapid', '--count', '2'], 'usage.invalid_argument'],
    ['a name that is none', ['hex', '--name', '9A'], 'usage.bad_name'],
    ['half a pair', ['public-of:A'], 'usage.invalid_argument'],
    ['a size in the wrong unit', ['rsa', '--bytes', '256'], 'usage.invalid_argument'],
    ['a size of a fixed kind', ['vapid', '--bits', '256'], 'usage.invalid_argument'],
    ['a size that there is not', ['rsa', '--bits', '1024'], 'usage.invalid_argument'],
    ['a weak password with its hash', ['bcrypt', '--length', '12'], 'usage.too_weak'],
    ['too little', ['hex', '--bytes', '8'], 'usage.too_weak'],
  ])('refuses %s', async (_what, words, code) => {
    const { code: exit, report } = await new Project().json(['generate', ...words])
    expect([exit, report.error?.code, report.error?.hints.length]).toEqual([2, code, expect.any(Number)])
  })
})
