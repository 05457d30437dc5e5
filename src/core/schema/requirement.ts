import type { AssignmentNode, EnvDocument } from '../env-file/index.ts'

/** What a comment next to a variable says; `undefined` where it says neither, or only for some cases. */
export function commentedRequirement(document: EnvDocument, node: AssignmentNode): boolean | undefined {
  const words = [...commentsAbove(document, node), node.inlineComment?.text ?? ''].join('\n').toLowerCase()
  if (words === '') return undefined
  // `@env-spec` decorators say it with a value.
  const text = words
    .replace(/@required=false\b|@optional=true\b/g, 'optional')
    .replace(/@optional=false\b|@required=true\b/g, 'required')
    .replace(/@(?:required|optional)=\S+/g, '')
  if (
    /\boptional(?:ly)?\b|\bnot (?:strictly )?(?:required|needed|mandatory)\b|\bleave (?:it )?(?:empty|blank)\b/.test(
      text,
    )
  ) {
    return false
  }
  const isConditional =
    /\b(?:required|needed|mandatory|must be set) (?:only|if|when|for|by|in|unless|with)\b|\bonly (?:required|needed)\b/.test(
      text,
    )
  return /\brequired\b|\bmandatory\b|\bmust be set\b/.test(text) && !isConditional ? true : undefined
}

/** The comment lines directly above, directives left out; any other line ends the block. */
function commentsAbove(document: EnvDocument, node: AssignmentNode): readonly string[] {
  const texts: string[] = []
  for (let at = document.indexOf(node) - 1; ; at -= 1) {
    const above = document.nodes[at]
    if (above?.kind === 'comment') texts.unshift(above.text)
    else if (above?.kind !== 'directive') return texts
  }
}
