import { describe, expect, it } from 'vitest'
import { type JsonReport, Project } from '../support/cli.ts'

const strong = 'k7Qz2vXw9Rb4TmY8nHc3Ld6Pf5Js1GuA'

function found({ data }: JsonReport): readonly string[] {
  const list = (data?.['findings'] ?? []) as readonly Record<string, string | number>[]
  return list.map(({ rule, severity, name, path, line }) =>
    [severity, rule, name ?? '-', `${String(path)}:${String(line)}`].join(' '),
  )
}

describe('validate --layering', () => {
  const project = (): Project => {
    const made = new Project({
      '.env.example': 'SESSION_SECRET=\nPORT=3000\nHOST=localhost\n# required\nURL=\n',
    })
    made.write(
      '.env',
      'PORT=80\nHOST=localhost\nHOST=127.0.0.1\nSESSION_SECRET=change-me\nURL=http://a.test\n',
      0o600,
    )
    made.write('.env.local', `PORT=http\nSESSION_SECRET=${strong}\n`, 0o600)
    made.write('.env.development', 'PORT=8080\n', 0o600)
    made.write('.env.production', 'DEBUG=true\n', 0o600)
    return made
  }

  it('judges what the framework makes of its files, in its own order', async () => {
    const one = project()
    const next = await one.json(['validate', '--layering', 'next'])
    expect([next.code, found(next.report)]).toEqual([
      0,
      ['warning duplicate HOST .env:2', 'warning type PORT .env.local:1'],
    ])
    expect(next.report.data?.['layering']).toMatchObject({
      id: 'next',
      files: ['.env.local', '.env.development', '.env'],
      variables: [
        { name: 'PORT', from: '.env.local:1', over: ['.env.development:1', '.env:1'] },
        { name: 'SESSION_SECRET', from: '.env.local:2', over: ['.env:4'] },
        { name: 'HOST', from: '.env:3', over: [] },
        { name: 'URL' },
      ],
    })
    const vite = await one.run(['validate', '--layering', 'vite'])
    expect([vite.code, vite.stdout]).toEqual([
      0,
      expect.stringContaining('.env.development (development, from default) over .env.local (development'),
    ])
    expect(vite.stdout).not.toContain('[type]')
  })

  it('leaves .env.local out in test, where next does', async () => {
    const { report } = await project().json(['validate', '--layering', 'next', '--env', 'test'])
    expect(report.data).toMatchObject({ layering: { files: ['.env'] }, environment: { name: 'test' } })
    expect(found(report).join()).toContain('placeholder SESSION_SECRET .env:4')
  })

  it.each([
    [['--layering', 'rails'], 'usage.invalid_argument'],
    [['--layering', 'next', '.env'], 'usage.invalid_argument'],
    [['--layering', 'vite'], 'env_file.missing'],
  ])('refuses %j', async (words, error) => {
    const { code, report } = await new Project({ '.env.example': 'A=1\n' }).json(['validate', ...words])
    expect([code, report.error?.code]).toEqual([2, error])
  })
})

describe('validate --source process, with NAME_FILE', () => {
  it('reads the file as the application does, and says what is wrong with one', async () => {
    const project = new Project({
      '.env.example': 'A_TOKEN=\nB_TOKEN=\nC_TOKEN=\nD_TOKEN=\nE_PORT=80\nF_TOKEN=\n# required\nG_TOKEN=\n',
      b: Buffer.alloc(1_048_577, 'x'),
      c: '\n',
    })
    project.write('a', 'changeme\n', 0o600)
    project.write('e', '80\n\n', 0o600)
    project.write('f', `${strong}\r\n`, 0o640)
    project.write('g', Buffer.from([0xff, 0xfe]), 0o600)
    const names = {
      A_TOKEN: 'a',
      B_TOKEN: 'b',
      C_TOKEN: 'c',
      D_TOKEN: 'nowhere',
      E_PORT: 'e',
      F_TOKEN: 'f',
      G_TOKEN: 'g',
    }
    const env = Object.fromEntries(Object.entries(names).map(([name, file]) => [`${name}_FILE`, file]))
    const { code, report, stdout } = await project.json(
      ['validate', '--source', 'process', '--env', 'production'],
      { env },
    )
    const problems = (report.data?.['findings'] as { rule: string; name: string; message: string }[]).map(
      ({ rule, name }) => `${rule} ${name}`,
    )
    expect(code).toBe(1)
    expect(problems.sort()).toEqual([
      'placeholder A_TOKEN',
      'secret-file B_TOKEN_FILE',
      'secret-file C_TOKEN_FILE',
      'secret-file C_TOKEN_FILE',
      'secret-file D_TOKEN_FILE',
      'secret-file G_TOKEN_FILE',
      'type E_PORT',
    ])
    expect(stdout).not.toContain('changeme')
  })
})
