import { strongValue } from '../example-values.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { variablesNamed } from '../source.ts'
import { variableRule } from '../variable-rule.ts'
import { readAddress } from './database-drivers.ts'
import { isLocalHost } from './hosts.ts'

const hostNames = [
  'DB_HOST',
  'DATABASE_HOST',
  'POSTGRES_HOST',
  'PGHOST',
  'MYSQL_HOST',
  'MARIADB_HOST',
  'MONGO_HOST',
  'MONGODB_HOST',
  'REDIS_HOST',
  'VALKEY_HOST',
  'RABBITMQ_HOST',
  'AMQP_HOST',
]

export const localDatabase: Rule = variableRule({
  id: 'local-database',
  title: 'a deployed service does not look for its database on its own machine',
  severity: deployed('warning'),
  rationale:
    'in a container localhost is the container itself; on a machine the data goes where the machine goes',
  fix: "name the database's host; where a proxy beside the service leads there, allow it with that reason",
  source: { title: 'The Twelve-Factor App: Backing services', url: 'https://12factor.net/backing-services' },
  examples: {
    bad: inProduction(
      `DATABASE_URL=postgresql://app:${strongValue}@localhost:5432/app\n`,
      `MONGO_URL=mongodb://app:${strongValue}@127.0.0.1/app\n`,
      'DB_HOST=localhost\n',
      'APP_REDIS_HOST=127.0.0.1\n',
      `REDIS_URL=redis://:${strongValue}@[::1]:6379\n`,
    ),
    good: [
      ...inProduction(
        'DB_HOST=db.example.org\n',
        'DB_HOST=db\n',
        'DB_HOST=/var/run/postgresql\n',
        'HOST=localhost\n',
        'API_URL=http://localhost:9000\n',
      ),
      { file: 'DB_HOST=localhost\n' },
    ],
  },
  problem({ name, value }, source) {
    const address = readAddress(value)
    const isHost =
      address === undefined &&
      /HOST$/i.test(name) &&
      variablesNamed(source, hostNames).some(one => one.name === name)
    if (address === undefined && !isHost) return undefined
    return isLocalHost(address?.address ?? value.trim()) ? { problem: 'leads to the own machine' } : undefined
  },
})
