import { RE2JS } from 're2js'
import { checkValue } from '../schema/check-value.ts'
import type { Manifest, VariableFacts } from './manifest.ts'
import { problemAt, type ManifestProblem } from './problem.ts'

/**
 * Makes the patterns of the manifest ready, in place, and says which are none. A file of its own, so that the library
 * is loaded only for a manifest that has one. It takes linear time whatever pattern and value are, because both may come
 * from somebody else's repository.
 */
export function compilePatterns(manifest: Manifest): readonly ManifestProblem[] {
  return [...manifest.variables.values()].flatMap(variable =>
    [variable, ...variable.environments.values()].flatMap(compilePattern),
  )
}

function compilePattern(facts: VariableFacts): readonly ManifestProblem[] {
  const { pattern } = facts
  if (pattern === undefined) return []
  try {
    const compiled = RE2JS.compile(pattern.source)
    pattern.test = value => compiled.testExact(value)
  } catch {
    // The library's own message quotes the pattern.
    return [
      problemAt(pattern.at, '"pattern" is no regular expression of RE2 (no look-around, no back-references)'),
    ]
  }
  const found = facts.default === undefined ? undefined : checkValue({ pattern }, facts.default)
  return found === undefined ? [] : [problemAt(facts.at, `"default" ${found.problem}`)]
}
