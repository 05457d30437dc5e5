import { createFieldReader } from '../../src/core/json-fields.ts'
import type { SecretName, VersionId } from '../../src/core/provider.ts'
import { decodeMark, encodeInstant } from '../../src/core/rotation/record.ts'
import type { VaultClient } from './client.ts'
import type { StagedPending } from '../../src/core/document/entry.ts'
import { factsKey } from '../../src/core/document/records.ts'
import { damaged } from './facts.ts'
import { createKvPath, type KvPath, type Page } from './kv.ts'
import { stagingSegment } from './settings.ts'

/** A rotation that was given up, whose base may still have to be moved. */
interface Aborted {
  readonly version: VersionId
  readonly base: VersionId
}

/** What the staging document of one secret says now. */
export interface Staging {
  readonly page: Page
  readonly pending?: StagedPending
  readonly aborted?: Aborted
}

/**
 * The staging document `<path>/.secrets/NAME`: the register that elects one new value for each base, by check-and-set
 * on its own version number. It is never removed, only its versions are destroyed, so that the number never starts
 * again and a runner that looked long ago cannot take it.
 */
export interface StagingDocument {
  read(signal: AbortSignal): Promise<Staging>
  /** What stands there now; `moved`: another runner was first. */
  put(staging: Staging, pending: StagedPending, signal: AbortSignal): Promise<Staging | 'moved'>
  /** Leaves the mark that the pending value was given up, unless somebody was faster. */
  giveUp(staging: Staging, pending: StagedPending, signal: AbortSignal): Promise<void>
  /** Erases the values of this version and of those before it that a killed run may have left. */
  clean(through: number, signal: AbortSignal): Promise<void>
}

const valueKey = 'value'
const format = 1
/** Each rotation leaves at most one version behind, and only when it is killed at the wrong moment. */
const swept = 10

export function createStaging(client: VaultClient, path: string, name: SecretName): StagingDocument {
  const kv = createKvPath(client, `${path}/${stagingSegment}/${name}`, false)
  return {
    read: async signal => stagingOf(await kv.read(signal), kv),
    async put({ page }, pending, signal) {
      const { value, announced, ...facts } = pending
      const changes = {
        [valueKey]: value.reveal(),
        [factsKey]: encode({ state: 'pending', ...facts, announced: encodeInstant(announced) }),
      }
      const outcome = await kv.change(page, changes, signal)
      return outcome === 'moved' ? outcome : { page: outcome, pending }
    },
    async giveUp({ page }, { version, base }, signal) {
      const facts = encode({ state: 'aborted', version, base })
      await kv.change(page, { [valueKey]: null, [factsKey]: facts }, signal)
    },
    async clean(through, signal) {
      const first = Math.max(1, through - swept + 1)
      const versions = Array.from({ length: through - first + 1 }, (_, index) => first + index)
      if (versions.length > 0) await kv.destroy(versions, signal)
    },
  }
}

function encode(facts: object): string {
  return JSON.stringify({ format, ...facts })
}

function stagingOf(page: Page, { shown }: KvPath): Staging {
  if (!page.isThere) return { page }
  const malformed = (): Error => damaged(shown)
  const read = createFieldReader(malformed)
  const facts = read.record(read.parse(page.text(factsKey)?.reveal() ?? ''))
  if (facts['format'] !== format) throw malformed()
  const base = { version: read.string(facts['version']), base: read.string(facts['base']) }
  if (read.oneOf(facts['state'], ['pending', 'aborted']) === 'aborted') return { page, aborted: base }
  const value = page.text(valueKey)
  if (value === undefined) throw malformed()
  const mark = decodeMark(read, facts['mark'])
  const announced = read.optional('announced', facts['announced'], read.instant)
  return { page, pending: { ...base, baseCheck: read.string(facts['baseCheck']), value, mark, ...announced } }
}
