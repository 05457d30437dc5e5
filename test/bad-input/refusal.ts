import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type ErrorCode, errorCodes } from '../../src/core/errors.ts'
import type { CliOptions, JsonReport, Project } from '../support/cli.ts'

/** Everything below the project and its home: kinds, modes, contents. Equal before and after: nothing was changed. */
export function treeOf(project: Project): ReadonlyMap<string, string> {
  const base = dirname(project.path)
  const names = readdirSync(base, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(names.map(name => [name, describeEntry(join(base, name))]))
}

function describeEntry(path: string): string {
  const stats = lstatSync(path)
  const mode = (stats.mode & 0o7777).toString(8)
  if (stats.isSymbolicLink()) return `link to ${readlinkSync(path)}`
  if (!stats.isFile()) return `${stats.isDirectory() ? 'directory' : 'other'} ${mode}`
  return `file ${mode} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
}

export interface Refusal {
  readonly code: ErrorCode
  /** How the path in the error ends; absent where no file is meant. */
  readonly path?: string
}

/** The command is refused: code, exit code, where, what to do; and every file is as it was. */
export async function expectRefused(
  project: Project,
  words: readonly string[],
  refusal: Refusal,
  options: CliOptions = {},
): Promise<void> {
  const before = treeOf(project)
  const { code, report } = await project.json(words, options)
  expectRefusal(words, code, report, refusal)
  expect(treeOf(project), words.join(' ')).toEqual(before)
}

export function expectRefusal(
  words: readonly string[],
  code: number,
  { error, ok }: JsonReport,
  refusal: Refusal,
): void {
  const what = words.join(' ')
  expect([what, error?.code, code, ok]).toEqual([what, refusal.code, errorCodes[refusal.code].exit, false])
  expect(error?.message, what).toMatch(/^[^A-Z\n]\S?.*[^.]$/)
  expect(error?.hints.length, `${what}: a hint`).toBeGreaterThan(0)
  if (refusal.path !== undefined) expect(error?.at?.path, `${what}: where`).toMatch(endsWith(refusal.path))
}

function endsWith(path: string): RegExp {
  return new RegExp(`(?:^|[\\\\/])${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
}
