import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** The directory of shared test data (real templates, parser fixtures), outside the project; undefined where it is missing. */
export const sharedDirectory: string | undefined = findShared()

function findShared(): string | undefined {
  const directory = process.env['SECRETS_SHARED'] ?? resolve(import.meta.dirname, '../../../shared')
  if (existsSync(resolve(directory, 'corpus'))) return directory
  if (process.env['SECRETS_REQUIRE_SHARED'] === '1') {
    throw new Error(
      'SECRETS_REQUIRE_SHARED is set, but the shared test data is missing (SECRETS_SHARED names it)',
    )
  }
  return undefined
}
