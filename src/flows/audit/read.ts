import type { Context } from '../../context.ts'
import { parseLine, type SealedEntry } from '../../core/audit/entry.ts'
import { type AuditHead, parseHead } from '../../core/audit/head.ts'
import { type AuditVerdict, ChainCheck } from '../../core/audit/verify.ts'
import { SecretsError } from '../../core/errors.ts'
import { loadManifest, type LoadedManifest } from '../manifest.ts'
import { label } from '../text-file.ts'
import { readKey } from './key.ts'
import { type AuditPlace, auditPlace, closedFiles } from './place.ts'

/** What a command may ask of the entries. */
export interface AuditFilter {
  readonly name?: string
  readonly environment?: string
  /** Milliseconds since 1970. */
  readonly since?: number
  /** `rotation.commit`, or `rotation` for all of them. */
  readonly type?: string
}

/** A closed file is some 8 MiB; one that was written before by another version may be larger. */
const maxBytes = 268_435_456

interface LogLine {
  readonly text: string
  readonly path: string
  readonly line: number
  readonly isWhole: boolean
}

/** The entries as they were written, oldest first: intents and results. Lines that are none are left out. */
export async function readAudit(context: Context, filter: AuditFilter): Promise<readonly SealedEntry[]> {
  const { place } = await auditHere(context)
  const entries: SealedEntry[] = []
  for await (const { text } of linesOf(context, place)) {
    const entry = parseLine(text)?.entry
    if (entry !== undefined && isWanted(entry, filter)) entries.push(entry)
  }
  return entries
}

/** One event: its end where there is one, else its intent. */
export function eventsOf(entries: readonly SealedEntry[]): readonly SealedEntry[] {
  const ended = new Set(entries.flatMap(({ of }) => (of === undefined ? [] : [of])))
  return entries.filter(({ seq, result }) => result !== 'started' || !ended.has(seq))
}

/** Whether an entry is about a name, also where it is about several. */
export function isAbout({ name, details }: SealedEntry, wanted: string): boolean {
  const names = details?.['names']
  return name === wanted || (Array.isArray(names) && names.includes(wanted))
}

function isWanted(entry: SealedEntry, { name, environment, since, type }: AuditFilter): boolean {
  return (
    (name === undefined || isAbout(entry, name)) &&
    (environment === undefined || entry.environment === environment) &&
    (since === undefined || Date.parse(entry.timestamp) >= since) &&
    (type === undefined || entry.event_type === type || entry.event_type.startsWith(`${type}.`))
  )
}

export interface AuditVerification extends AuditVerdict {
  /** In the order in which they were read. */
  readonly files: readonly string[]
  /** Whether the record of how far the log has come was there to compare with. */
  readonly head: 'compared' | 'missing' | 'damaged'
}

/** Looks at every line that is there. Changes nothing. */
export async function verifyAudit(context: Context): Promise<AuditVerification> {
  const { place } = await auditHere(context)
  const key = await readKey(context)
  if (key === undefined) {
    if (!(await isBegun(context, place))) return nothingYet
    throw new SecretsError('audit.wrong_key', 'the key of the audit log is not here', {
      hints: [
        'put it back from a backup, or name it in SECRETS_AUDIT_KEY_FILE',
        'without it the entries can be read, and nobody can say whether they are true',
      ],
    })
  }
  // The record is read first: a writer who goes on meanwhile only brings the log further than it says.
  const { head, state } = await readHead(context, place, key)
  const check = new ChainCheck(key, head, label(context.cwd, place.path))
  const files = new Set<string>()
  for await (const { text, path, line, isWhole } of linesOf(context, place)) {
    files.add(path)
    check.add(text, path, line, isWhole)
  }
  return { ...check.finish(), files: [...files], head: state }
}

const nothingYet: AuditVerification = {
  ...{ entries: 0, problems: [], open: [], torn: [] },
  ...{ files: [], head: 'missing' },
}

/** Whether anything has ever been logged, as far as can be seen. */
async function isBegun(context: Context, { path, head }: AuditPlace): Promise<boolean> {
  if ((await closedFiles(context, path)).length > 0) return true
  return [path, head].some(file => context.journal.tail(file, 1) !== undefined)
}

async function readHead(
  context: Context,
  { head: path }: AuditPlace,
  key: Uint8Array,
): Promise<{ head: AuditHead | undefined; state: AuditVerification['head'] }> {
  const content = await context.files.read(path, { maxBytes: 4096 })
  if (content === undefined) return { head: undefined, state: 'missing' }
  const head = parseHead(Buffer.from(content.bytes).toString('latin1'), key)
  return { head, state: head === undefined ? 'damaged' : 'compared' }
}

async function* linesOf(context: Context, place: AuditPlace): AsyncGenerator<LogLine> {
  const closed = await closedFiles(context, place.path)
  for (const path of [...closed.map(file => file.path), place.path]) {
    const content = await context.files.read(path, { maxBytes })
    if (content === undefined) continue
    const lines = Buffer.from(content.bytes).toString('utf8').split('\n')
    const rest = lines.pop() ?? ''
    const shown = label(context.cwd, path)
    for (const [index, text] of lines.entries()) yield { text, path: shown, line: index + 1, isWhole: true }
    if (rest !== '') yield { text: rest, path: shown, line: lines.length + 1, isWhole: false }
  }
}

async function auditHere(context: Context): Promise<{ manifest: LoadedManifest; place: AuditPlace }> {
  const manifest = await loadManifest(context)
  if (manifest?.audit === undefined) {
    throw new SecretsError('usage.invalid_argument', 'no audit log is kept here', {
      hints: ['to keep one, say so in secrets.yaml: audit: { sink: file }'],
    })
  }
  if (manifest.audit.sink !== 'file') {
    throw new SecretsError('usage.invalid_argument', 'the audit log of this project is not in a file', {
      hints: [`it goes to ${manifest.audit.sink}: ask there`],
    })
  }
  return { manifest, place: auditPlace(context, manifest) }
}
