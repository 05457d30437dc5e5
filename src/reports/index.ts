import type { ReportForm } from './form.ts'
import { github } from './github.ts'
import { junit } from './junit.ts'
import { sarif } from './sarif.ts'

export type { Findings, ReportForm } from './form.ts'
export { summaryOf } from './github.ts'

/** Forms of a report besides text and `--json`: one file and one line each. */
export const reportForms: readonly ReportForm[] = [github, junit, sarif]
