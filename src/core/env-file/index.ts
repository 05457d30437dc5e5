export { EnvDocument } from './parse.ts'
export { directiveVerbs, formatDirective, parseDirective } from './directives.ts'
export {
  placeOf,
  type AssignmentNode,
  type Directive,
  type DirectiveNode,
  type EnvNode,
  type Quote,
} from './document.ts'
export { append, EditSession, insertAfter, insertBefore, remove, replaceNodes, setValue } from './edit.ts'
export {
  defaultReaders,
  isReaderId,
  readAssignment,
  readerIds,
  readersDisagree,
  readValue,
  type Disagreement,
  type ReaderId,
} from './readers.ts'
export { encodeValue, plainValuePattern, safeValuePattern } from './write.ts'
