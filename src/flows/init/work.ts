import { basename } from 'node:path'
import type { Context, FileContent } from '../../context.ts'
import { classify, type Decision } from '../../core/classifier/index.ts'
import { chooseEnvironment } from '../../core/environment.ts'
import { defaultReaders, EnvDocument, type ReaderId } from '../../core/env-file/index.ts'
import { SecretsError } from '../../core/errors.ts'
import type { InitMemory, TemplateMemory } from '../../core/init-record.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import type { TemplatePair } from '../project.ts'
import { refuseTracked } from '../values.ts'

/** One template with everything that was read for it. */
export interface Work {
  readonly pair: TemplatePair
  readonly environment: string
  readonly template: EnvDocument
  readonly existing: EnvDocument | undefined
  readonly content: FileContent | undefined
  readonly decisions: readonly Decision[]
  readonly readers: readonly ReaderId[]
  /** The template as it was when it last filled the target. */
  readonly memory: TemplateMemory | undefined
}

/** What is read once for all templates. */
export interface Surroundings {
  readonly manifest: Manifest | undefined
  readonly memory: InitMemory
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
  const overrides = declaredForms(manifest, environment)
  return {
    pair,
    environment,
    template,
    existing,
    content,
    decisions: classify(template, { file: pair.templateLabel, overrides }),
    readers: manifest?.environments.get(environment)?.readers ?? manifest?.readers ?? defaultReaders,
    memory: memory.templates.get(pair.targetLabel),
  }
}

async function readTemplate(
  context: Context,
  { template: path, templateLabel }: TemplatePair,
): Promise<EnvDocument> {
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

/** What the manifest says wins over what the template's words suggest. */
function declaredForms(
  manifest: Manifest | undefined,
  environment: string,
): ReadonlyMap<string, { decision: 'generate'; form: string; reason: string }> {
  const forms = new Map<string, { decision: 'generate'; form: string; reason: string }>()
  for (const [name, variable] of manifest?.variables ?? []) {
    const form = variable.environments.get(environment)?.generate ?? variable.generate
    if (form !== undefined) forms.set(name, { decision: 'generate', form, reason: 'the manifest says so' })
  }
  return forms
}
