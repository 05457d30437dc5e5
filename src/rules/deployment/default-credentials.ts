import { findPlaceholder } from '../../core/placeholder.ts'
import { isSecretName } from '../../core/schema/index.ts'
import { strongValue } from '../example-values.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule, type VariableProblem } from '../variable-rule.ts'

export const defaultCredentials: Rule = variableRule({
  id: 'default-credentials',
  title: 'no password is left to a default',
  severity: deployed('error', 'error'),
  rationale: 'when the real value is missing, the service starts with a password that everybody can look up',
  fix: 'remove the fallback, so that a missing value stops the start: ${NAME:?}',
  source: {
    title: 'CWE-1392: Use of Default Credentials',
    url: 'https://cwe.mitre.org/data/definitions/1392.html',
  },
  examples: {
    bad: inProduction(
      'DATABASE_URL=postgresql://app:${DB_PASSWORD:-postgres}@db.example.org/app\n',
      'SESSION_SECRET=${APP_SECRET:-change-me}\n',
      'REDIS_URL=rediss://:${REDIS_PASSWORD-redis}@cache.example.org\n',
      'DB_DSN="host=db.example.org user=app password=postgres"\n',
      'CONNECTION_STRING="Server=db.example.org;User Id=sa;Password=changeit"\n',
      `API_URL=https://api.example.org/\${API_KEY:-${strongValue}}\n`,
    ),
    good: [
      ...inProduction(
        'DATABASE_URL=postgresql://app:${DB_PASSWORD:?}@db.example.org/app?sslmode=require\n',
        'SESSION_SECRET=${APP_SECRET}\n',
        'HOST=${APP_HOST:-localhost}\n',
        'SESSION_SECRET=${APP_SECRET:-}\n',
        `DB_DSN="host=db.example.org user=app password=${strongValue}"\n`,
      ),
      { file: 'DB_PASSWORD=${POSTGRES_PASSWORD:-postgres}\n' },
    ],
  },
  isForReferences: true,
  problem: ({ value, isSecret }) => inFallback(value, isSecret) ?? inPairs(value),
})

function inFallback(value: string, isSecret: boolean): VariableProblem | undefined {
  if (!value.includes('${')) return undefined
  const fallbacks = [...value.matchAll(/\$\{([A-Za-z_]\w{0,254}):?-([^{}]{1,256})\}/g)].filter(
    ([, name = '']) => isSecret || isSecretName(name),
  )
  if (fallbacks.length === 0) return undefined
  return fallbacks.some(([, , text = '']) => findPlaceholder(text) !== undefined)
    ? { problem: 'falls back to a known password' }
    : { problem: 'falls back to a password that stands in the file', atMost: 'warning' }
}

/** `host=db password=x` of PostgreSQL, `Server=db;Pwd=x` of ODBC and ADO.NET. */
function inPairs(value: string): VariableProblem | undefined {
  if (!value.includes('=') || !value.toLowerCase().includes('p')) return undefined
  const pairs = [...value.matchAll(/(?:^|[\s;?&])(?:password|pwd)\s{0,4}=\s{0,4}([^\s;&${]{1,256})/gi)]
  return pairs.some(([, password = '']) => findPlaceholder(password) !== undefined)
    ? { problem: 'holds a known password', fix: 'change the password in the service and here' }
    : undefined
}
