import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { preparedProject, type Project } from './cli.ts'

/** What a hook was told, as it wrote it down. */
export interface Told {
  readonly hook: string
  readonly phase: string
  readonly rotation: string
  readonly name: string
  readonly environment: string
  readonly target: string
  readonly new: string | null
  readonly old: string | null
  readonly words: readonly string[]
  readonly env: readonly string[]
}

/**
 * Writes down what it was told, and does what the file `do-<hook>` beside it says: a line of JavaScript, run with
 * `input` at hand. So a test makes a hook fail, hang or print while the manifest, and with it the trust, stays as it is.
 */
const script = `import { appendFileSync, existsSync, readFileSync } from 'node:fs'
const input = JSON.parse(readFileSync(0, 'utf8'))
const words = process.argv.slice(2)
appendFileSync('told.jsonl', JSON.stringify({ ...input, words, env: Object.keys(process.env) }) + '\\n')
for (const file of ['do-' + input.hook, 'do-' + input.hook + '-' + input.phase]) {
  if (existsSync(file)) await new Function('input', 'return (async () => {' + readFileSync(file, 'utf8') + '})()')(input)
}
`

const names = [
  'beforeStage',
  'apply',
  'verifyStaged',
  'afterCommit',
  'verify',
  'reencrypt',
  'revoke',
  'afterRetire',
] as const
/** Run in an emergency only. */
const emergencyNames = ['onEmergency', 'invalidate'] as const
type Name = (typeof names)[number] | (typeof emergencyNames)[number]
export const allHooks: readonly Name[] = [...names, ...emergencyNames]

export interface HookedOptions {
  readonly hooks?: readonly Name[]
  readonly provider?: string
  /** What stands in the manifest for the variable beside `secret: true`. */
  readonly variable?: string
  readonly within?: string
  /** Further keys of each hook. */
  readonly more?: string
  readonly environment?: string
}

/** A project with the secret TOKEN, whose hooks write down what they are told; trusted. */
export async function hookedProject(options: HookedOptions = {}): Promise<Project> {
  const {
    hooks = names,
    provider = 'dotenv',
    variable = 'generate: hex:32',
    within = '20s',
    more = '',
  } = options
  const environment = options.environment ?? 'development'
  const step = (name: string): string =>
    `      ${name}: [{ run: ["${process.execPath}", hook.mjs, ${name}], within: ${within}${more} }]\n`
  const settings = provider === 'dotenv' ? ', path: .env' : ''
  const files = {
    'hook.mjs': script,
    'secrets.yaml': `version: 1
environments:
  ${environment}: { provider: ${provider}${settings} }
variables:
  TOKEN:
    secret: true
    ${variable}
    hooks:
${hooks.map(step).join('')}`,
  }
  return await preparedProject(files, [[['set', 'TOKEN', '--generate', 'hex:32']], [['trust', '--yes']]])
}

export function told(project: Project): readonly Told[] {
  const path = join(project.path, 'told.jsonl')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as Told)
}

export const steps = (project: Project): readonly string[] =>
  told(project).map(({ hook, phase }) => (phase === 'undo' ? `${hook} (undo)` : hook))
