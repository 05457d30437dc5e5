import { classify, type Decision } from './classifier/index.ts'
import {
  type AssignmentNode,
  EditSession,
  encodeValue,
  EnvDocument,
  defaultReaders,
  formatDirective,
} from './env-file/index.ts'
import { SecretsError } from './errors.ts'
import { ownerOfCompanion } from './names.ts'
import { cleanUrls, findLiveSecret, replacement as placeholder } from './live-secret.ts'
import { findPlaceholder } from './placeholder.ts'
import { createRedactor } from './redact.ts'
import { isSecretName } from './schema/secret-names.ts'
import { Secret } from './secret.ts'
import { looksSecret } from './secret-shape.ts'

/** A variable whose value is not in the template. */
export interface Emptied {
  readonly name: string
  /** In the file that was read. */
  readonly line: number
  readonly reason: string
}

export interface Reversed {
  readonly document: EnvDocument
  readonly kept: readonly string[]
  readonly emptied: readonly Emptied[]
}

export interface ReverseSource {
  readonly source: EnvDocument
  /** The name of the template, for messages. */
  readonly path: string
  /** Forms of values that `init` generated. */
  readonly forms: ReadonlyMap<string, string>
  /** Names of which a person says that their value may be published. */
  readonly allowed: ReadonlySet<string>
}

/** A shorter text is found in others by chance. */
const shortestPart = 6

/**
 * A template from a file with values: names, comments, order and harmless values stay; what may be a secret becomes empty, or
 * `change-me` with a directive where the project makes it itself; passwords inside addresses are replaced; records of
 * rotations and old values go. Doubt counts as secret. Pure.
 *
 * Throws `usage.invalid_argument` for an allowed name whose value is held for a secret, and `env_file.unsupported_value`
 * rather than return a template in which any part of a secret stands.
 */
export function reverseDocument(facts: ReverseSource): Reversed {
  const { source } = facts
  const decisions = new Map(classify(source).map(decision => [decision.name, decision]))
  const texts = source.assignments.map(node => source.value(node))
  const isEmbedded = (value: string): boolean =>
    value.length >= shortestPart && texts.some(text => text !== value && text.includes(value))
  const verdicts = new Map(
    source.assignments.map(node => {
      const verdict = judge(facts, node, decisions.get(node.name))
      return [node, { ...verdict, isEmbedded: isEmbedded(source.value(node)) }]
    }),
  )
  refuseAllowed(facts, verdicts)
  const secrets = [...verdicts].flatMap(([node, { reason }]) =>
    reason === undefined ? [] : [source.value(node)],
  )
  const redact = createRedactor(
    secrets.filter(each => each.length >= shortestPart).map(each => new Secret(each)),
  )
  const clean = (text: string): string => cleanUrls(redact(text).replaceAll('[redacted]', placeholder))
  const document = rewrite(facts, verdicts, clean)
  requireClean(document, secrets, facts.path)
  const emptied = [...verdicts].flatMap(([{ name, line }, { reason }]) =>
    reason === undefined ? [] : [{ name, line, reason }],
  )
  const names = new Set(emptied.map(({ name }) => name))
  const kept = document.assignments.map(({ name }) => name).filter(name => !names.has(name))
  return { document, kept: [...new Set(kept)], emptied }
}

/** Why a value is no part of the template, with the form in which another one is made; empty for what may stay. */
interface Verdict {
  readonly reason?: string
  readonly form?: string
  /** The value stands inside another one: both get the placeholder, by which `init` finds that they belong together. */
  readonly isEmbedded?: boolean
}

function judge(
  { source, forms }: ReverseSource,
  node: AssignmentNode,
  decision: Decision | undefined,
): Verdict {
  const value = source.value(node)
  const form = forms.get(node.name) ?? (decision?.decision === 'generate' ? decision.form : undefined)
  if (value === '') return form === undefined ? {} : { reason: 'the project makes it itself', form }
  if (form !== undefined) return { reason: 'the project makes it itself', form }
  if (/^\$\{\w+\}$|^\$\w+$/.test(value) || findPlaceholder(value) !== undefined) return {}
  if (isSecretName(node.name)) return { reason: 'its name says that it is a secret' }
  const isAsked = decision?.decision === 'ask' || decision?.decision === 'ask-optional'
  if (isAsked && decision.rule !== 'live-secret') return { reason: decision.reason }
  // The password of an address alone is replaced in its place.
  const live = findLiveSecret(cleanUrls(value))
  if (live !== undefined) return { reason: `it is ${live}` }
  return looksSecret(cleanUrls(value)) ? { reason: 'it looks like a secret' } : {}
}

