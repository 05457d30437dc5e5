import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { SecretsError } from '../../core/errors.ts'

interface Place {
  readonly cwd: string
  /** Of this process: what a project says must not choose the program. */
  readonly env: Readonly<Record<string, string | undefined>>
}

const isWindows = process.platform === 'win32'

/**
 * The absolute path of the program that a shell would start for that word, except that an empty or relative entry of
 * PATH is passed over: it would be a program of the directory, whatever its name. Throws `run.not_found` and
 * `run.not_executable`, which do not repeat the word: it may be a value in the wrong place.
 */
export function findProgram(word: string, { cwd, env }: Place): string {
  const isPath = word.includes('/') || (isWindows && word.includes('\\'))
  const bases = isPath ? [resolve(cwd, word)] : searched(env).map(directory => join(directory, word))
  let isThere = false
  for (const file of word === '' ? [] : bases.flatMap(base => spellings(base, env))) {
    const kind = look(file)
    if (kind === 'program') return checked(file)
    isThere ||= kind === 'other'
  }
  if (isThere) throw notExecutable(['it is there, but it is no file that may be executed'])
  throw new SecretsError('run.not_found', 'there is no such program', {
    hints: [
      isPath ? 'the path is read from the directory of the command' : 'looked for in the directories of PATH',
    ],
  })
}

export function notExecutable(hints: readonly string[], cause?: unknown): SecretsError {
  return new SecretsError('run.not_executable', 'the program cannot be started', { hints, cause })
}

function searched(env: Place['env']): readonly string[] {
  return (env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
}

/** On Windows a program is named without its extension. */
function spellings(base: string, env: Place['env']): readonly string[] {
  if (!isWindows) return [base]
  const extensions = (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(one => one !== '')
  const hasOne = extensions.some(one => base.toLowerCase().endsWith(one.toLowerCase()))
  return [...(hasOne ? [base] : []), ...extensions.map(one => base + one)]
}

function look(file: string): 'program' | 'other' | 'absent' {
  try {
    if (!statSync(file).isFile()) return 'other'
  } catch {
    return 'absent'
  }
  try {
    accessSync(file, constants.X_OK)
    return 'program'
  } catch {
    return 'other'
  }
}

/** Windows hands a batch file's arguments to its shell, which reads them again: no quoting is safe in all of them. */
function checked(file: string): string {
  if (!isWindows || !/\.(?:bat|cmd)$/i.test(file)) return file
  throw notExecutable(['it is a batch file: start it by its shell, "secrets run -- cmd /d /c …"'])
}
