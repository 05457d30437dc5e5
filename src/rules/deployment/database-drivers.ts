/** Which parameter of an address turns TLS on for a driver, and which parameters of other drivers it does not take. */
export interface Driver {
  readonly id: string
  readonly server: 'postgres' | 'mysql' | 'mongodb' | 'redis' | 'amqp' | 'sqlserver'
  /** What stands before `://`. */
  readonly schemes: readonly string[]
  /** Parameter → values with which nothing is sent without TLS; an empty list: any value. In lower case. */
  readonly parameters: Readonly<Record<string, readonly string[]>>
  /** The scheme alone asks for TLS; a parameter may still turn it off. */
  readonly isSecure?: true
  /** Parameters that stop the driver, or that it passes over in silence. */
  readonly refused?: readonly string[]
  /** What to write. */
  readonly fix: string
}

const sslModes = ['require', 'verify-ca', 'verify-full', 'no-verify']

/** Sources: the drivers' manuals (libpq, asyncpg, node-postgres, pgjdbc, MySQL, mysqlclient, PyMySQL, MongoDB, Redis). */
const drivers: readonly Driver[] = [
  {
    id: 'asyncpg',
    server: 'postgres',
    schemes: ['postgresql+asyncpg', 'postgres+asyncpg'],
    parameters: { ssl: [...sslModes, 'true'] },
    refused: ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'],
    fix: 'add ?ssl=require to the address',
  },
  {
    id: 'psycopg',
    server: 'postgres',
    schemes: ['postgresql+psycopg', 'postgresql+psycopg2', 'postgres+psycopg2', 'postgresql+psycopg_async'],
    parameters: { sslmode: sslModes },
    refused: ['ssl', 'tls'],
    fix: 'add ?sslmode=verify-full to the address',
  },
  {
    id: 'a PostgreSQL client',
    server: 'postgres',
    schemes: ['postgres', 'postgresql', 'jdbc:postgresql', 'cockroachdb', 'ecto', 'postgis'],
    parameters: { sslmode: sslModes, ssl: ['true', '1', ...sslModes] },
    refused: ['tls'],
    fix: 'add ?sslmode=verify-full to the address',
  },
  {
    id: 'a Python MySQL driver',
    server: 'mysql',
    schemes: [
      'mysql+pymysql',
      'mysql+mysqldb',
      'mysql+aiomysql',
      'mysql+asyncmy',
      'mariadb+mariadbconnector',
    ],
    parameters: { ssl: [], ssl_ca: [], ssl_mode: ['required', 'verify_ca', 'verify_identity'], ssl_cert: [] },
    refused: ['sslmode', 'tls', 'usessl'],
    fix: 'add ?ssl_ca=FILE to the address',
  },
  {
    id: 'MySQL Connector/J',
    server: 'mysql',
    schemes: ['jdbc:mysql', 'jdbc:mariadb'],
    parameters: {
      sslmode: ['required', 'verify_ca', 'verify_identity', 'trust', 'verify-ca', 'verify-full'],
      usessl: ['true'],
    },
    refused: ['ssl', 'tls', 'ssl_ca'],
    fix: 'add ?sslMode=VERIFY_IDENTITY to the address',
  },
  {
    id: 'a MySQL client',
    server: 'mysql',
    schemes: ['mysql', 'mysql2', 'mariadb'],
    parameters: {
      ssl: [],
      sslaccept: [],
      ssl_ca: [],
      tls: ['true', 'skip-verify', 'custom'],
      'ssl-mode': ['required', 'verify_ca', 'verify_identity'],
      ssl_mode: ['required', 'verify_ca', 'verify_identity'],
      sslmode: ['required', 'verify_ca', 'verify_identity'],
    },
    fix: 'add the TLS parameter of your driver to the address',
  },
  {
    id: 'MongoDB',
    server: 'mongodb',
    schemes: ['mongodb'],
    parameters: { tls: ['true'], ssl: ['true'] },
    refused: ['sslmode'],
    fix: 'add ?tls=true to the address',
  },
  {
    id: 'MongoDB',
    server: 'mongodb',
    schemes: ['mongodb+srv'],
    parameters: { tls: ['true'], ssl: ['true'] },
    isSecure: true,
    refused: ['sslmode'],
    fix: 'remove what turns TLS off',
  },
  {
    id: 'Redis',
    server: 'redis',
    schemes: ['redis', 'valkey'],
    parameters: {},
    refused: ['sslmode', 'tls'],
    fix: 'begin with rediss://',
  },
  {
    id: 'Redis',
    server: 'redis',
    schemes: ['rediss', 'valkeys'],
    parameters: {},
    isSecure: true,
    refused: ['sslmode'],
    fix: 'begin with rediss://',
  },
  {
    id: 'AMQP',
    server: 'amqp',
    schemes: ['amqp'],
    parameters: {},
    refused: ['sslmode'],
    fix: 'begin with amqps://',
  },
  {
    id: 'AMQP',
    server: 'amqp',
    schemes: ['amqps'],
    parameters: {},
    isSecure: true,
    fix: 'begin with amqps://',
  },
  {
    id: 'SQL Server',
    server: 'sqlserver',
    schemes: ['sqlserver', 'mssql', 'jdbc:sqlserver'],
    parameters: { encrypt: ['true', 'strict', 'mandatory', 'yes'] },
    refused: ['sslmode'],
    fix: 'add encrypt=true to the address',
  },
]

const byScheme = new Map(drivers.flatMap(driver => driver.schemes.map(scheme => [scheme, driver] as const)))

export interface DatabaseAddress {
  readonly driver: Driver
  /** From `//` on, for the questions about hosts. */
  readonly address: string
  readonly hasPassword: boolean
  /** Names in lower case, in the order of the address. */
  readonly parameters: ReadonlyMap<string, string>
}

/** An address of a database or broker whose driver is known, or `undefined`. */
export function readAddress(value: string): DatabaseAddress | undefined {
  const [, scheme = '', address = ''] = /^\s*([a-z][a-z0-9+._:-]{0,40}?)(:\/\/\S+)$/i.exec(value) ?? []
  const driver = byScheme.get(scheme.toLowerCase())
  if (driver === undefined) return undefined
  const [authority = '', query = ''] = address.split(/[?;](.*)/s)
  const pairs = query.split(/[&;]/).filter(pair => pair.includes('='))
  return {
    driver,
    address: authority,
    hasPassword: /^:\/\/[^/@:]*:[^@]+@/.test(authority) || /^(?:password|pwd)=./im.test(pairs.join('\n')),
    parameters: new Map(
      pairs.map(pair => {
        const at = pair.indexOf('=')
        return [pair.slice(0, at).toLowerCase(), pair.slice(at + 1).toLowerCase()]
      }),
    ),
  }
}

/** `off`: turned off by name, or by a mode that may go without; `unsaid`: nothing asks for it. */
export function tlsOf({ driver, parameters }: DatabaseAddress): 'on' | 'off' | 'unsaid' {
  const said = Object.entries(driver.parameters).flatMap(([name, values]) => {
    const value = parameters.get(name)
    if (value === undefined) return []
    if (values.length > 0) return [values.includes(value)]
    return [!['false', '0', 'no', 'off', 'disabled', 'none'].includes(value)]
  })
  if (said.length > 0) return said.some(Boolean) ? 'on' : 'off'
  return driver.isSecure === true ? 'on' : 'unsaid'
}
