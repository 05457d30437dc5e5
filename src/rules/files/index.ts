import type { Rule } from '../rule.ts'
import { committed } from './committed.ts'
import { fileMode } from './file-mode.ts'
import { imageContext } from './image-context.ts'
import { notIgnored } from './not-ignored.ts'
import { readersDisagree } from './readers-disagree.ts'
import { tracked } from './tracked.ts'

/** Rules for a file as a whole: who else may read it, and how. Loaded where something is known of one. */
export const fileRules: readonly Rule[] = [
  tracked,
  committed,
  notIgnored,
  fileMode,
  imageContext,
  readersDisagree,
]