function refuseAllowed(
  { allowed, path }: ReverseSource,
  verdicts: ReadonlyMap<AssignmentNode, Verdict>,
): void {
  for (const [{ name, line }, { reason }] of verdicts) {
    if (reason === undefined || !allowed.has(name)) continue
    throw new SecretsError(
      'usage.invalid_argument',
      `the value of "${name}" is not written into a template: ${reason}`,
      {
        at: { path, line },
        hints: ['a template is published with the project; leave --set out for that name'],
      },
    )
  }
}

function rewrite(
  { source, path }: ReverseSource,
  verdicts: ReadonlyMap<AssignmentNode, Verdict>,
  clean: (text: string) => string,
): EnvDocument {
  const session = new EditSession(source)
  for (const node of source.nodes) {
    switch (node.kind) {
      case 'assignment':
        rewriteAssignment(session, source, node, verdicts.get(node) ?? {}, clean)
        break
      case 'comment':
        if (cleanComment(node.text, clean) !== node.text)
          session.replaceNodes([node], [`# ${cleanComment(node.text, clean)}`])
        break
      case 'commented-assignment':
        if (isSecretName(node.name) || cleanComment(node.text, clean) !== node.text) {
          session.replaceNodes([node], [`# ${node.name}=`])
        }
        break
      case 'directive':
        if ('problem' in node.directive || ['rotation', 'pending'].includes(node.directive.verb))
          session.remove([node])
        break
      case 'unreadable':
        // The rest of a value whose quotes were never closed, or anything else: nobody reads it, and it may be a secret.
        session.remove([node])
        break
      case 'blank':
        break
      default:
        node satisfies never
    }
  }
  const edited = session.apply()
  return EnvDocument.parse(edited.print(), path)
}

function rewriteAssignment(
  session: EditSession,
  source: EnvDocument,
  node: AssignmentNode,
  { reason, form, isEmbedded = false }: Verdict,
  clean: (text: string) => string,
): void {
  const owner = ownerOfCompanion(node.name)
  if (owner !== undefined && source.find(owner) !== undefined) {
    session.remove([node])
    return
  }
  const value = source.value(node)
  const secret = form !== undefined || isEmbedded ? placeholder : ''
  const wanted = reason === undefined ? clean(value) : secret
  const comment = node.inlineComment?.text
  const cleaned = comment === undefined ? undefined : cleanComment(comment, clean)
  const lines =
    form !== undefined && !hasGenerate(source, node)
      ? [formatDirective({ verb: 'generate', args: [form], keys: {} })]
      : []
  if (cleaned !== comment) {
    session.replaceNodes(
      [node],
      [...lines, `${node.exported ? 'export ' : ''}${node.name}=${encode(wanted, node)}`],
    )
    return
  }
  if (lines.length > 0) session.insertBefore(node, lines)
  if (wanted !== value) session.setValue(node, encode(wanted, node))
}

function hasGenerate(source: EnvDocument, node: AssignmentNode): boolean {
  return source.directivesFor(node).some(({ verb }) => verb === 'generate')
}

function encode(value: string, node: AssignmentNode): string {
  const encoded = encodeValue(value, defaultReaders, value === '' ? 'none' : node.quote)
  return 'text' in encoded ? encoded.text : ''
}

/** A comment in which nothing looks like a secret; words that do become the placeholder. */
function cleanComment(text: string, clean: (text: string) => string): string {
  return clean(text).replace(/[^\s"'`=,;()[\]<>]{12,}/g, word => (looksSecret(word) ? placeholder : word))
}

/** The last look: no secret stands anywhere in the template, in any usual encoding. */
function requireClean(document: EnvDocument, secrets: readonly string[], path: string): void {
  const text = new TextDecoder().decode(document.print())
  const parts = secrets.filter(each => each.length >= shortestPart && findPlaceholder(each) === undefined)
  const redact = createRedactor(parts.map(each => new Secret(each)))
  if (redact(text) === text) return
  throw new SecretsError(
    'env_file.unsupported_value',
    'a value that is held for a secret would stand in the template',
    {
      at: { path },
      hints: ['look for a value that also stands in a comment or a name, and write the template by hand'],
    },
  )
}
