import { dirname } from 'node:path'
import type { Access, Files, ProviderDeps } from '../../src/context.ts'
import { attempt, filePermissions, type Finding } from '../../src/core/diagnosis.ts'
import { generationsIn } from './chain.ts'
import type { Generations } from './generations.ts'
import { identityPath } from './identity.ts'

type Deps = Pick<ProviderDeps, 'files' | 'env' | 'root'>

/** Whether the store opens with the identity that is here, who else may use either, and whether it can be written. */
export async function* diagnose(
  generations: Generations,
  directory: string,
  deps: Deps,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  signal.throwIfAborted()
  const { files } = deps
  const numbers = generationsIn(((await files.list(directory)) ?? []).map(({ name }) => name))
  const identity = await attempt(signal, () => identityPath(deps.env, deps.root))
  if ('finding' in identity) {
    yield identity.finding
    return
  }
  const access = await files.access(identity.found)
  const isOpen = access !== undefined && isForOthers(access, 0o077, deps)
  if (access !== undefined) yield identityMode(identity.found, isOpen)
  // A read would tighten the mode: this only looks.
  const opened = isOpen ? undefined : await attempt(signal, () => generations.read(signal))
  yield* placeFindings(directory, numbers.length, opened)
  if (opened !== undefined && 'found' in opened) yield* identityFindings(identity.found, access !== undefined)
  const own = await files.access(directory)
  if (own !== undefined && isForOthers(own, 0o022, deps)) {
    yield {
      check: 'mode',
      severity: 'warning',
      subject: directory,
      message: 'other users of this machine may put files into the store',
      repair: [`chmod 700 ${directory}`],
    }
  }
  yield* filePermissions(
    opened === undefined || 'found' in opened,
    await isWritable(files, directory),
    directory,
  )
}

function isForOthers({ mode }: Access, bits: number, { env }: Deps): boolean {
  return (mode & bits) !== 0 && env['OS'] !== 'Windows_NT'
}

function identityMode(path: string, isOpen: boolean): Finding {
  if (!isOpen) return { check: 'mode', severity: 'ok', subject: path, message: 'for this user alone' }
  return {
    check: 'mode',
    severity: 'error',
    subject: path,
    message: 'other users of this machine may read the identity, and with it the store',
    repair: [
      `chmod 600 ${path}`,
      'if somebody else works on this machine: make a new identity and rotate everything',
    ],
  }
}

function* placeFindings(
  directory: string,
  count: number,
  opened: { readonly found: unknown } | { readonly finding: Finding } | undefined,
): Generator<Finding> {
  if (opened !== undefined && 'finding' in opened) yield opened.finding
  else if (count === 0) {
    yield {
      check: 'place',
      severity: 'info',
      message: `there is no store at ${directory} yet`,
      repair: ['the first secrets set makes it'],
    }
  } else {
    const state = opened === undefined ? 'not opened' : 'whole and readable'
    yield { check: 'place', severity: 'ok', message: `the store has ${String(count)} generations, ${state}` }
  }
}

function* identityFindings(path: string, isThere: boolean): Generator<Finding> {
  if (!isThere) {
    yield {
      check: 'identity',
      severity: 'info',
      message: 'there is no identity yet: the first write makes one',
      repair: [`back it up afterwards: ${path}`],
    }
    return
  }
  yield { check: 'identity', severity: 'ok', message: `${path} opens the store; keep a backup of it` }
}

/** Of the directory, or of the nearest one above it that is there: the first write makes the rest. */
async function isWritable(files: Files, directory: string): Promise<boolean> {
  const access = await files.access(directory)
  if (access !== undefined) return access.isWritable
  const above = dirname(directory)
  return above !== directory && (await isWritable(files, above))
}
