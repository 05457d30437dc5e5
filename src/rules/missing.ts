import { fileNamesOf } from '../core/file-names.ts'
import type { SchemaEntry } from '../core/schema/index.ts'
import { atMost, findingAt, severityIn, type Finding, type Rule, type SeverityTable } from './rule.ts'
import type { ValueSource } from './source.ts'

const severity: SeverityTable = {
  development: 'error',
  test: 'warning',
  staging: 'error',
  production: 'error',
}

export const missing: Rule = {
  id: 'missing',
  title: 'every variable that the project needs is there',
  severity,
  rationale: 'a variable that is not there is found when the code first needs it, which may be weeks later',
  fix: 'run secrets init, which adds what the template has and the file has not',
  source: {
    title: 'The Twelve-Factor App: Config',
    url: 'https://12factor.net/config',
  },
  examples: {
    bad: [
      { template: 'PORT=3000\nSESSION_SECRET=change-me\n', file: 'PORT=3000\n' },
      { template: 'PORT=3000\n', file: '' },
      { template: '# required\nSMTP_HOST=\n', file: 'PORT=1\n' },
      { template: 'A=1\nB=2\n', file: 'A=1\n', environment: 'production' },
      { template: '# secrets: generate hex:32\nKEY=\n', file: '# KEY=\n' },
    ],
    good: [
      { template: 'PORT=3000\nSENTRY_DSN=\n', file: 'PORT=3000\n' },
      { template: 'DB_PASSWORD=change-me\n', file: 'DB_PASSWORD_FILE=/run/secrets/db\n' },
      { template: '# PORT=3000\n', file: '' },
      { template: 'A=1\n', file: 'A=\n' },
      { file: 'ANYTHING=1\n' },
    ],
  },
  check: ({ sources }) => sources.flatMap(checkSource),
}

function checkSource(source: ValueSource): readonly Finding[] {
  const names = new Set(source.variables.map(({ name }) => name))
  // An old name that is still there stands for the new one, and is reported as that.
  const replacing = new Set(
    [...source.schema.values()].flatMap(({ name, relations }) =>
      names.has(name) ? [relations?.deprecated] : [],
    ),
  )
  const absent = [...source.schema.values()].filter(
    ({ name, required }) =>
      required &&
      !names.has(name) &&
      !fileNamesOf(name).some(each => names.has(each)) &&
      !replacing.has(name),
  )
  return absent.map(entry => findingOf(entry, source))
}

/** At the place where it is declared, because the place where it should stand does not exist yet. */
function findingOf(entry: SchemaEntry, source: ValueSource): Finding {
  const { name, at, requiredBy } = entry
  const weight = severityIn(severity, source.environment)
  // A platform that sets variables one by one need not repeat what only the template's example gives.
  const isOnlyExample = (source.kind === 'process' || source.kind === 'compose') && requiredBy === 'template'
  return findingAt(at, {
    rule: 'missing',
    severity: isOnlyExample ? atMost(weight, 'warning') : weight,
    name,
    message: `"${name}" is missing in ${source.path}`,
    fix: fixFor(name, source),
  })
}

function fixFor(name: string, { kind, path, environment }: ValueSource): string {
  switch (kind) {
    case 'process':
      return `set ${name} (or ${name}_FILE) where the process is started`
    case 'provider':
      return `put it there: secrets set ${name} --env ${environment}`
    case 'compose':
      return `give it to the service, under environment or in its env_file`
    case 'file':
      return `run secrets init, or write ${name}=… into ${path}`
  }
}
