import type { Decision } from '../../core/classifier/index.ts'
import type { Need } from '../../core/init-fill.ts'
import type { Notice } from '../../core/init-withhold.ts'
import type { Change, Removed } from '../../core/init-merge.ts'
import type { Uncovered } from './check.ts'
import type { ReverseReport } from './reverse.ts'

export interface InitRequest {
  readonly templateId?: string
  readonly from?: string
  readonly to?: string
  /** `--reverse`: a file with values of which a template is made. */
  readonly reverse?: string
  readonly isDryRun: boolean
  readonly isExplain: boolean
  readonly isCheck: boolean
  /** `--yes`: nothing is asked. */
  readonly isUnattended: boolean
  /** `--interactive`: each decision is shown and can be changed. */
  readonly isInteractive: boolean
  /** `--set`: what the command line says of variables, as typed. */
  readonly settings: readonly string[]
}

export interface Exposure {
  /** Its mode let others read it; it is 0600 now. */
  readonly tightened?: true
  /** git takes it with the next `add`, whatever stands in the `.gitignore` of this directory. */
  readonly notIgnored?: true
  /** The newest commit that has it: its values of then have to be rotated. */
  readonly commit?: string
}

export interface InitFile {
  readonly template: string
  readonly target: string
  readonly environment: string
  readonly outcome: 'created' | 'updated' | 'unchanged'
  readonly added: readonly string[]
  readonly generated: readonly string[]
  /** Of those the ones whose value another file has too. */
  readonly shared: readonly string[]
  readonly needs: readonly Need[]
  /** Of the template at the last init, and no longer in it; they stay in the file. */
  readonly removed: readonly Removed[]
  /** Defaults that the template has changed since, where the file still has the old one: taken over, or offered. */
  readonly changed: readonly Change[]
  /** The same where the file was changed too: its value stays. */
  readonly conflicts: readonly Change[]
  /** Who else may have its values. */
  readonly exposure: Exposure
}

export interface InitReport {
  readonly decisions: readonly Decision[]
  readonly files: readonly InitFile[]
  /** What stands in the templates and is not copied, or not as it stands. */
  readonly notices: readonly Notice[]
  readonly dryRun: boolean
  /** Files of a shipped template that were put there first. */
  readonly copied: readonly string[]
  readonly gitignore: 'changed' | 'unchanged'
  /** With `--check`: empty where every file covers its template. */
  readonly uncovered?: readonly Uncovered[]
  /** With `--reverse`: what was done instead. */
  readonly reversed?: ReverseReport
}
