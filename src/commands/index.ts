import type { Command } from './command.ts'

/**
 * Every command by its name, in the order in which help lists them; loaded when it is asked for. To add one: write its
 * file, add its line.
 */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./init.ts')).init,
  generate: async () => (await import('./generate.ts')).generate,
  validate: async () => (await import('./validate.ts')).validate,
  rules: async () => (await import('./rules.ts')).rules,
  schema: async () => (await import('./schema.ts')).schema,
  status: async () => (await import('./status.ts')).status,
  doctor: async () => (await import('./doctor.ts')).doctor,
  rotate: async () => (await import('./rotate.ts')).rotate,
  retire: async () => (await import('./retire.ts')).retire,
  rollback: async () => (await import('./rollback.ts')).rollback,
  run: async () => (await import('./run.ts')).run,
  get: async () => (await import('./get.ts')).get,
  set: async () => (await import('./set.ts')).set,
  list: async () => (await import('./list.ts')).list,
  history: async () => (await import('./history.ts')).history,
  delete: async () => (await import('./delete.ts')).remove,
  provider: async () => (await import('./provider.ts')).provider,
  push: async () => (await import('./push.ts')).push,
  trust: async () => (await import('./trust.ts')).trust,
  audit: async () => (await import('./audit.ts')).audit,
}

export async function loadCommands(): Promise<readonly Command[]> {
  return await Promise.all(Object.values(commands).map(load => load()))
}
