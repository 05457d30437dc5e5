import type { SealedEntry } from './entry.ts'

const columns = [
  ...([
    'seq',
    'timestamp',
    'event_type',
    'user',
    'action',
    'target',
    'environment',
    'name',
    'result',
  ] as const),
  ...(['host', 'ip', 'run_id', 'of', 'versions', 'details', 'key', 'prev', 'mac'] as const),
]

/** RFC 4180 with a head line and plain line ends. No cell can begin a formula where a spreadsheet opens it. */
export function auditCsv(entries: readonly SealedEntry[]): string {
  const rows = entries.map(entry => columns.map(column => cell(entry[column])).join(','))
  return [columns.join(','), ...rows, ''].join('\n')
}

function cell(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // Excel, LibreOffice and Google Sheets take these for the beginning of a formula, also behind blanks.
  const safe = /^[\s]*[=+\-@|%]|^[\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
