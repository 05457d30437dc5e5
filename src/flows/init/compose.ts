import { dirname, join } from 'node:path'
import type { Context } from '../../context.ts'
import type { Decision } from '../../core/classifier/index.ts'
import type { ComposeFacts } from '../../core/compose/needs.ts'
import { EnvDocument } from '../../core/env-file/index.ts'
import { findPlaceholder } from '../../core/placeholder.ts'
import { isPasswordName } from '../../core/schema/index.ts'
import { pair, type TemplatePair } from '../project.ts'
import { label, readText } from '../text-file.ts'
import type { Work } from './work.ts'

/** Names under which docker compose looks for its file, the first that is there. */
const composeNames = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'] as const

const maxBytes = 1_048_576

/** The compose file of the directory that the command works in. */
export interface ComposeFile extends ComposeFacts {
  readonly path: string
  readonly label: string
}

export async function readComposeFile(context: Context): Promise<ComposeFile | undefined> {
  for (const name of composeNames) {
    const path = join(context.cwd, name)
    const file = await readText(context, path, maxBytes)
    if (file === undefined) continue
    const { readNeeds } = await import('../../core/compose/needs.ts')
    return { path, label: label(context.cwd, path), ...readNeeds(file.text) }
  }
  return undefined
}

/**
 * The `.env` beside a compose file, of which compose fills in the file, where no template fills it: a template that the compose
 * file itself stands for. What a package's template has under the same name stands there too, so that both agree.
 */
export async function composePair(
  context: Context,
  file: ComposeFile,
  pairs: readonly TemplatePair[],
): Promise<TemplatePair | undefined> {
  const target = join(dirname(file.path), '.env')
  if (file.references.length === 0 || pairs.some(each => each.target === target)) return undefined
  const templates: EnvDocument[] = []
  for (const { template, templateLabel } of pairs) {
    const content = await context.files.read(template)
    if (content !== undefined) templates.push(EnvDocument.parse(content.bytes, templateLabel))
  }
  const password = passwordOfAddresses(templates)
  const lines = file.references.flatMap(({ name, line }) => [
    `# required by ${file.label}, line ${String(line)}`,
    `${name}=${textOf(name, templates) ?? (databasePassword.test(name) ? password : '')}`,
  ])
  return {
    ...pair(context, file.path, target),
    text: `${lines.join('\n')}\n`,
    lines: new Map(file.references.map(({ name, line }) => [name, line])),
  }
}

/** As the templates write it, where all that have the name agree. */
function textOf(name: string, templates: readonly EnvDocument[]): string | undefined {
  const texts = templates.flatMap(document => {
    const node = document.find(name)
    return node === undefined || node.quote === 'backtick' ? [] : [document.slice(node.valueSpan)]
  })
  return new Set(texts).size === 1 && !/[\r\n]/.test(texts[0] ?? '') ? texts[0] : undefined
}

const databasePassword = /^(?:POSTGRES|PG|MYSQL|MARIADB|MONGO\w*|DB|DATABASE)_(?:\w+_)?PASS(?:WORD)?$/
const databaseAddress =
  /^(?:postgres(?:ql)?|mysql|mariadb|mongodb)(?:\+\w+)?:\/\/[^\s/:@]{0,256}:([^\s/@$]{1,256})@/i

/** The placeholder that all addresses of databases have for their password; empty where they have none or several. */
function passwordOfAddresses(templates: readonly EnvDocument[]): string {
  const found = templates.flatMap(document =>
    [...document.values().values()].flatMap(value => databaseAddress.exec(value)?.[1] ?? []),
  )
  const [only = '', other] = new Set(found)
  return other === undefined && findPlaceholder(only) !== undefined && /^[\w-]+$/.test(only) ? only : ''
}

/**
 * A password that the compose file gives a service as it stands cannot be another one in the service's clients: it stays, and
 * so does the address that has it inside. Only where nothing is deployed.
 */
export function keepLiterals(work: Work, { literals, label: shown }: ComposeFile): Work {
  const lineOf = new Map(
    literals.filter(({ name }) => isPasswordName(name)).map(({ value, line }) => [value, line]),
  )
  const kept = new Set<string>()
  const decisions = work.decisions.map((decision): Decision => {
    const node = work.template.find(decision.name)
    const line = node === undefined ? undefined : lineOf.get(work.template.value(node))
    const isOurs =
      decision.decision === 'generate' && decision.confidence < 1 && isPasswordName(decision.name)
    if (node === undefined || line === undefined || !isOurs) return decision
    kept.add(decision.name)
    const reason = `${shown}:${String(line)} has it as it stands; write \${${decision.name}} there for a strong one`
    // One that must not stay is not taken for an answer, but another one here alone would not fit.
    const isOpen = findPlaceholder(work.template.value(node))?.kind === 'placeholder'
    return { ...keepOf(decision, reason), decision: isOpen ? 'ask' : 'keep' }
  })
  if (kept.size === 0) return work
  const followed = decisions.map(decision => {
    const source = decision.from?.split(':')[1] ?? ''
    return kept.has(source) ? keepOf(decision, `it has the password of ${source}, which stays`) : decision
  })
  return { ...work, decisions: followed }
}

function keepOf(decision: Decision, reason: string): Decision {
  const { form: _form, from: _from, replace: _replace, isUsualForm: _usual, ...rest } = decision
  return { ...rest, decision: 'keep', reason, confidence: 0.9, rule: 'compose-literal' }
}
