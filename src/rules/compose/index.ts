import type { Rule } from '../rule.ts'
import { composeBaked } from './baked.ts'
import { composeFallback } from './fallback.ts'
import { composeRotation } from './rotation.ts'
import { composeUnset } from './unset.ts'

/** Rules for how a value comes into a container: loaded where a compose file is looked at. */
export const composeRules: readonly Rule[] = [composeUnset, composeFallback, composeBaked, composeRotation]
