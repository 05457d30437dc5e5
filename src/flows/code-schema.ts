import type { Context } from '../context.ts'
import type { SchemaReply } from '../core/schema/code-schema.ts'
import { decodeText } from '../core/env-file/decode.ts'
import { type Place, SecretsError } from '../core/errors.ts'
import { readIssues, withCodeNames, type Schema } from '../core/schema/index.ts'
import { sha256 } from '../core/trust/digest.ts'
import type { ValueSource } from '../rules/index.ts'
import { type LoadedManifest, pathBesideManifest } from './manifest.ts'
import { label } from './text-file.ts'
import { requireTrust, trustError } from './trust/require.ts'

/** Whether the manifest names a schema in code and nobody has switched its rule off: then nothing is run at all. */
export function hasCodeSchema(
  manifest: LoadedManifest | undefined,
  ruleOptions: readonly string[],
): manifest is LoadedManifest {
  if (manifest?.schema === undefined) return false
  const given = ruleOptions.findLast(option => option.startsWith('schema='))
  const level = given?.slice('schema='.length) ?? manifest.rules.get('schema')?.level
  return level !== 'off'
}

/**
 * The sources with what the project's schema in code says of them. Throws `trust.required` before anything of it is
 * run, and `schema.*` where it gives no answer: without one nothing is valid.
 */
export async function judgeByCode(
  context: Context,
  manifest: LoadedManifest,
  sources: readonly ValueSource[],
): Promise<readonly ValueSource[]> {
  // An empty variable is none, as the application has it: a schema would make the number 0 of it.
  const values = sources.map(
    ({ variables }) =>
      new Map(variables.flatMap(({ name, value }) => (value === '' ? [] : [[name, value] as const]))),
  )
  const { at, reply } = await askSchema(context, manifest, values)
  const names = namesOf(reply)
  return sources.map((source, index) => ({
    ...source,
    schema: withCodeNames(source.schema, names, at),
    code: { at, issues: readIssues(reply.results[index], name => values[index]?.has(name) === true) },
  }))
}

/** What is declared, the schema in code included; and what that says is required. */
export async function declaredByCode(
  context: Context,
  manifest: LoadedManifest,
  schema: Schema,
): Promise<{ readonly schema: Schema; readonly required: ReadonlySet<string> }> {
  const { at, reply } = await askSchema(context, manifest, [])
  return { schema: withCodeNames(schema, namesOf(reply), at), required: requiredBy(reply) }
}

function namesOf(reply: SchemaReply): ReadonlySet<string> {
  return new Set([...reply.names, ...requiredBy(reply)])
}

function requiredBy({ required }: SchemaReply): ReadonlySet<string> {
  const missing = readIssues(required, () => false).filter(({ code }) => code === 'missing')
  return new Set(missing.flatMap(({ name }) => (name === undefined ? [] : [name])))
}

async function askSchema(
  context: Context,
  manifest: LoadedManifest,
  values: readonly ReadonlyMap<string, string>[],
): Promise<{ readonly at: Place; readonly reply: SchemaReply }> {
  const named = manifest.schema ?? ''
  const path = pathBesideManifest(manifest, named)
  const at: Place = { path: label(context.cwd, path) }
  const subject = await requireTrust(context, manifest)
  const content = await context.files.read(path)
  if (content === undefined) {
    throw new SecretsError('schema.missing', 'the schema that the manifest names is not there', { at })
  }
  if (!/\.(?:[mc]?js|m?ts)$/.test(path)) {
    throw new SecretsError('schema.failed', 'a schema is a module: .ts, .mts, .mjs, .js or .cjs', { at })
  }
  const trusted = subject.files.find(file => file.path === named)?.sha256
  if (sha256(content.bytes) !== trusted) throw trustError(context, manifest, subject, 'changed')
  try {
    const source = decodeText(content.bytes, at.path)
    return { at, reply: await context.runSchema({ path, source, values }) }
  } catch (error) {
    if (!(error instanceof SecretsError) || error.at !== undefined) throw error
    throw new SecretsError(error.code, error.message, { at, hints: error.hints })
  }
}
