import { basename } from 'node:path'
import type { Context } from '../../context.ts'
import { parseForm } from '../../core/form.ts'
import { previousName } from '../../core/names.ts'
import { generateValue } from '../../generators/index.ts'
import { environmentKind, type Finding, type ValueSource } from '../../rules/index.ts'
import { addIgnored, ensureGitignore } from '../init/files.ts'
import { loadManifest } from '../manifest.ts'
import { readProject } from '../project.ts'
import { connectTarget } from '../targets.ts'

/** What was changed for a finding, or would be. */
export interface Repair {
  readonly rule: string
  readonly path: string
  readonly name?: string
  /** In a person's words, without any value. */
  readonly what: string
}

type Work = Repair & { do(): Promise<void> }

/**
 * Repairs what can be repaired without a decision: the mode of a file, a rule of git, and on one's own machine a
 * secret of this project that is weak and that it is said how to make. Nothing that is deployed gets another value
 * here: that is a rotation. `isDryRun`: says so and changes nothing.
 */
export async function repair(
  context: Context,
  { findings, sources }: { readonly findings: readonly Finding[]; readonly sources: readonly ValueSource[] },
  isDryRun: boolean,
): Promise<readonly Repair[]> {
  const done: Repair[] = []
  for (const finding of findings) {
    const work = workFor(context, finding, sources)
    if (work === undefined) continue
    const { do: act, ...told } = work
    if (!isDryRun) await act()
    done.push(told)
  }
  return done
}

function workFor(context: Context, finding: Finding, sources: readonly ValueSource[]): Work | undefined {
  const { rule, path, name } = finding
  const place = context.resolve(path)
  switch (rule) {
    case 'file-mode':
      return { rule, path, what: 'mode 0600', do: () => tighten(context, place) }
    case 'not-ignored':
      return { rule, path, what: 'ignored by git', do: () => ignore(context, path) }
    case 'weak':
    case 'placeholder':
    case 'empty': {
      const form = formFor(sources, path, name)
      if (name === undefined || form === undefined) return undefined
      return {
        rule,
        path,
        name,
        what: `a new value (${form})`,
        do: () => replaceValue(context, finding, form),
      }
    }
    default:
      return undefined
  }
}

/** How a value of one's own machine is to be made; not while its previous one is still accepted. */
function formFor(sources: readonly ValueSource[], path: string, name = ''): string | undefined {
  const source = sources.find(one => one.path === path)
  const isOwn = source !== undefined && ['development', 'test'].includes(environmentKind(source.environment))
  if (!isOwn || source.variables.some(one => one.name === previousName(name))) return undefined
  return source.variables.find(one => one.name === name)?.form ?? source.schema.get(name)?.form
}

async function tighten({ files }: Context, path: string): Promise<void> {
  const content = await files.read(path)
  if (content !== undefined) await files.replace(path, content.bytes, { mode: 0o600, base: content.version })
}

/** What `init` writes covers every `.env` file; another name gets a line of its own. */
async function ignore(context: Context, path: string): Promise<void> {
  const isUsual = /^\.env(?:\..+)?$/.test(basename(path))
  if (isUsual) await ensureGitignore(context, (await readProject(context)).templates)
  else await addIgnored(context, [`/${path}`])
}

async function replaceValue(context: Context, { path, name = '' }: Finding, form: string): Promise<void> {
  const target = { id: path, provider: 'dotenv', environment: 'development', settings: { path } }
  const provider = await connectTarget(context, await loadManifest(context), target)
  try {
    const value = await generateValue(parseForm(form), context.random)
    await provider.write(name, value, { at: context.clock.now() }, context.signal)
  } finally {
    await provider.close()
  }
}
