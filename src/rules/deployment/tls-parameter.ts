import { strongValue } from '../example-values.ts'
import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'
import { readAddress } from './database-drivers.ts'

const account = `app:${strongValue}`

export const tlsParameter: Rule = variableRule({
  id: 'tls-parameter',
  title: 'an address asks for TLS in the words of its driver',
  severity: deployed('error', 'error'),
  rationale:
    'a driver stops at a parameter that it does not know, or passes over it and connects without TLS',
  fix: 'write the parameter that this driver takes',
  source: {
    title: 'asyncpg: connect(); PostgreSQL: libpq parameter keywords',
    url: 'https://magicstack.github.io/asyncpg/current/api/index.html#connection',
  },
  examples: {
    bad: inProduction(
      `DATABASE_URL=postgresql+asyncpg://${account}@db.example.org/app?sslmode=require\n`,
      `DATABASE_URL=postgresql+psycopg2://${account}@db.example.org/app?ssl=true\n`,
      `DATABASE_URL=mysql+pymysql://${account}@db.example.org/app?sslmode=require\n`,
      `MONGO_URL=mongodb://${account}@db.example.org/app?sslmode=require\n`,
      `REDIS_URL=redis://:${strongValue}@cache.example.org:6379?tls=true\n`,
    ),
    good: [
      ...inProduction(
        `DATABASE_URL=postgresql+asyncpg://${account}@db.example.org/app?ssl=require\n`,
        `DATABASE_URL=postgresql+psycopg2://${account}@db.example.org/app?sslmode=require\n`,
        `DATABASE_URL=mysql+pymysql://${account}@db.example.org/app?ssl_ca=ca.pem\n`,
        `MONGO_URL=mongodb://${account}@db.example.org/app?tls=true\n`,
        'API_URL=https://api.example.org/?ssl=true\n',
      ),
      { file: `DATABASE_URL=postgresql+asyncpg://${account}@db.example.org/app?sslmode=require\n` },
    ],
  },
  problem({ value }) {
    const address = readAddress(value)
    const refused = address?.driver.refused?.find(parameter => address.parameters.has(parameter))
    if (address === undefined || refused === undefined) return undefined
    const { driver } = address
    return {
      problem: `has the parameter ${refused}, which ${driver.id} does not take`,
      fix: driver.fix,
    }
  },
})
