import { checkValue } from '../schema/check-value.ts'
import { compileJsonSchema } from '../json-schema/compile.ts'
import type { Manifest, VariableFacts } from './manifest.ts'
import { problemAt, type ManifestProblem } from './problem.ts'

/** Files beside the manifest that its JSON Schemas stand in, as they are named there. */
export function schemaFiles(manifest: Manifest): readonly string[] {
  return allFacts(manifest).flatMap(({ schema }) =>
    typeof schema?.source === 'string' ? [schema.source] : [],
  )
}

/**
 * Makes the JSON Schemas of `type: json` ready, in place, and says what is wrong with one. `files`: the texts of those that
 * are named; `undefined` for one that is not there. Loaded only for a manifest that has one.
 */
export function compileJsonSchemas(
  manifest: Manifest,
  files: ReadonlyMap<string, string | undefined>,
): readonly ManifestProblem[] {
  return allFacts(manifest).flatMap(facts => compileOne(facts, files))
}

function allFacts(manifest: Manifest): readonly VariableFacts[] {
  return [...manifest.variables.values()].flatMap(variable => [variable, ...variable.environments.values()])
}

function compileOne(
  facts: VariableFacts,
  files: ReadonlyMap<string, string | undefined>,
): readonly ManifestProblem[] {
  const { schema } = facts
  if (schema === undefined || schema.check !== undefined) return []
  const written =
    typeof schema.source === 'string' ? parseFile(files.get(schema.source)) : { value: schema.source }
  if (typeof written === 'string') return [problemAt(schema.at, `"schema" ${written}`)]
  const compiled = compileJsonSchema(written.value)
  if ('problems' in compiled)
    return compiled.problems.map(({ pointer, problem }) =>
      problemAt(schema.at, `"schema"${pointer === '' ? '' : ` at ${pointer}`} ${problem}`),
    )
  schema.check = compiled.check
  const found = facts.default === undefined ? undefined : checkValue({ type: 'json', schema }, facts.default)
  return found === undefined ? [] : [problemAt(facts.at, `"default" ${found.problem}`)]
}

/** The parser's own message quotes the text. */
function parseFile(text: string | undefined): { readonly value: unknown } | string {
  if (text === undefined) return 'names a file that is not there'
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return 'names a file that is not JSON'
  }
}
