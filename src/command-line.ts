import { parseArgs } from 'node:util'
import type { Command, CommandInput, OptionSpec } from './commands/command.ts'
import { commands, loadCommands } from './commands/index.ts'

export interface ParsedGlobals {
  readonly env?: string
  readonly manifest?: string
  readonly json?: true
  readonly quiet?: true
  readonly color: boolean
  readonly cwd?: string
  readonly trust?: string
}

/** What the command line asks for: a command with its input, or a text to print (help, version). */
export type Invocation =
  | {
      readonly do: 'run'
      readonly command: Command
      readonly input: CommandInput
      readonly globals: ParsedGlobals
    }
  | { readonly do: 'print'; readonly text: string }

/** Options that every command has: flags as commander reads them, and what they mean. */
export const globalOptions = [
  ['--env <name>', 'environment to work on (see the manifest)'],
  ['--manifest <file>', 'manifest to read instead of secrets.yaml'],
  ['--cwd <directory>', 'work as if started there'],
  ['--trust <sha256>', 'accept exactly this content of the manifest and its files, for this run'],
  ['--json', 'one JSON document on stdout, success or failure'],
  ['--quiet', 'no narration on stderr'],
  ['--no-color', 'plain text'],
] as const

/**
 * Reads the command line (words only, nothing is run). What is plainly a command with its own options and arguments is
 * read by Node itself; everything else (help, a typing error, options first) by commander, which takes a tenth of the
 * start and says the same of every line that both can read.
 */
export async function parseCommandLine(words: readonly string[], version: string): Promise<Invocation> {
  const [name = ''] = words
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  const plain = load === undefined ? undefined : readPlainly(await load(), words)
  if (plain !== undefined) return plain
  const { readByCommander } = await import('./program.ts')
  return readByCommander(words, version, await loadCommands())
}

/** The words before and behind the first `--`; behind it nothing is ours to read. */
export function splitWords(words: readonly string[]): {
  readonly own: readonly string[]
  readonly behind: readonly string[] | undefined
} {
  const at = words.indexOf('--')
  return at < 0 ? { own: words, behind: undefined } : { own: words.slice(0, at), behind: words.slice(at + 1) }
}

/**
 * `words` begin with the command's name. `undefined` for a line that is not that name with options in their simple forms
 * and as many arguments as it takes.
 */
export function readPlainly(command: Command, words: readonly string[]): Invocation | undefined {
  const { own, behind = [] } = splitWords(words.slice(1))
  const known = { all: optionsOf(globalFlags), own: optionsOf(command.options) }
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({
      args: [...own],
      options: { ...known.all, ...known.own },
      allowPositionals: true,
      strict: true,
    })
  } catch {
    return undefined
  }
  const takesBehind = command.takesCommand === true
  const args = takesBehind ? parsed.positionals : [...parsed.positionals, ...behind]
  if (!isEnough(command.args, parsed.positionals.length + behind.length)) return undefined
  return {
    do: 'run',
    command,
    input: {
      args,
      options: valuesOf(known.own, parsed.values),
      ...(takesBehind && { command: behind }),
    },
    globals: valuesOf(known.all, parsed.values) as unknown as ParsedGlobals,
  }
}

type KnownOptions = Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>

const globalFlags: readonly Flags[] = globalOptions.map(([flags]) => ({ flags }))

type Flags = Pick<OptionSpec, 'flags' | 'isRepeatable'>

function optionsOf(specs: readonly Flags[]): KnownOptions {
  const known: KnownOptions = {}
  for (const { flags, isRepeatable } of specs) {
    const [, name, value] = /^--([a-z-]+)( <[^>.]+>)?$/.exec(flags) ?? []
    // Left out are those whose value may be missing, or be several words: commander knows how to read them.
    if (name === undefined) continue
    known[name] = { type: value === undefined ? 'boolean' : 'string', multiple: isRepeatable === true }
  }
  return known
}

/** In commander's spelling: `--value-file` is `valueFile`, and `--no-color` makes `color`, otherwise true, false. */
function valuesOf(
  known: KnownOptions,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const key = (name: string): string =>
    name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(known)) {
    if (name.startsWith('no-')) values[key(name.slice('no-'.length))] = given[name] !== true
    else if (given[name] !== undefined) values[key(name)] = given[name]
  }
  return values
}

/** `<name> [others...]`: as many as are written in angles, and no more than there is a place for. */
function isEnough(args = '', count: number): boolean {
  const places = args.split(' ').filter(place => place !== '')
  const needed = places.filter(place => place.startsWith('<')).length
  return count >= needed && (args.includes('...') || count <= places.length)
}
