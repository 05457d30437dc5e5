import type { TargetConfig } from '../../context.ts'
import type { Provider, SecretName, VersionInfo } from '../../core/provider.ts'
import { auditRotation } from './audited-rotation.ts'
import type { AuditLog } from './log.ts'
import { type CallOn, readCall, Watch } from './watch.ts'

/** The same provider; every call that reads or changes a value stands in the log. Members that it lacks stay lacking. */
export function auditProvider(provider: Provider, log: AuditLog, target: TargetConfig): Provider {
  const watch = new Watch(log, target)
  const { rotation } = provider
  return {
    ...auditedReads(provider, watch),
    ...auditedChanges(provider, watch),
    limits: provider.limits,
    check: signal => provider.check(signal),
    close: () => provider.close(),
    ...(rotation && { rotation: auditRotation(rotation, watch) }),
  }
}

/** What only lists, and what looks for `doctor`, gives out no value and is no event. */
function auditedReads(
  provider: Provider,
  watch: Watch,
): Pick<Provider, 'read' | 'readAll' | 'list' | 'versions' | 'diagnose'> {
  const { readAll, versions, diagnose } = provider
  return {
    list: (prefix, signal) => provider.list(prefix, signal),
    ...(versions && { versions: (name, signal) => versions.call(provider, name, signal) }),
    ...(diagnose && { diagnose: (question, signal) => diagnose.call(provider, question, signal) }),
    read: async (name, version, signal) => {
      const which = typeof version === 'string' ? version : version.version
      const found = await watch.reading(`${name} ${which}`, readCall(name, which), () =>
        provider.read(name, version, signal),
      )
      if (found === undefined && version === 'current') watch.absent.add(name)
      return found
    },
    ...(readAll && {
      readAll: signal =>
        watch.around(
          {
            event: 'secret.read',
            details: { all: true },
            ended: all => ({ details: { all: true, names: all.map(({ name }) => name) } }),
          },
          () => readAll.call(provider, signal),
        ),
    }),
  }
}

function auditedChanges(
  provider: Provider,
  watch: Watch,
): Pick<Provider, 'write' | 'writeIf' | 'remove' | 'purge'> {
  const { writeIf, purge } = provider
  return {
    write: (name, value, options, signal) =>
      watch.changing(changeCall(name, watch.absent.has(name)), () =>
        provider.write(name, value, options, signal),
      ),
    remove: (name, signal) =>
      watch.changing({ event: 'secret.deleted', name }, () => provider.remove(name, signal)),
    ...(writeIf && {
      writeIf: (name, value, base, options, signal) =>
        watch.changing(changeCall(name, base === 'absent'), () =>
          writeIf.call(provider, name, value, base, options, signal),
        ),
    }),
    ...(purge && {
      purge: (name, signal) =>
        watch.changing({ event: 'secret.deleted', name, details: { purge: true } }, () =>
          purge.call(provider, name, signal),
        ),
    }),
  }
}

function changeCall(name: SecretName, isNew: boolean): CallOn<VersionInfo> {
  return {
    event: isNew ? 'secret.created' : 'secret.changed',
    name,
    ended: ({ version }) => ({ versions: { current: version } }),
  }
}
