import { strongValue } from '../example-values.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { isUnset, variablesNamed } from '../source.ts'
import { variableRule } from '../variable-rule.ts'
import { readAddress } from './database-drivers.ts'
import { isInternalHost, isLocalHost } from './hosts.ts'

export const redisPassword: Rule = variableRule({
  id: 'redis-password',
  title: 'a Redis server asks for a password',
  severity: deployed('error'),
  rationale:
    'who reaches a server without a password reads every session, and can often write files on its machine',
  fix: 'set a password or an ACL user in the server, and write it here',
  source: {
    title: 'Redis security',
    url: 'https://redis.io/docs/latest/operate/oss_and_stack/management/security/',
  },
  examples: {
    bad: inProduction(
      'REDIS_URL=rediss://cache.example.org:6379\n',
      'REDIS_HOST=cache.example.org\nREDIS_PASSWORD=\n',
      'REDIS_HOST=redis\nREDIS_PASSWORD=null\n',
      'CELERY_BROKER_URL=redis://redis:6379/0\n',
      'REDIS_URL=rediss://app@cache.example.org:6379/0\n',
    ),
    good: [
      ...inProduction(
        `REDIS_URL=rediss://:${strongValue}@cache.example.org:6379\n`,
        `REDIS_HOST=cache.example.org\nREDIS_PASSWORD=${strongValue}\n`,
        `REDIS_URL=rediss://cache.example.org:6379\nREDIS_PASSWORD=${strongValue}\n`,
        'REDIS_HOST=localhost\n',
        'REDIS_HOST=redis\nREDIS_PASSWORD=${CACHE_PASSWORD}\n',
      ),
      { file: 'REDIS_URL=redis://cache.example.org:6379\n' },
    ],
  },
  problem({ name, value }, source) {
    const address = readAddress(value)
    const isHost = /(?:^|_)(?:REDIS|VALKEY)_HOST$/i.test(name)
    if (!isHost && address?.driver.server !== 'redis') return undefined
    const where = address?.address ?? value.trim()
    if (address?.hasPassword === true || isLocalHost(where) || hasPasswordElsewhere(source)) return undefined
    return {
      problem: 'leads to a server without a password',
      ...(isInternalHost(where) ? { atMost: 'warning' } : {}),
    }
  },
})

function hasPasswordElsewhere(source: Parameters<typeof variablesNamed>[0]): boolean {
  const names = [
    'REDIS_PASSWORD',
    'REDIS_PASS',
    'REDIS_AUTH',
    'REDIS_AUTH_TOKEN',
    'VALKEY_PASSWORD',
    'REDIS_PASSWORD_FILE',
  ]
  return variablesNamed(source, names).some(({ value }) => !isUnset(value))
}
