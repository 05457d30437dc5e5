import { dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { EnvDocument } from '../core/env-file/index.ts'
import { SecretsError } from '../core/errors.ts'
import { compileDeclared, type DeclaredEnv } from '../core/schema/declared.ts'
import { declaredTypes } from '../core/schema/declared-env.ts'
import { buildSchema, type Schema, type ValuePattern } from '../core/schema/index.ts'
import { loadManifest, type LoadedManifest } from './manifest.ts'
import { readProject } from './project.ts'
import { label, readText } from './text-file.ts'

const mark = 'Written by: secrets schema types'

export interface SchemaFile {
  readonly path: string
  /** `stale`: it would be another one now, and nothing was written. */
  readonly state: 'unchanged' | 'written' | 'stale'
}

export interface SchemaTypes {
  readonly variables: number
  readonly files: readonly SchemaFile[]
}

/**
 * Writes what manifest and template declare for an application: `env.d.ts`, its types, and `env.declared.json`, which
 * `loadEnv` takes. `isCheck` only says whether they are up to date. Files that somebody else wrote are not replaced.
 */
export async function writeSchemaTypes(context: Context, isCheck: boolean): Promise<SchemaTypes> {
  const declared = await compile(context)
  const texts = [
    ['env.declared.json', `${JSON.stringify({ $comment: mark, ...declared }, undefined, 2)}\n`],
    ['env.d.ts', declaredTypes(declared, mark)],
  ] as const
  // Both are looked at before either is written.
  const there = await Promise.all(texts.map(([name]) => readOwn(context, name)))
  const files: SchemaFile[] = []
  for (const [index, [name, text]] of texts.entries()) {
    const current = there[index]
    const isSame = current?.text === text
    if (!isSame && !isCheck) {
      const base = current?.content.version ?? 'absent'
      await context.files.replace(join(context.cwd, name), new TextEncoder().encode(text), {
        mode: 0o644,
        base,
      })
    }
    files.push({ path: name, state: isSame ? 'unchanged' : isCheck ? 'stale' : 'written' })
  }
  return { variables: Object.keys(declared.variables).length, files }
}

async function readOwn(context: Context, name: string): ReturnType<typeof readText> {
  const file = await readText(context, join(context.cwd, name), 10_485_760)
  if (file === undefined || file.text.slice(0, 200).includes(mark)) return file
  throw new SecretsError(
    'usage.needs_confirmation',
    `"${name}" is there already, and was not written by this command`,
    {
      hints: ['move it away, or remove it: it would be lost'],
      at: { path: name },
    },
  )
}

async function compile(context: Context): Promise<DeclaredEnv> {
  const manifest = await loadManifest(context)
  const templates = await readTemplates(context)
  if (manifest === undefined && templates.length === 0) {
    throw new SecretsError('template.missing', 'there is nothing declared: no manifest and no template', {
      hints: ['begin with: secrets init'],
    })
  }
  const environments = new Set([
    ...(manifest?.environments.keys() ?? []),
    ...[...(manifest?.variables.values() ?? [])].flatMap(({ environments: own }) => [...own.keys()]),
  ])
  for (const variable of manifest?.variables.values() ?? [])
    for (const { pattern } of [variable, ...variable.environments.values()]) requirePlain(pattern)
  // No environment has an empty name: what the variables say by themselves.
  const general = schemaOf(manifest, templates, '')
  return compileDeclared(
    general,
    new Map([...environments].map(name => [name, schemaOf(manifest, templates, name)])),
  )
}

/** What RE2 reads is nearly always read by JavaScript alike; where it is not, the application could not check it. */
function requirePlain(pattern: ValuePattern | undefined): void {
  if (pattern === undefined) return
  try {
    new RegExp(pattern.source, 'u')
  } catch {
    throw new SecretsError('manifest.invalid', 'the pattern is none that JavaScript reads as well', {
      at: pattern.at,
      hints: ['leave out what only RE2 knows: (?i), (?P<name>…), \\z'],
    })
  }
}

function schemaOf(
  manifest: LoadedManifest | undefined,
  templates: readonly EnvDocument[],
  environment: string,
): Schema {
  const facts = { environment, ...(manifest && { manifest }) }
  const schemas = templates.map(template => buildSchema({ template, ...facts }))
  return new Map(schemas.length === 0 ? buildSchema(facts) : schemas.flatMap(schema => [...schema]))
}

/** Of this directory: an application of another one has its own. */
async function readTemplates(context: Context): Promise<readonly EnvDocument[]> {
  const { templates } = await readProject(context)
  const own = templates.filter(({ template }) => dirname(template) === context.cwd)
  const documents: EnvDocument[] = []
  for (const { template } of own) {
    const content = await context.files.read(template)
    if (content !== undefined) documents.push(EnvDocument.parse(content.bytes, label(context.cwd, template)))
  }
  return documents
}
