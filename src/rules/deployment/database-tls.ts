import { strongValue } from '../example-values.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { variablesNamed, type ValueSource } from '../source.ts'
import { isOff, variableRule, type VariableProblem } from '../variable-rule.ts'
import { readAddress, tlsOf, type DatabaseAddress } from './database-drivers.ts'
import { isInternalHost, isLocalHost } from './hosts.ts'

const servers = 'DB DATABASE POSTGRES PG MYSQL MARIADB MONGO MONGODB REDIS VALKEY AMQP RABBITMQ'.split(' ')

/** Settings of TLS that stand beside an address. */
const switches = [
  ...servers.flatMap(server =>
    ['SSL', 'TLS', 'SSL_MODE', 'SSLMODE', 'SSL_ENABLED', 'TLS_ENABLED', 'USE_SSL', 'USE_TLS'].map(
      word => `${server}_${word}`,
    ),
  ),
  'PGSSLMODE',
]
/** Files of authorities: who gives one wants TLS. */
const authorities = [
  ...servers.flatMap(server => [`${server}_SSL_CA`, `${server}_SSLROOTCERT`]),
  'ATTR_SSL_CA',
]

const account = `app:${strongValue}`

export const databaseTls: Rule = variableRule({
  id: 'database-tls',
  title: 'databases and brokers are reached over TLS',
  severity: deployed('error'),
  rationale: 'password and data cross the network readable; several drivers fall back to that without a word',
  fix: 'ask for TLS in the address, with the server certificate checked',
  source: {
    title: 'PostgreSQL: SSL Support in libpq; OWASP Database Security Cheat Sheet',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Database_Security_Cheat_Sheet.html',
  },
  examples: {
    bad: inProduction(
      `DATABASE_URL=postgresql://${account}@db.example.org/app\n`,
      `DATABASE_URL=postgresql://${account}@db.example.org/app?sslmode=disable\n`,
      `DATABASE_URL=postgresql+asyncpg://${account}@db.example.org/app?ssl=prefer\n`,
      `MONGO_URL=mongodb+srv://${account}@cluster.example.org/app?tls=false\n`,
      `REDIS_URL=redis://:${strongValue}@cache.example.org:6379\n`,
      `AMQP_URL=amqp://${account}@mq.example.org\n`,
      `DB_URL=jdbc:sqlserver://db.example.org:1433;databaseName=app;encrypt=false\n`,
      'DB_SSL=false\n',
      'PGSSLMODE=prefer\n',
      `DATABASE_URL=postgresql://${account}@db/app\n`,
    ),
    good: [
      ...inProduction(
        `DATABASE_URL=postgresql://${account}@db.example.org/app?sslmode=verify-full\n`,
        `DATABASE_URL=postgresql+asyncpg://${account}@db.example.org/app?ssl=require\n`,
        `DATABASE_URL=postgresql://${account}@db.example.org/app\nPGSSLMODE=require\n`,
        `DATABASE_URL=mysql://${account}@db.example.org/app\nMYSQL_ATTR_SSL_CA=/etc/ssl/ca.pem\n`,
        `MONGO_URL=mongodb+srv://${account}@cluster.example.org/app\n`,
        `REDIS_URL=rediss://:${strongValue}@cache.example.org:6379\n`,
        'API_URL=https://api.example.org\n',
      ),
      { file: `DATABASE_URL=postgresql://${account}@db.example.org/app\nDB_SSL=false\n` },
    ],
  },
  problem({ name, value }, source) {
    const address = readAddress(value)
    if (address !== undefined) return isLocalHost(address.address) ? undefined : ofAddress(address, source)
    if (!/S[SL]L|TLS/i.test(name) || !variablesNamed(source, switches).some(one => one.name === name))
      return undefined
    // What stands here may be meant for a network of containers on one machine.
    return isNoTls(value) ? { problem: 'allows a connection without TLS', atMost: 'warning' } : undefined
  },
})

function ofAddress(address: DatabaseAddress, source: ValueSource): VariableProblem | undefined {
  // A blank to fill in is no host.
  if (/[*<>{}]/.test(address.address)) return undefined
  const said = tlsOf(address)
  const { fix } = address.driver
  if (said === 'off') return { problem: 'allows a connection without TLS', fix }
  if (said === 'on' || isSaidElsewhere(source)) return undefined
  return {
    problem: 'does not ask for TLS',
    fix,
    // The network of one host or cluster: worth knowing, often meant.
    ...(isInternalHost(address.address) ? { atMost: 'info' } : {}),
  }
}

function isSaidElsewhere(source: ValueSource): boolean {
  return (
    variablesNamed(source, switches).some(({ value }) => value.trim() !== '' && !isNoTls(value)) ||
    variablesNamed(source, authorities).some(({ value }) => value.trim() !== '')
  )
}

function isNoTls(value: string): boolean {
  return isOff(value) || /^(?:disable|allow|prefer|preferred)$/i.test(value.trim())
}
