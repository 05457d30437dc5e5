import type { Command } from './command.ts'
import { remove } from './delete.ts'
import { doctor } from './doctor.ts'
import { generate } from './generate.ts'
import { get } from './get.ts'
import { history } from './history.ts'
import { init } from './init.ts'
import { list } from './list.ts'
import { provider } from './provider.ts'
import { push } from './push.ts'
import { retire } from './retire.ts'
import { rollback } from './rollback.ts'
import { rotate } from './rotate.ts'
import { rules } from './rules.ts'
import { run } from './run.ts'
import { set } from './set.ts'
import { status } from './status.ts'
import { trust } from './trust.ts'
import { validate } from './validate.ts'

/** Every command, in the order in which help lists them. To add one: write its file, add its line. */
export const commands: readonly Command[] = [
  init,
  generate,
  validate,
  rules,
  status,
  doctor,
  rotate,
  retire,
  rollback,
  run,
  get,
  set,
  list,
  history,
  remove,
  provider,
  push,
  trust,
]
