import type { AllowedFinding, Finding, Rule } from '../rules/index.ts'

/** What a form of report is made from. Nothing in it holds a value. */
export interface Findings {
  readonly findings: readonly Finding[]
  /** Accepted by `# secrets: allow`. */
  readonly allowed: readonly AllowedFinding[]
  /** What was checked, as the findings name it. */
  readonly files: readonly string[]
  /** Those of them that are no files: the process environment, a store. */
  readonly places?: readonly string[]
  /** Every rule there is. */
  readonly rules: readonly Rule[]
  /** The directory that the findings' paths are relative to, as seen from the top of the repository; `''` for the top. */
  readonly base: string
  /** Warnings count like errors. */
  readonly isStrict: boolean
  /** Of this program. */
  readonly version: string
}

/** One form of report, in a file of its own. Pure. */
export interface ReportForm {
  readonly id: string
  /** What it is for, for `--help`. */
  readonly title: string
  render(findings: Findings): string
}

/** `undefined` for a place that is no file. */
export function fileOf({ path }: Finding, { base, places = [] }: Findings): string | undefined {
  if (places.includes(path)) return undefined
  return base === '' ? path : `${base}/${path}`
}

/** Whether the finding makes `validate` fail. */
export function isFailure({ severity }: Finding, { isStrict }: Findings): boolean {
  return severity === 'error' || (isStrict && severity === 'warning')
}

/** A fix belongs to the message wherever a form has no place of its own for it. */
export function sentence({ message, fix }: Finding): string {
  return fix === undefined ? message : `${message}; fix: ${fix}`
}
