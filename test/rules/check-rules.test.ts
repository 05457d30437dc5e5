import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EnvDocument } from '../../src/core/env-file/index.ts'
import { parseManifest } from '../../src/core/manifest/index.ts'
import { buildSchema } from '../../src/core/schema/index.ts'
import {
  checkRules,
  loadRules,
  sourceOfDocument,
  sourceOfProcess,
  type Finding,
} from '../../src/rules/index.ts'
import { providers } from '../core/manifest/example.ts'
import { sharedDirectory } from '../support/shared.ts'

const rules = await loadRules()

interface Texts {
  readonly template?: string
  readonly manifest?: string
  readonly file: string
  readonly environment?: string
}

function check({ template, manifest, file, environment = 'development' }: Texts) {
  const parsed =
    manifest === undefined ? undefined : parseManifest(`version: 1\n${manifest}`, 'secrets.yaml', providers)
  const schema = buildSchema({
    ...(template === undefined ? {} : { template: EnvDocument.fromText(template, '.env.example') }),
    ...(parsed?.manifest && { manifest: parsed.manifest }),
    environment,
  })
  const source = sourceOfDocument(EnvDocument.fromText(file, '.env'), { environment, schema })
  return checkRules({ sources: [source] }, rules)
}

/** `path:line:column severity rule NAME`. */
function shown({ path, line, column, severity, rule, name }: Finding): string {
  return `${path}:${String(line)}:${String(column)} ${severity} ${rule} ${name ?? '-'}`
}

const strong = ['Vq8uPz3k', 'YtW1sLr6', 'Xn0dGh5a', 'Jc2eMb7f'].join('')

describe('checkRules', () => {
  it('finds everything at once, in the order of the files', () => {
    const { findings } = check({
      template: 'PORT=3000\nDEBUG=false\nSESSION_SECRET=change-me\nAPI_TOKEN=\nNEEDED=x\n',
      file: 'PORT=web\nDEBUG=perhaps\nSESSION_SECRET=change-me\nPROT=1\nAPI_TOKEN=aaaa\nPORT=http\n  nonsense\n',
    })
    expect(findings.map(shown)).toEqual([
      '.env:1:1 warning duplicate PORT',
      '.env:2:1 warning type DEBUG',
      '.env:3:1 error placeholder SESSION_SECRET',
      '.env:4:1 warning unknown PROT',
      '.env:5:1 warning weak API_TOKEN',
      '.env:6:1 warning type PORT',
      '.env:7:3 warning syntax -',
      '.env.example:5:1 error missing NEEDED',
    ])
  })

  it('what the manifest declares is an error where it is not met', () => {
    const manifest = 'variables: { PORT: { type: port, required: true }, LEVEL: { values: [info, debug] } }'
    expect(check({ manifest, file: 'PORT=\nLEVEL=inof\n' }).findings.map(shown)).toEqual([
      '.env:1:1 error empty PORT',
      '.env:2:1 error type LEVEL',
    ])
  })

  it('tells apart what is allowed above the variable, in the file or in the template', () => {
    const allow = '# secrets: allow weak reason="a legacy service"\n'
    const file = 'LEGACY_SECRET=tooshort9\n'
    for (const texts of [{ file: allow + file }, { template: `${allow}LEGACY_SECRET=\n`, file }]) {
      const { findings, allowed } = check({ ...texts, environment: 'staging' })
      expect(findings).toEqual([])
      expect(allowed).toMatchObject([{ rule: 'weak', name: 'LEGACY_SECRET', reason: 'a legacy service' }])
    }
    const other = check({ file: allow.replace('weak', 'type') + file, environment: 'staging' })
    expect(other.findings.map(({ rule }) => rule)).toEqual(['weak'])
  })

  it.each(['wek', 'tracked'])('an allow of "%s", which accepts nothing, is told', rule => {
    const { findings } = check({ file: `# secrets: allow ${rule} reason="x"\nA=1\n` })
    expect(findings.map(shown)).toEqual(['.env:2:1 warning syntax A'])
  })

  it.each(['API_TOKEN_OLD', 'API_TOKEN_NEXT', 'API_TOKEN_OLD_UNTIL'])(
    '%s of a known name is known',
    companion => {
      const file = `API_TOKEN=${strong}\n${companion}=${strong}\n`
      expect(check({ template: 'API_TOKEN=\n', file }).findings).toEqual([])
      expect(check({ template: 'OTHER=\nAPI_TOKEN=\n', file: `OTHER=\n${companion}=x\n` }).findings).toEqual(
        [],
      )
      const orphan = check({ template: 'OTHER=\n', file: `OTHER=\n${companion}=x\n` })
      expect(orphan.findings.map(({ rule }) => rule)).toContain('unknown')
    },
  )

  it('weighs the same file by its environment', () => {
    const file = 'POSTGRES_PASSWORD=postgres\nSESSION_SECRET=tooshort9\n'
    const worst = (environment: string) =>
      new Set(
        check({ file, environment })
          .findings.filter(({ rule }) => rule === 'weak')
          .map(({ severity }) => severity),
      )
    expect(worst('development')).toEqual(new Set(['warning']))
    expect(worst('test')).toEqual(new Set(['info']))
    expect(worst('staging')).toEqual(new Set(['error']))
    expect(worst('production')).toEqual(new Set(['error']))
    expect(worst('preview')).toEqual(new Set(['error']))
  })

  it('repeats no value', () => {
    const canary = 'cAnArY7'
    const file = ['PORT', 'API_URL', 'SESSION_SECRET', 'JWT_SECRET', 'NODE_ENV', 'UNKNOWN', 'PORT']
      .map(name => `${name}=${canary}\n`)
      .join('')
    const template = 'PORT=1\nAPI_URL=https://x\nSESSION_SECRET=\nJWT_SECRET=\nNODE_ENV=development\n'
    const report = check({
      template,
      file: `${file}${canary}\n# secrets: ${canary}\n`,
      environment: 'production',
    })
    expect(report.findings.length).toBeGreaterThan(5)
    expect(JSON.stringify(report)).not.toContain(canary)
  })
})

