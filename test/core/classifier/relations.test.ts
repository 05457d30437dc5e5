import { describe, expect, it } from 'vitest'
import { classify, type Decision, deriveValue } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'

function decide(text: string): Map<string, Decision> {
  return new Map(classify(EnvDocument.fromText(text, 't')).map(decision => [decision.name, decision]))
}

/** `generate`, `same-as:X`, … of every variable. */
function outline(text: string): Record<string, string> {
  return Object.fromEntries([...decide(text)].map(([name, { decision, from }]) => [name, from ?? decision]))
}

describe('a password inside an address', () => {
  const text =
    'APP_SECRET=changeme\nDATABASE_URL=postgres://app:changeme@db:5432/app\nPOSTGRES_USER=app\nPOSTGRES_PASSWORD=changeme\n'

  it('is that of the password variable, not of another secret with the same text', () => {
    expect(outline(text)).toMatchObject({
      APP_SECRET: 'generate',
      POSTGRES_PASSWORD: 'generate',
      DATABASE_URL: 'contains:POSTGRES_PASSWORD',
    })
  })

  it('is chosen by the kind of service', () => {
    const both =
      'POSTGRES_PASSWORD=changeme\nREDIS_PASSWORD=changeme\nA_URL=redis://:changeme@redis:6379\nB_URL=postgresql+asyncpg://a:changeme@db/x\n'
    expect(outline(both)).toMatchObject({
      A_URL: 'contains:REDIS_PASSWORD',
      B_URL: 'contains:POSTGRES_PASSWORD',
    })
  })

  it('is found in connection strings', () => {
    const found = outline(
      'MSSQL_SA_PASSWORD=changeme\nDB_DSN="Server=db;User Id=sa;Password=changeme;Encrypt=no"\n',
    )
    expect(found).toMatchObject({ DB_DSN: 'contains:MSSQL_SA_PASSWORD' })
  })

  it('stays where nothing is generated for it, or where it is another one', () => {
    expect(outline('DB_PASSWORD=postgres\nDATABASE_URL=postgres://postgres:postgres@db/x\n')).toMatchObject({
      DATABASE_URL: 'keep',
    })
    const other = outline('POSTGRES_PASSWORD=changeme\nDATABASE_URL=postgres://a:b@db/changeme\n')
    expect(other['DATABASE_URL']).not.toContain('contains')
  })
})

describe('one password under two names', () => {
  it('follows the variable that the image reads', () => {
    expect(outline('DB_PASSWORD=changeme\nPOSTGRES_PASSWORD=changeme\n')).toEqual({
      DB_PASSWORD: 'same-as:POSTGRES_PASSWORD',
      POSTGRES_PASSWORD: 'generate',
    })
    expect(outline('DB_PASSWORD=\nPOSTGRES_PASSWORD=\n')).toEqual({
      DB_PASSWORD: 'same-as:POSTGRES_PASSWORD',
      POSTGRES_PASSWORD: 'generate',
    })
  })

  it('is not assumed for other accounts, engines, services and users', () => {
    const texts = [
      'MYSQL_ROOT_PASSWORD=changeme\nMYSQL_PASSWORD=changeme\n',
      'MYSQL_PASSWORD=changeme\nPOSTGRES_PASSWORD=changeme\n',
      'REDIS_PASSWORD=changeme\nPOSTGRES_PASSWORD=changeme\n',
      'DB_USER=a\nDB_PASSWORD=changeme\nPOSTGRES_USER=b\nPOSTGRES_PASSWORD=changeme\n',
      'SESSION_SECRET=changeme\nJWT_SECRET=changeme\n',
    ]
    for (const text of texts) {
      const found = Object.entries(outline(text)).filter(([name]) => /PASSWORD|SECRET/.test(name))
      expect(found.map(([, what]) => what)).toEqual(['generate', 'generate'])
    }
  })

  it('holds for an object store and the keys to it', () => {
    const found = outline(
      '# Change these before production\nMINIO_ROOT_USER=minioadmin\nMINIO_ROOT_PASSWORD=minioadmin\n\nS3_ACCESS_KEY_ID=minioadmin\nS3_SECRET_ACCESS_KEY=minioadmin\n',
    )
    expect(found).toMatchObject({
      MINIO_ROOT_USER: 'keep',
      MINIO_ROOT_PASSWORD: 'generate',
      S3_ACCESS_KEY_ID: 'keep',
      S3_SECRET_ACCESS_KEY: 'same-as:MINIO_ROOT_PASSWORD',
    })
  })

  it('is read from a comment', () => {
    const found = outline('API_TOKEN_SALT=changeme\n# must be the same as API_TOKEN_SALT\nWORKER_SALT=\n')
    expect(found).toEqual({ API_TOKEN_SALT: 'generate', WORKER_SALT: 'same-as:API_TOKEN_SALT' })
  })

  it('never contradicts a directive', () => {
    const found = outline('POSTGRES_PASSWORD=changeme\n# secrets: keep\nDB_PASSWORD=changeme\n')
    expect(found).toMatchObject({ DB_PASSWORD: 'keep' })
  })
})

describe('deriveValue', () => {
  const text =
    'POSTGRES_PASSWORD=changeme\nDATABASE_URL=postgres://app:changeme@db:5432/changeme?x=1\nDB_PASSWORD=changeme\n'
  const url = 'postgres://app:changeme@db:5432/changeme?x=1'

  it('puts the value where the password stood, encoded for a URL', () => {
    const decisions = decide(text)
    const values = new Map([['POSTGRES_PASSWORD', 'n/w p@ss']])
    expect(deriveValue(decisions.get('DATABASE_URL')!, url, values)).toBe(
      'postgres://app:n%2Fw%20p%40ss@db:5432/changeme?x=1',
    )
    expect(deriveValue(decisions.get('DB_PASSWORD')!, 'changeme', values)).toBe('n/w p@ss')
  })

  it('gives nothing while a value is missing, and for other decisions', () => {
    const decisions = decide(text)
    expect(deriveValue(decisions.get('DATABASE_URL')!, url, new Map())).toBeUndefined()
    expect(deriveValue(decisions.get('DB_PASSWORD')!, 'changeme', new Map())).toBeUndefined()
    const values = new Map([['POSTGRES_PASSWORD', 'x']])
    expect(deriveValue(decisions.get('POSTGRES_PASSWORD')!, 'changeme', values)).toBeUndefined()
  })

  it('does not put a raw value into a connection string without a URL encoded', () => {
    const decisions = decide('MSSQL_SA_PASSWORD=changeme\nDB_DSN="Server=db;Password=changeme"\n')
    const values = new Map([['MSSQL_SA_PASSWORD', 'a-b_c']])
    expect(deriveValue(decisions.get('DB_DSN')!, 'Server=db;Password=changeme', values)).toBe(
      'Server=db;Password=a-b_c',
    )
  })
})
