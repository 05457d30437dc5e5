import type { EffectiveService } from '../../core/compose/effective.ts'
import { allowancesOf, type Schema } from '../../core/schema/index.ts'
import type { ValueSource } from '../source.ts'

export interface ServiceContext {
  /** The compose file as people know it: the last one that was given. */
  readonly path: string
  readonly environment: string
  readonly environmentSource: string
  readonly schema: Schema
  readonly kept: ReadonlySet<string>
}

/** What the container of a service gets, as a source for the rules: each value at the line that counts. */
export function sourceOfService(service: EffectiveService, context: ServiceContext): ValueSource {
  const { path, ...facts } = context
  return {
    kind: 'compose',
    path: `${path} (${service.name})`,
    ...facts,
    variables: service.variables.map(({ name, value, at, directives }) => ({
      ...{ name, value, at },
      allows: allowancesOf(directives),
      isOverridden: false,
    })),
    unread: [],
    compose: service,
  }
}
