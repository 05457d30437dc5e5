import type { AssignmentNode } from './document.ts'
import type { EnvDocument } from './parse.ts'
import { bashReader } from './readers/bash.ts'
import { composeReader } from './readers/compose.ts'
import { dockerReader } from './readers/docker.ts'
import { dotenvReader } from './readers/dotenv.ts'
import { refused, valueOf, type ReaderId, type ReaderModel, type Reading } from './readers/model.ts'
import { nodeReader } from './readers/node.ts'
import { pythonDotenvReader } from './readers/python-dotenv.ts'
import { sopsReader } from './readers/sops.ts'
import { systemdReader } from './readers/systemd.ts'

export { isReaderId, readerIds, type ReaderId, type Reading } from './readers/model.ts'

const models = {
  dotenv: dotenvReader,
  node: nodeReader,
  'python-dotenv': pythonDotenvReader,
  compose: composeReader,
  bash: bashReader,
  docker: dockerReader,
  systemd: systemdReader,
  sops: sopsReader,
} satisfies Record<ReaderId, ReaderModel>

/** Whose reading counts where the manifest names nobody. */
export const defaultReaders: readonly ReaderId[] = ['dotenv', 'node', 'python-dotenv', 'compose']

/** What `reader` makes of the line `NAME=<text>`. `text` may hold line ends (`\n`), blanks and a comment. */
export function readValue(reader: ReaderId, text: string): Reading {
  return models[reader].read(text)
}

/**
 * A reader that differs from the first of those asked about. `expansion`: what it reads depends on other variables;
 * `nothing`: an error, no assignment, or nothing to rely on.
 */
export interface Disagreement {
  readonly reader: ReaderId
  readonly reads: 'another-value' | 'expansion' | 'nothing'
}

/**
 * Which of `readers` read an assignment differently from the first of them; empty when all agree. Takes the whole
 * line into account: `export`, blanks around `=`, `:`, a comment behind the value, the line end. Never a value.
 */
export function readersDisagree(
  document: EnvDocument,
  node: AssignmentNode,
  readers: readonly ReaderId[] = defaultReaders,
): readonly Disagreement[] {
  const [first, ...others] = readers
  if (first === undefined) return []
  const expected = readAssignment(document, node, first)
  return others.flatMap(reader => {
    const reading = readAssignment(document, node, reader)
    return isSameReading(reading, expected) ? [] : [{ reader, reads: nameDifference(reading) }]
  })
}

function isSameReading(a: Reading, b: Reading): boolean {
  return a.kind === b.kind && (a.kind !== 'value' || b.kind !== 'value' || a.value === b.value)
}

function nameDifference(reading: Reading): Disagreement['reads'] {
  switch (reading.kind) {
    case 'value':
      return 'another-value'
    case 'expands':
      return 'expansion'
    case 'refused':
      return 'nothing'
  }
}

/** What a reader makes of an assignment as it stands in the document. */
export function readAssignment(document: EnvDocument, node: AssignmentNode, reader: ReaderId): Reading {
  if (reader === 'dotenv') return valueOf(document.value(node))
  const head = document.slice({ start: node.span.start, end: node.operatorEnd }).trimStart()
  if (!models[reader].head.test(head)) return refused
  const rest = document.slice({ start: node.operatorEnd, end: node.span.end })
  const [lineEnd = ''] = /(?:\r\n|[\n\r\u2028\u2029])?$/.exec(rest) ?? []
  const text = rest.slice(0, rest.length - lineEnd.length).replaceAll('\r\n', '\n')
  const reading = models[reader].read(text)
  // Only these two keep the carriage return of a CRLF line as part of the value.
  const keepsReturn = lineEnd === '\r\n' && (reader === 'bash' || reader === 'sops')
  return keepsReturn && reading.kind === 'value' ? valueOf(`${reading.value}\r`) : reading
}
