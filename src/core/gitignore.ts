import { targetOfTemplate } from './template-name.ts'

/** Where the encrypted store is unless the manifest names another directory; one of the patterns below covers it. */
export const usualStore = '.secrets/store'

/** What must never be committed, and what may: values and state out, templates and the test file in. */
export function ignorePatterns(templateNames: readonly string[]): readonly string[] {
  const kept = new Set(['.env.example', ...templateNames.filter(name => name.startsWith('.env.'))])
  const negated = [...kept].filter(name => targetOfTemplate(name) !== undefined).sort()
  return ['.env', '.env.*', ...negated.map(name => `!${name}`), '!.env.test', '.secrets/']
}

/**
 * The file with the missing patterns added at its end, or `undefined` when nothing is missing. Patterns that stand
 * there already keep their place; a negation is added again when the pattern that it limits is added below it.
 */
export function ensureIgnored(text: string, patterns: readonly string[]): string | undefined {
  const present = new Set(text.split(/\r?\n/).map(line => line.trim()))
  const isComplete = patterns.every(pattern => present.has(pattern))
  if (isComplete) return undefined
  const addsBroad = patterns.some(pattern => !pattern.startsWith('!') && !present.has(pattern))
  const missing = patterns.filter(pattern => !present.has(pattern) || (addsBroad && pattern.startsWith('!')))
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const gap = text === '' || text.endsWith('\n') ? '' : newline
  const lead = text === '' ? '' : `${gap}${newline}`
  return `${text}${lead}${['# Values and state of secrets; templates stay', ...missing].join(newline)}${newline}`
}
