import type { SecretsError } from './errors.ts'
import { escapeControls } from './printable.ts'

/** How a command ended. */
export interface Report {
  readonly command: string
  readonly exitCode: number
  readonly data?: unknown
  readonly error?: SecretsError
}

/** The one document on stdout under `--json`, success or failure. `ok` is true exactly when the exit code is 0. */
export function renderJson(report: Report): string {
  const { error } = report
  const document = {
    schema: 1,
    command: report.command,
    ok: report.exitCode === 0,
    ...(report.data === undefined ? {} : { data: report.data }),
    ...(error === undefined ? {} : { error: errorData(error) }),
  }
  return `${escapeControls(JSON.stringify(document, undefined, 2))}\n`
}

function errorData(error: SecretsError): object {
  return {
    code: error.code,
    message: error.message,
    hints: error.hints,
    ...(error.at === undefined ? {} : { at: error.at }),
    retryable: error.isRetryable,
  }
}
