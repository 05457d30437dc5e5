import { mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { Project } from '../support/cli.ts'

const root = resolve(import.meta.dirname, '../..')

describe('secrets schema types', () => {
  it('gives loadEnv its types, and process.env its names', async () => {
    const project = new Project({
      'secrets.yaml': `version: 1
variables:
  PORT: { type: port, default: 3000 }
  DEBUG: { type: boolean, default: false }
  ORIGINS: { type: list, items: url, required: true }
  LEVEL: { values: [debug, info] }
  SHARDS: { type: list, items: integer }
  TOKEN: { secret: true, generate: hex:32, required: true }
  CERT_PATH: { environments: { production: { required: true } } }
  NEW_NAME: { required: true }
`,
    })
    mkdirSync(join(project.path, 'node_modules', '@dualkey'), { recursive: true })
    symlinkSync(root, join(project.path, 'node_modules', '@dualkey', 'secrets'))
    await project.run(['schema', 'types'])
    project.write(
      'use.mts',
      `import { loadEnv } from '@dualkey/secrets/env'
import declared from './env.declared.json' with { type: 'json' }
const env = loadEnv(declared)
const port: number = env.PORT
const debug: boolean = env.DEBUG
const origins: readonly string[] = env.ORIGINS
const shards: readonly number[] | undefined = env.SHARDS
const level: 'debug' | 'info' | undefined = env.LEVEL
const token: string = env.TOKEN
const raw: string | undefined = process.env.NEW_NAME
// @ts-expect-error required in production only
const path: string = env.CERT_PATH
// @ts-expect-error nobody has declared it
env.TYPO
export default [port, debug, origins, shards, level, token, raw, path]
`,
    )
    const program = ts.createProgram([join(project.path, 'use.mts'), join(project.path, 'env.d.ts')], {
      ...{ strict: true, noEmit: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023 },
      ...{ types: ['node'], typeRoots: [join(root, 'node_modules', '@types')], resolveJsonModule: true },
    })
    const problems = ts.getPreEmitDiagnostics(program)
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([])
  })
})
