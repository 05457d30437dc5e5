import { isAbsolute } from 'node:path'
import type { Context } from '../../context.ts'
import { isSecretsError } from '../../core/errors.ts'
import type { SecretFileFact, ValueSource } from '../../rules/index.ts'

/** As the application's own reading has it (`@dualkey/secrets/env`). */
const maxBytes = 1_048_576

/**
 * The process environment with the values that stand in files (`NAME_FILE`, as docker secrets are given) in the place of
 * those that are not set: one line end behind a value is not part of it. What is wrong with a file is kept beside them.
 */
export async function withSecretFiles(context: Context, source: ValueSource): Promise<ValueSource> {
  const { schema, path } = source
  const variables = [...source.variables]
  const facts: SecretFileFact[] = []
  for (const { name: fileName, value: file } of source.variables) {
    const name = fileName.replace(/_FILE$/, '')
    if (name === fileName || !schema.has(name) || file === '' || (context.env[name] ?? '') !== '') continue
    const found = await readSecretFile(context, file)
    if (found.value !== undefined)
      variables.push({ name, value: found.value, at: { path }, allows: [], isOverridden: false })
    facts.push(...found.problems.map(problem => ({ name, problem })))
  }
  return { ...source, variables, ...(facts.length > 0 && { secretFiles: facts }) }
}

interface Found {
  readonly value?: string
  readonly problems: readonly SecretFileFact['problem'][]
}

async function readSecretFile(context: Context, file: string): Promise<Found> {
  try {
    const content = await context.files.read(context.resolve(file), { maxBytes })
    if (content === undefined) return { problems: ['missing'] }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content.bytes).replace(/\r?\n$/, '')
    const problems = modeProblems(context, file, content.mode)
    return text === '' ? { problems: ['empty', ...problems] } : { value: text, problems }
  } catch (error) {
    // Kubernetes mounts links: what is behind them is its own to keep.
    if (isSecretsError(error, 'env_file.symlink')) return { problems: [] }
    if (isSecretsError(error, 'env_file.too_large')) return { problems: ['too-large'] }
    if (isSecretsError(error) || error instanceof TypeError) return { problems: ['unreadable'] }
    throw error
  }
}

/** In a container everybody is the application: Docker's own mode below /run/secrets is 0444. Windows has no modes. */
function modeProblems({ env }: Context, file: string, mode: number): readonly SecretFileFact['problem'][] {
  if (env['OS'] === 'Windows_NT') return []
  if ((mode & 0o002) !== 0) return ['writable']
  const isMounted = isAbsolute(file) && /^\/(?:var\/)?run\/secrets\//.test(file)
  return (mode & 0o004) !== 0 && !isMounted ? ['readable'] : []
}
