import { basename } from 'node:path'
import type { Context, FileContent } from '../../context.ts'
import { classify, type Decision, type Override } from '../../core/classifier/index.ts'
import { canonicalName, chooseEnvironment, environmentOfFileName } from '../../core/environment.ts'
import { defaultReaders, EnvDocument, type ReaderId } from '../../core/env-file/index.ts'
import { SecretsError } from '../../core/errors.ts'
import type { InitMemory, TemplateMemory } from '../../core/init-record.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import type { TemplatePair } from '../project.ts'
import { refuseTracked } from '../values.ts'

/** Variable → what a person said of it. */
export type Overrides = ReadonlyMap<string, Override>

/** One template with everything that was read for it. */
export interface Work {
  readonly pair: TemplatePair
  readonly environment: string
  readonly template: EnvDocument
  readonly existing: EnvDocument | undefined
  readonly content: FileContent | undefined
  readonly decisions: readonly Decision[]
  readonly overrides: Overrides
  readonly readers: readonly ReaderId[]
  readonly manifest: Manifest | undefined
  /** `--env` fills the file of an environment from a template that is not made for it. */
  readonly isOfOther: boolean
  /** The template as it was when it last filled the target. */
  readonly memory: TemplateMemory | undefined
}

/** What is read once for all templates. */
export interface Surroundings {
  readonly manifest: Manifest | undefined
  readonly memory: InitMemory
  /** From the command line: they win over the manifest. */
  readonly settings: Overrides
}

export async function readWork(context: Context, pair: TemplatePair, around: Surroundings): Promise<Work> {
  const template = await readTemplate(context, pair)
  const content = await context.files.read(pair.target)
  const existing = content === undefined ? undefined : EnvDocument.parse(content.bytes, pair.targetLabel)
  const { manifest, memory } = around
  const { name: environment } = chooseEnvironment({
    option: context.options.env,
    fileName: basename(pair.target),
    valueOf: variable => (existing ?? template).values().get(variable),
    declared: [...(manifest?.environments.keys() ?? [])],
  })
  const settings = { path: pair.targetLabel }
  await refuseTracked(context, { id: pair.targetLabel, provider: 'dotenv', environment, settings })
  const overrides = new Map([...declaredForms(manifest, environment), ...around.settings])
  const asked = { pair, environment, template, manifest, isOfOther: isOfOther(context, pair, environment) }
  return {
    ...asked,
    existing,
    content,
    overrides,
    decisions: await decide(asked, overrides),
    readers: manifest?.environments.get(environment)?.readers ?? manifest?.readers ?? defaultReaders,
    memory: memory.templates.get(pair.targetLabel),
  }
}

async function readTemplate(
  context: Context,
  { template: path, templateLabel, text }: TemplatePair,
): Promise<EnvDocument> {
  if (text !== undefined) return EnvDocument.fromText(text, templateLabel)
  const content = await context.files.read(path)
  if (content === undefined) {
    throw new SecretsError('template.missing', 'the template is not there', {
      at: { path: templateLabel },
      hints: ['name another one: secrets init --from FILE'],
    })
  }
  const template = EnvDocument.parse(content.bytes, templateLabel)
  if (template.nodes.some(({ kind }) => kind !== 'blank')) return template
  throw new SecretsError('template.empty', 'the template is empty', {
    at: { path: templateLabel },
    hints: ['list the variables that the project reads, one NAME= per line'],
  })
}

/** The same work with more said of its variables: everything that follows from it is decided again. */
export async function redecide(work: Work, said: Overrides): Promise<Work> {
  if (said.size === 0) return work
  const overrides = new Map([...work.overrides, ...said])
  return { ...work, overrides, decisions: await decide(work, overrides) }
}

type Deciding = Pick<Work, 'pair' | 'environment' | 'template' | 'manifest' | 'isOfOther'>

async function decide(work: Deciding, overrides: Overrides): Promise<readonly Decision[]> {
  const { pair, template, environment, manifest, isOfOther: isProfiled } = work
  const decisions = classify(template, { file: pair.templateLabel, overrides }).map(decision => {
    const line = pair.lines?.get(decision.name)
    return line === undefined ? decision : { ...decision, line, evidence: { line, column: 1 } }
  })
  if (!isProfiled || canonicalName(environment) === 'development') return decisions
  const { applyProfile } = await import('../../core/init-profile/index.ts')
  const profiled = applyProfile(decisions, template, environment)
  if (canonicalName(environment) !== 'test') return profiled
  const { withDummies } = await import('../../core/init-dummy.ts')
  const { buildSchema } = await import('../../core/schema/index.ts')
  const sources = { template, environment, ...(manifest === undefined ? {} : { manifest }) }
  return withDummies(profiled, template, buildSchema(sources))
}

function isOfOther(context: Context, { template }: TemplatePair, environment: string): boolean {
  return context.options.env !== undefined && environmentOfFileName(basename(template)) !== environment
}

/** What the manifest says wins over what the template's words suggest. */
function declaredForms(manifest: Manifest | undefined, environment: string): Overrides {
  const forms = new Map<string, Override>()
  for (const [name, variable] of manifest?.variables ?? []) {
    const form = variable.environments.get(environment)?.generate ?? variable.generate
    if (form !== undefined) forms.set(name, { decision: 'generate', form, reason: 'the manifest says so' })
  }
  return forms
}
