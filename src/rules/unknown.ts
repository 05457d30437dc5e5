import { ownerOfFile } from '../core/file-names.ts'
import { environmentVariables } from '../core/environment.ts'
import { suggest } from '../core/suggest.ts'
import { everywhere, findingAt, type Finding, type Rule } from './rule.ts'
import { countedVariables, type ValueSource } from './source.ts'

export const unknown: Rule = {
  id: 'unknown',
  title: 'every variable of the file is declared',
  severity: everywhere('warning'),
  rationale:
    'a name that nobody declared is often a typing error, and then the variable that was meant has no value',
  fix: 'correct the name, or add it to the template or the manifest',
  source: {
    title: 'The Twelve-Factor App: Config',
    url: 'https://12factor.net/config',
  },
  examples: {
    bad: [
      { template: 'DATABASE_URL=\n', file: 'DATABSE_URL=postgres://db/app\n' },
      { template: 'A=\n', file: 'A=1\nB=2\n' },
      { template: 'PORT=1\n', file: 'PROT=1\nPORT=1\n' },
      { template: 'A=\n', file: 'a=1\n' },
      { manifest: 'variables: { A: {} }', file: 'B=1\n' },
    ],
    good: [
      {
        template: 'DATABASE_URL=\n# REDIS_URL=redis://cache\n',
        file: 'DATABASE_URL=\nREDIS_URL=redis://cache:1\n',
      },
      {
        template: 'API_TOKEN=\n',
        file: 'API_TOKEN=a\nAPI_TOKEN_OLD=b\nAPI_TOKEN_OLD_UNTIL=2030-01-01T00:00:00Z\n',
      },
      { file: 'ANYTHING=1\n' },
      { template: 'A=\n', file: 'A=1\nNODE_ENV=development\n' },
      { template: 'A=\n', file: 'A_FILE=/run/secrets/a\n' },
    ],
  },
  check: ({ sources }) => sources.flatMap(checkSource),
}

/** Read by tools around the application, whatever the template says. */
const common: ReadonlySet<string> = new Set([
  ...environmentVariables,
  'TZ',
  'LANG',
  'COMPOSE_FILE',
  'COMPOSE_PROFILES',
  'COMPOSE_PROJECT_NAME',
  'COMPOSE_PATH_SEPARATOR',
])

function checkSource(source: ValueSource): readonly Finding[] {
  const { schema, kind } = source
  if (schema.size === 0 || kind === 'process' || kind === 'compose') return []
  const present = new Set(source.variables.map(({ name }) => name))
  const absent = [...schema.keys()].filter(name => !present.has(name))
  return countedVariables(source)
    .filter(({ name, entry }) => entry === undefined && !common.has(name) && !isFileOf(name, source))
    .map(({ name, at }) => {
      const meant = suggest(name, absent)
      return findingAt(at, {
        rule: 'unknown',
        severity: 'warning',
        name,
        message: `"${name}" is neither in the template nor in the manifest`,
        fix:
          meant === undefined ? `add ${name} to the template, or remove it here` : `did you mean "${meant}"?`,
      })
    })
}

/** `NAME_FILE` names the file that holds `NAME`. */
function isFileOf(name: string, { schema }: ValueSource): boolean {
  return schema.has(ownerOfFile(name) ?? '')
}
