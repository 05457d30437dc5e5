import type { Decision } from './classifier/index.ts'
import { EditSession, type EnvDocument, type EnvNode } from './env-file/index.ts'
import { findLiveSecret } from './live-secret.ts'
import { findLanguage } from './template-language.ts'

/** Something to know of a template or its target: most of it is what the target does not get. */
export interface Notice {
  readonly kind: 'live-secret' | 'template-language' | 'plain-file'
  readonly path: string
  readonly line: number
  /** Absent for a comment, or a line that is no assignment. */
  readonly name?: string
  /** For people; quotes nothing of the line. */
  readonly message: string
}

interface Withheld extends Omit<Notice, 'message'> {
  readonly node: EnvNode
  /** Absent for what goes on from the line before. */
  readonly message?: string
}

/**
 * What stands in a template that must not go on: secrets in use, wherever they stand, and lines of a template language. A
 * value that a person keeps is told of and no more. In the order of the file.
 */
export function findNotices(template: EnvDocument): readonly Notice[] {
  return findWithheld(template).flatMap(({ node: _node, message, ...notice }) =>
    message === undefined ? [] : [{ ...notice, message }],
  )
}

function findWithheld(template: EnvDocument): readonly Withheld[] {
  const found: Withheld[] = []
  // A private key without quotes goes on over lines that are no assignments.
  let isInKey = false
  for (const node of template.nodes) {
    const text = textOf(template, node)
    if (text === undefined) continue
    const name = node.kind === 'assignment' || node.kind === 'commented-assignment' ? node.name : undefined
    const base = { node, path: template.path, line: node.line, ...(name === undefined ? {} : { name }) }
    const live = findLiveSecret(text)
    if (live !== undefined) {
      found.push({ ...base, kind: 'live-secret', message: liveMessage(live) })
      isInKey = /-----BEGIN/.test(text) && !/-----END/.test(text)
      continue
    }
    if (isInKey) found.push({ ...base, kind: 'live-secret' })
    if (/-----END/.test(text)) isInKey = false
    const language = node.kind === 'unreadable' ? findLanguage(text) : undefined
    if (language === undefined || isInKey) continue
    const message = `a line of ${language}, written as a comment: run the template through ${language} first`
    found.push({ ...base, kind: 'template-language', message })
  }
  return found
}

function liveMessage(live: string): string {
  return `${live} stands in the template: whoever has the project has it; have it replaced where it was issued`
}

function textOf(template: EnvDocument, node: EnvNode): string | undefined {
  switch (node.kind) {
    case 'assignment':
      return [template.value(node), node.inlineComment?.text ?? ''].join('\n').trim()
    case 'commented-assignment':
    case 'comment':
      return node.text
    case 'unreadable':
      return template.sourceText(node).trim()
    case 'blank':
    case 'directive':
      return undefined
    default:
      node satisfies never
      return undefined
  }
}

/** The template as a target may have it: without the texts that are withheld. The same document where there are none. */
export function withheldTemplate(template: EnvDocument, decisions: readonly Decision[]): EnvDocument {
  const names = new Set(decisions.filter(({ isWithheld }) => isWithheld).map(({ name }) => name))
  const found = new Map(findWithheld(template).map(({ node, kind }) => [node, kind]))
  if (names.size === 0 && found.size === 0) return template
  const session = new EditSession(template)
  for (const node of template.nodes) {
    if (node.kind === 'assignment') {
      const { inlineComment: comment } = node
      const isInComment = comment !== undefined && findLiveSecret(comment.text) !== undefined
      const value = names.has(node.name) ? '' : template.slice(node.valueSpan)
      if (isInComment)
        session.replaceNodes([node], [`${node.exported ? 'export ' : ''}${node.name}=${value}`])
      else if (names.has(node.name)) session.setValue(node, '')
    } else if (found.get(node) === 'template-language')
      session.replaceNodes([node], [`# ${template.sourceText(node).trim()}`])
    else if (found.has(node))
      session.replaceNodes([node], [node.kind === 'commented-assignment' ? `# ${node.name}=` : leftOut])
  }
  return session.apply()
}

const leftOut = '# (a secret stood here in the template)'
