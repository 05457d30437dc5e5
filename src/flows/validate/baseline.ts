import { basename } from 'node:path'
import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { findingIds } from '../../rules/index.ts'
import type { ValidateReport } from '../validate.ts'
import { countFindings } from './judge.ts'
import { label, readText } from '../text-file.ts'

const maxBytes = 10 * 1024 * 1024

export interface BaselineRequest {
  readonly path: string
  /** Write it: all findings where there is none yet; else only take out what is found no more. */
  readonly isUpdate: boolean
}

/** What a baseline made of a report. */
export interface BaselineUse {
  readonly path: string
  /** Known problems that are still there. */
  readonly known: number
  /** Known problems that are gone: the list can shrink. */
  readonly gone: number
  readonly isWritten: boolean
}

/**
 * Old problems are known and count no more, new ones do: for a project that begins with many. A baseline never grows,
 * or a new problem could be hidden in it. Throws `baseline.missing`, `baseline.invalid`.
 */
export async function applyBaseline(
  context: Context,
  report: ValidateReport,
  { path: word, isUpdate }: BaselineRequest,
): Promise<ValidateReport> {
  const path = context.resolve(word)
  const shown = label(context.cwd, path)
  const identify = findingIds()
  const named = report.findings.map(finding => ({ finding, id: identify(finding) }))
  const file = await readText(context, path, maxBytes)
  if (file === undefined && !isUpdate) throw missing(shown)
  const listed = file === undefined ? new Set(named.map(({ id }) => id)) : readList(file.text, shown)
  const stays = named.filter(({ id }) => listed.has(id)).map(({ id }) => id)
  const gone = listed.size - stays.length
  if (isUpdate && (file === undefined || gone > 0)) {
    await context.files.replace(path, new TextEncoder().encode(listText(stays)), {
      mode: file?.content.mode ?? 0o644,
      base: file?.content.version ?? 'absent',
    })
  }
  const findings = named.filter(({ id }) => !listed.has(id)).map(({ finding }) => finding)
  const baseline = { path: shown, known: stays.length, gone: isUpdate ? 0 : gone, isWritten: isUpdate }
  return { ...report, findings, counts: countFindings(findings), baseline }
}

/** One line for each, sorted: two branches that take out different ones merge without a conflict. */
function listText(ids: readonly string[]): string {
  return `${JSON.stringify({ version: 1, findings: [...ids].sort() }, null, 2)}\n`
}

function readList(text: string, path: string): ReadonlySet<string> {
  try {
    const { version, findings } = JSON.parse(text) as Record<string, unknown>
    const isList = Array.isArray(findings) && findings.every(one => typeof one === 'string')
    if (version === 1 && isList) return new Set(findings)
  } catch {
    // Said below, like any other content.
  }
  throw new SecretsError('baseline.invalid', 'this is no list of known findings', {
    at: { path },
    hints: ['restore it, or remove it and write it again with --update-baseline'],
  })
}

function missing(path: string): SecretsError {
  return new SecretsError('baseline.missing', 'there is no list of known findings yet', {
    at: { path },
    hints: [`write it: secrets validate --baseline ${basename(path)} --update-baseline`],
  })
}
