import { join } from 'node:path'
import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { choosePairs, pair, readProject, type TemplatePair } from '../project.ts'
import type { InitRequest } from './report.ts'

/** Which templates fill which files. Throws `template.missing` where there is none, `usage.ambiguous` for two of one file. */
export async function selectPairs(
  context: Context,
  { from, to }: InitRequest,
  declared: readonly string[],
): Promise<readonly TemplatePair[]> {
  if (from !== undefined) return [explicitPair(context, from, to)]
  if (to !== undefined) {
    throw new SecretsError('usage.invalid_argument', '--to needs --from', {
      hints: ['see: secrets init --help'],
    })
  }
  const pairs = choosePairs(context, (await readProject(context)).templates, declared)
  const compose = await composeOf(context, pairs)
  if (compose !== undefined) return [compose, ...pairs]
  if (pairs.length > 0) return pairs
  throw new SecretsError(
    'template.missing',
    'there is no template here (.env.example, .env.sample, env.template …)',
    {
      hints: [
        'name it: secrets init --from FILE',
        `or begin with a shipped one: secrets init --template ${(await context.templateIds()).join('|')}`,
      ],
    },
  )
}

/** Compose reads `.env` alone, whatever the environment is called. */
async function composeOf(
  context: Context,
  pairs: readonly TemplatePair[],
): Promise<TemplatePair | undefined> {
  if (context.options.env !== undefined || !(await hasCompose(context))) return undefined
  const { composePair, readComposeFile } = await import('./compose.ts')
  const file = await readComposeFile(context)
  return file === undefined ? undefined : await composePair(context, file, pairs)
}

/** Cheap: what reads the file is loaded only where there is one. */
export async function hasCompose(context: Context): Promise<boolean> {
  const entries = (await context.files.list(context.cwd)) ?? []
  return entries.some(({ name, kind }) => kind === 'file' && /^(?:docker-)?compose\.ya?ml$/.test(name))
}

function explicitPair(context: Context, from: string, to: string | undefined): TemplatePair {
  const template = context.resolve(from)
  const target = to === undefined ? join(template, '..', '.env') : context.resolve(to)
  if (template !== target) return pair(context, template, target)
  throw new SecretsError('env_file.same_path', 'the template and the file to write are the same', {
    at: { path: from },
    hints: ['name another file: --to .env.local'],
  })
}
