import type { Context, TargetConfig } from '../../context.ts'
import type { AuditDraft, AuditFacts, AuditResult, AuditWho } from '../../core/audit/entry.ts'
import { canonicalName } from '../../core/environment.ts'
import { isSecretsError, SecretsError } from '../../core/errors.ts'
import { sha256 } from '../../core/trust/digest.ts'
import type { LoadedManifest } from '../manifest.ts'
import { FileSink } from './file-sink.ts'
import { auditPlace } from './place.ts'

/** Where lines go. Gives their numbers; with `isDurable` they cannot be lost any more when it returns. */
export interface AuditSinkPort {
  write(drafts: readonly AuditDraft[], isDurable: boolean): Promise<readonly number[]>
}

interface Waiting {
  readonly draft: AuditDraft
  readonly isDurable: boolean
  readonly resolve: (seq: number) => void
  readonly reject: (error: unknown) => void
}

/** 365 days. */
const usualRetention = 31_536_000_000

/** The audit log of one process: what is written at the same time goes out together, with one sync. */
export class AuditLog {
  readonly #context: Context
  readonly #sink: AuditSinkPort
  readonly #who: AuditWho
  readonly #run: string
  #waiting: Waiting[] = []
  #isBusy = false

  constructor(context: Context, sink: (log: AuditLog) => AuditSinkPort) {
    this.#context = context
    this.#who = context.journal.who()
    this.#run = Buffer.from(context.random.bytes(8)).toString('hex')
    this.#sink = sink(this)
  }

  /** Before the effect: nothing may be done when this throws (`audit.unwritable`). */
  async intent(facts: AuditFacts): Promise<number> {
    return await this.#add(this.draft(facts, 'started'), true)
  }

  /** After it. Never throws: what was done is done, and the open intent says that the end is not known. */
  async result(of: number, facts: AuditFacts, result: AuditResult, isDurable: boolean): Promise<void> {
    try {
      await this.#add({ ...this.draft(facts, result), of }, isDurable)
    } catch (error) {
      if (!isSecretsError(error)) throw error
      this.#context.terminal.note(`warning: the audit log lacks the end of an event: ${error.message}`)
    }
  }

  /** Something that is not an effect of ours: it has happened already. */
  async event(facts: AuditFacts, result: AuditResult): Promise<void> {
    await this.#add(this.draft(facts, result), true)
  }

  draft(facts: AuditFacts, result: AuditResult): AuditDraft {
    const { event_type, target, environment, name, versions, details } = facts
    const why = reasonOf(this.#context)
    const all = { ...details, ...(why === undefined ? {} : { reason: why }) }
    return {
      timestamp: new Date(this.#context.clock.now()).toISOString(),
      event_type,
      user: this.#who.user,
      host: this.#who.host,
      ...(this.#who.ip === undefined ? {} : { ip: this.#who.ip }),
      action: this.#context.command,
      target,
      environment,
      ...(name === undefined ? {} : { name }),
      result,
      run_id: this.#run,
      ...(versions === undefined || Object.keys(versions).length === 0 ? {} : { versions }),
      ...(Object.keys(all).length === 0 ? {} : { details: all }),
    }
  }

  #add(draft: AuditDraft, isDurable: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, isDurable, resolve, reject })
      if (!this.#isBusy) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isBusy = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        const isDurable = batch.some(one => one.isDurable)
        const numbers = await this.#sink.write(
          batch.map(({ draft }) => draft),
          isDurable,
        )
        batch.forEach(({ resolve }, index) => {
          resolve(numbers[index] ?? 0)
        })
      } catch (error) {
        for (const { reject } of batch) reject(unwritable(error))
      }
    }
    this.#isBusy = false
  }
}

/** One log for each process and place; the port is what all copies of a context share. */
const logs = new WeakMap<Context['journal'], Map<string, Promise<AuditLog>>>()

/** The log that the manifest asks for; `undefined` where it asks for none. */
export async function auditLogOf(
  context: Context,
  manifest: LoadedManifest,
  target: TargetConfig,
): Promise<AuditLog | undefined> {
  const { audit } = manifest
  if (audit === undefined) return undefined
  requireLasting(context, manifest, target)
  const known = logs.get(context.journal) ?? new Map<string, Promise<AuditLog>>()
  logs.set(context.journal, known)
  const log = known.get(manifest.source.path) ?? openLog(context, manifest)
  known.set(manifest.source.path, log)
  return await log
}

async function openLog(context: Context, manifest: LoadedManifest): Promise<AuditLog> {
  const { audit } = manifest
  // The usual place is the project's own, and needs no trust.
  const isUsual = audit?.sink === 'file' && audit.path === undefined
  if (!isUsual && (await import('../../core/trust/claims.ts')).auditClaims(audit).length > 0) {
    const { requireTrust } = await import('../trust/require.ts')
    await requireTrust(context, manifest)
  }
  if (audit !== undefined && audit.sink !== 'file') {
    const { streamSink } = await import('./stream-sink.ts')
    return new AuditLog(context, () => streamSink(context, audit))
  }
  const settings = {
    place: auditPlace(context, manifest),
    retention: audit?.retention ?? usualRetention,
    manifest: sha256(manifest.source.bytes),
  }
  return new AuditLog(context, log => {
    const draft = (event_type: string, details: Readonly<Record<string, unknown>>): AuditDraft =>
      log.draft({ event_type, target: manifest.path, environment: '', details }, 'success')
    return new FileSink(context, { ...settings, draft })
  })
}

/** A runner that is thrown away takes its files with it: for production something that stays has to be named. */
function requireLasting(
  { env }: Context,
  { audit, path }: LoadedManifest,
  { environment }: TargetConfig,
): void {
  const isThrownAway = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false'
  if (!isThrownAway || audit?.sink !== 'file' || audit.path !== undefined) return
  if (canonicalName(environment) !== 'production') return
  throw new SecretsError('audit.not_lasting', 'the audit log of production would go with this CI runner', {
    at: { ...audit.at, path },
    hints: [
      'name one that stays in the manifest: audit: { sink: stdout }, syslog or webhook',
      'or a file on a disk that is kept: audit: { path: … }',
    ],
  })
}

function unwritable(error: unknown): unknown {
  if (!isSecretsError(error) || error.code.startsWith('audit.') || error.code === 'trust.required')
    return error
  return new SecretsError('audit.unwritable', `the audit log cannot be written: ${error.message}`, {
    hints: ['nothing is read or changed without it', ...error.hints],
    cause: error,
    ...(error.at === undefined ? {} : { at: error.at }),
  })
}

/** `SECRETS_REASON`: why somebody does this, for the log. One line of ordinary characters. */
function reasonOf({ env }: Context): string | undefined {
  const text = env['SECRETS_REASON']?.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').trim()
  return text === undefined || text === '' ? undefined : text.slice(0, 200)
}
