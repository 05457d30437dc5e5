import type { Finding } from './rule.ts'

/**
 * Gives each finding of a report a name that stays when lines move: rule, file, variable, and which of several it is.
 * Readable, because nothing in it is secret. Ask once for each finding, in the order of the report.
 */
export function findingIds(): (finding: Finding) => string {
  const seen = new Map<string, number>()
  return ({ rule, path, name = '' }) => {
    const key = [rule, path, name].map(encodeURIComponent).join(':')
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return `${key}:${String(count)}`
  }
}
