import type { VersionId } from '../../core/provider.ts'
import type { Secret } from '../../core/secret.ts'
import type { Subject } from './engine.ts'
import type { HookValues } from './hooks.ts'

/** Of two versions, as hooks and followers get them. */
export async function bothValues(
  subject: Subject,
  newer: VersionId,
  old: VersionId | undefined,
): Promise<HookValues> {
  return {
    ...given('new', await valueOf(subject, newer)),
    ...(old === undefined ? {} : given('old', await valueOf(subject, old))),
  }
}

/** Not every store gives a value by its version, but all by what it is now. */
export async function valueOf(subject: Subject, version: VersionId): Promise<Secret | undefined> {
  const current = await subject.read('current')
  if (version === 'current' || current?.version === version) return current?.value
  const previous = await subject.read('previous')
  if (previous?.version === version) return previous.value
  return (await subject.read({ version }))?.value
}

export function given<K extends string>(key: K, value: Secret | undefined): { readonly [key in K]?: Secret } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: Secret })
}