describe('the process environment', () => {
  const schema = buildSchema({
    template: EnvDocument.fromText('# required\nTOKEN=\nPORT=3000\nOTHER=x\n', '.env.example'),
    environment: 'production',
  })
  const checkProcess = (values: Record<string, string>) =>
    checkRules(
      { sources: [sourceOfProcess(values, { environment: 'production', schema })] },
      rules,
    ).findings.map(({ severity, rule, name }) => `${severity} ${rule} ${name ?? ''}`)

  it('is judged by what is declared only', () => {
    expect(checkProcess({ TOKEN: strong, PORT: 'x', OTHER: 'y', HOME: '/root', MY_SECRET: 'a' })).toEqual([
      'warning type PORT',
    ])
  })

  it('need not repeat examples, but what is required', () => {
    expect(checkProcess({ PORT: '1' })).toEqual(['error missing TOKEN', 'warning missing OTHER'])
  })

  it('may name a file instead of a value', () => {
    expect(checkProcess({ TOKEN_FILE: '/run/secrets/token', PORT: '1', OTHER: 'x' })).toEqual([])
  })
})

describe.skipIf(sharedDirectory === undefined)('real templates', () => {
  const directory = join(sharedDirectory ?? '', 'corpus', 'templates')
  const files = sharedDirectory === undefined ? [] : readdirSync(directory)
  const labels = (
    sharedDirectory === undefined
      ? {}
      : JSON.parse(readFileSync(join(sharedDirectory, 'corpus', 'labels.json'), 'utf8'))
  ) as Record<string, Record<string, string>>

  /** As a person would have it after init: what the labels say is to be generated has a good value. */
  function fill(name: string): { template: EnvDocument; filled: EnvDocument } {
    const bytes = readFileSync(join(directory, name))
    const template = EnvDocument.parse(bytes, '.env.example')
    let text = bytes.toString('utf8')
    template.assignments.toReversed().forEach((node, index) => {
      if (labels[name]?.[node.name]?.startsWith('generate') !== true) return
      const value = `${strong.slice(index % 7)}${strong}${String(index)}`
      text = text.slice(0, node.valueSpan.start) + value + text.slice(node.valueSpan.end)
    })
    return { template, filled: EnvDocument.fromText(text, '.env') }
  }

  it.each(files)('%s, filled, has no errors but in what a person must supply', name => {
    const { template, filled } = fill(name)
    const schema = buildSchema({ template, environment: 'development' })
    const source = sourceOfDocument(filled, { environment: 'development', schema })
    const { findings } = checkRules({ sources: [source] }, rules)
    for (const finding of findings) {
      expect(['placeholder', 'weak', 'environment', 'syntax'], shown(finding)).toContain(finding.rule)
      if (finding.severity !== 'error') continue
      expect(finding.rule).toBe('placeholder')
      expect(labels[name]?.[finding.name ?? ''], shown(finding)).toMatch(/ask|generate/)
    }
  })

  it.each(files)('%s is never taken for something that lacks or repeats variables', name => {
    const { template, filled } = fill(name)
    for (const environment of ['staging', 'production', 'test']) {
      const schema = buildSchema({ template, environment })
      const { findings } = checkRules({ sources: [sourceOfDocument(filled, { environment, schema })] }, rules)
      const wrong = findings.filter(({ rule }) =>
        ['missing', 'unknown', 'type', 'empty', 'same-value'].includes(rule),
      )
      expect(wrong.map(shown)).toEqual([])
    }
  })
})
