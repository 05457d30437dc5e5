import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkValue,
  valueTypeDefinitions,
  valueTypes,
  type ValueSpec,
} from '../../../src/core/schema/index.ts'

/** Examples that depend on the time are judged as of this moment. */
const now = Date.UTC(2026, 0, 1)

function pem(label: string, bytes: Uint8Array = new Uint8Array(12)): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----`
}

/** The beginning of a certificate as far as its validity, in DER. */
function certificate(until: string, from = '200101000000Z'): string {
  const element = (tag: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts)
    return Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length & 0xff]), body])
  }
  const time = (text: string): Buffer => element(0x17, Buffer.from(text))
  const version = element(0xa0, Buffer.from([2, 1, 2]))
  const serial = element(2, Buffer.from([1]))
  const body = [version, serial, element(0x30), element(0x30), element(0x30, time(from), time(until))]
  return pem('CERTIFICATE', element(0x30, element(0x30, ...body)))
}

const accepted: [ValueSpec, string[]][] = [
  [{}, ['', 'anything', ' ']],
  [{ type: 'integer' }, ['0', '-1', '+7', '007', '123456789012345']],
  [{ type: 'number' }, ['0', '-1.5', '.5', '1.', '1e3', '2E-7']],
  [{ type: 'boolean' }, ['true', 'False', 'TRUE', '1', '0', 'yes', 'no', 'on', 'off']],
  [{ type: 'port' }, ['0', '80', '65535']],
  [
    { type: 'url' },
    [
      'https://a',
      'postgres://u:p@a,b:5432/x?y',
      'sqlite:///db.sqlite',
      'redis://cache:6379/1',
      'mongodb+srv://x.y/z',
    ],
  ],
  [{ type: 'url', protocols: ['sqlite', 'https'] }, ['sqlite::memory:', 'https://a', 'HTTPS://A']],
  [{ type: 'email' }, ['a@b', 'first.last+tag@example.com']],
  [{ type: 'json' }, ['{}', '[1]', '"a"', 'null', '1']],
  [{ type: 'list' }, ['', 'a', 'a, b', '["a", "b"]', '[]']],
  [{ type: 'list', items: 'url' }, ['https://a,http://b:1', '["https://a"]']],
  [{ type: 'list', items: 'port', separator: ';' }, ['80; 443']],
  [{ type: 'host' }, ['localhost', 'db.example.org', 'my_db', 'a-1', '10.0.0.1', '::1', 'example.org.']],
  [
    { type: 'ip' },
    ['10.0.0.1', '255.255.255.255', '0.0.0.0', '::1', '2001:db8::8a2e:370:7334', '::ffff:1.2.3.4'],
  ],
  [{ type: 'cidr' }, ['10.0.0.0/8', '0.0.0.0/0', '::/0', '2001:db8::/128']],
  [{ type: 'uuid' }, ['0b0cf8b2-6c3e-4f5c-9a53-2b1d6f2b8a10', '00000000-0000-0000-0000-000000000000']],
  [{ type: 'semver' }, ['0.0.0', '1.4.0', '2.0.0-rc.1', '1.0.0-alpha-beta+build.007', '1.0.0+1']],
  [{ type: 'duration' }, ['15m', '1h30m', '500ms', 'PT15M', 'P1DT12H', 'P2W']],
  [{ type: 'duration', max: 3600 }, ['1h', 'PT60M']],
  [{ type: 'bytes' }, ['0', '1024', '10MB', '512KiB', '1.5G', '10 mb', '2k', '100B']],
  [{ type: 'bytes', min: 1024 }, ['1KiB']],
  [
    { type: 'cron' },
    ['0 3 * * 1', '*/5 * * * *', '0 0 1,15 JAN-MAR mon', '0 0 0 * * 7', '@daily', '0 0 ? * *'],
  ],
  [{ type: 'path' }, ['/etc/ssl/ca.pem', './keys', 'C:\\keys\\a.pem', '~/x', 'a b/c']],
  [{ type: 'enum', values: ['a', 'b'] }, ['a']],
  [{ type: 'hex' }, ['00', 'deadBEEF']],
  [{ type: 'hex', length: 32 }, ['ab'.repeat(32)]],
  [{ type: 'base64' }, ['YQ==', 'YWI=', 'YWJj', '+/+/']],
  [{ type: 'base64', length: 2 }, ['YWI=']],
  [{ type: 'base64url' }, ['YQ', 'YQ==', '-_-_']],
  [{ type: 'pem' }, [pem('PRIVATE KEY'), pem('RSA PRIVATE KEY').replaceAll('\n', '\\n'), pem('PUBLIC KEY')]],
  [
    { type: 'jwk' },
    [
      '{"kty":"oct","k":"AA"}',
      '{"kty":"EC","crv":"P-256","x":"AA","y":"BB"}',
      '{"kty":"RSA","n":"AA","e":"AQAB"}',
    ],
  ],
  [{ type: 'certificate' }, [certificate('491121000000Z')]],
  [
    { type: 'postgres-url' },
    [
      'postgres://u:p@a,b:5432/x?y',
      'postgresql+asyncpg://a/x',
      'postgresql:///x?host=/run',
      'postgres://[::1]:1/x',
    ],
  ],
  [{ type: 'mysql-url' }, ['mysql://a/x', 'mysql+pymysql://a:3306/x', 'mariadb://a']],
  [{ type: 'sqlserver-url' }, ['sqlserver://a:1433?encrypt=true', 'mssql://a/x']],
  [{ type: 'sqlite-url' }, ['sqlite:///app.db', 'sqlite::memory:', 'file:./dev.db', 'sqlite+aiosqlite:///a']],
  [{ type: 'mongodb-url' }, ['mongodb://a,b:27017/x', 'mongodb+srv://a.b/x']],
  [{ type: 'redis-url' }, ['redis://a:6379/0', 'rediss://:p@a']],
  [{ type: 'amqp-url' }, ['amqp://guest:guest@a:5672/%2f', 'amqps://a']],
  [{ type: 'redis-url', tls: true }, ['rediss://a']],
  [
    { type: 'postgres-url', tls: true },
    ['postgres://a/x?sslmode=verify-full', 'postgres://a/x?a=b&ssl=true'],
  ],
  [{ type: 'url', credentials: false, tls: true }, ['https://a/b@c', 'wss://a']],
  [{ type: 'list', items: 'url', tls: true }, ['https://a,https://b']],
  [{ type: 'aws-region' }, ['eu-central-1', 'us-gov-west-1', 'ap-southeast-2', 'cn-north-1']],
  [
    { type: 'aws-arn' },
    ['arn:aws:s3:::bucket', 'arn:aws-cn:kms:cn-north-1:123456789012:key/a', 'arn:aws:iam::aws:policy/A'],
  ],
  [{ type: 'timezone' }, ['Europe/Berlin', 'UTC', 'America/Argentina/Ushuaia', 'Etc/GMT+5']],
  [{ type: 'integer', min: 1, max: 3 }, ['1', '3']],
  [{ min: 2, max: 3 }, ['ab', 'äöü']],
  [{ length: 3 }, ['abc']],
  [{ type: 'list', min: 2 }, ['a,b']],
  [{ values: ['a', 'b'] }, ['a', 'b', '']],
]

const refused: [ValueSpec, string[]][] = [
  [{ type: 'integer' }, ['1.5', '1e3', '10s', 'x', '1 ', '1234567890123456']],
  [{ type: 'number' }, ['.', 'NaN', 'Infinity', '0x10', '1,5']],
  [{ type: 'boolean' }, ['maybe', '2', 'null', 'enabled']],
  [{ type: 'port' }, ['65536', '-1', '80/tcp', '8080:80']],
  [{ type: 'url' }, ['localhost:3000', 'example.com', '//host', 'https://', 'http://a b', 'https://a:99999']],
  [{ type: 'url', protocols: ['https'] }, ['http://a', 'https:a b']],
  [{ type: 'email' }, ['a', 'a@', '@b', 'A <a@b>', 'a b@c']],
  [{ type: 'json' }, ['{', "{'a': 1}", 'undefined']],
  [{ type: 'list', items: 'integer' }, ['1,x', '1,,2', '[1', '[{}]']],
  [{ type: 'host' }, ['https://a', 'a:80', 'a b', '-a', 'a..b', '256.1.1.1', '[::1]', 'a/b']],
  [{ type: 'ip' }, ['256.0.0.1', '1.2.3', '01.2.3.4', '1.2.3.4.', 'localhost', ':::', '1::2::3', '[::1]']],
  [{ type: 'cidr' }, ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', '10.0.0.0/', 'a/8']],
  [{ type: 'uuid' }, ['0b0cf8b26c3e4f5c9a532b1d6f2b8a10', '0b0cf8b2-6c3e-4f5c-9a53-2b1d6f2b8a1g', '{0}']],
  [{ type: 'semver' }, ['1.0', 'v1.0.0', '1.0.0-', '01.0.0', '1.0.0-01', '1.0.0+a+b', '1.0.0-a..b']],
  [{ type: 'duration' }, ['15', 'm', '1 hour', 'P', 'PT', 'P1Y', '-1h', 'P1DT']],
  [{ type: 'duration', max: 3600 }, ['61m']],
  [{ type: 'bytes' }, ['MB', '1.', '10 megabytes', '1iB', '-1', '1e3']],
  [{ type: 'bytes', min: 1024 }, ['1KB']],
  [
    { type: 'cron' },
    [
      '* * * *',
      '60 * * * *',
      '* 24 * * *',
      '* * 0 * *',
      '* * * 13 *',
      '* * * * 8',
      '*/0 * * * *',
      '5-1 * * * *',
      '@often',
      '1-2-3 * * * *',
    ],
  ],
  [{ type: 'path' }, ['file:///a', ' a', 'a ', 'a\nb', 'https://a/b']],
  [{ type: 'enum', values: ['a', 'b'] }, ['c']],
  [{ type: 'hex' }, ['0', '0x00', 'gg', '00 00']],
  [{ type: 'hex', length: 32 }, ['ab'.repeat(31)]],
  [{ type: 'base64' }, ['YQ', 'Y===', 'YQ=', '-_-_', 'YWJj\n']],
  [{ type: 'base64', length: 2 }, ['YWJj']],
  [{ type: 'base64url' }, ['+/+/', 'Y', 'YQ===']],
  [
    { type: 'pem' },
    [
      'MIIB',
      pem('CERTIFICATE'),
      pem('PRIVATE KEY').replace('END', 'EN'),
      pem('PRIVATE KEY').replace('AAAA', '!'),
    ],
  ],
  [
    { type: 'jwk' },
    ['{}', '{"kty":"oct"}', '{"kty":"toString","k":"AA"}', '[]', 'null', '{"kty":"EC","x":"AA"}', '{'],
  ],
  [
    { type: 'certificate' },
    [
      pem('PRIVATE KEY'),
      pem('CERTIFICATE'),
      certificate('251231235959Z'),
      certificate('260102000000Z', '260101000001Z'),
    ],
  ],
  [
    { type: 'postgres-url' },
    ['mysql://a', 'postgres:a', 'postgres://a:x/y', 'postgres://a:65536', 'postgres://a b/c'],
  ],
  [{ type: 'mysql-url' }, ['postgres://a', 'a:3306']],
  [{ type: 'sqlserver-url' }, ['mysql://a']],
  [{ type: 'sqlite-url' }, ['app.db', 'postgres://a', 'sqlite:', 'sqlite:///a b']],
  [{ type: 'mongodb-url' }, ['http://a', 'mongo://a']],
  [{ type: 'redis-url' }, ['http://a', 'redis:6379']],
  [{ type: 'amqp-url' }, ['mqtt://a']],
  [{ type: 'redis-url', tls: true }, ['redis://a']],
  [{ type: 'postgres-url', tls: true }, ['postgres://a/x', 'postgres://a/x?sslmode=prefer']],
  [{ type: 'url', credentials: false }, ['https://u@a', 'https://u:p@a']],
  [{ type: 'url', tls: true }, ['http://a', 'ws://a']],
  [{ type: 'list', items: 'url', tls: true }, ['https://a,http://b']],
  [{ type: 'aws-region' }, ['eu-central-1a', 'EU-CENTRAL-1', 'frankfurt', 'eu-1']],
  [{ type: 'aws-arn' }, ['arn:aws:s3', 'aws:s3:::b', 'arn:aws:kms:eu-west-1:123:key/a', 'arn:aws:s3:::']],
  [{ type: 'timezone' }, ['Berlin', '+01:00', 'EST', 'Europe/Nowhere', 'CET']],
  [{ type: 'integer', min: 1, max: 3 }, ['0', '4']],
  [{ min: 2, max: 3 }, ['a', 'abcd']],
  [{ length: 3 }, ['ab', 'abcd']],
  [{ type: 'list', max: 1 }, ['a,b']],
  [{ values: ['a', 'b'] }, ['c', 'A']],
]

describe('checkValue', () => {
  it.each(
    accepted.flatMap(([spec, values]) => values.map(value => [JSON.stringify(spec), value, spec] as const)),
  )('%s accepts %j', (_, value, spec) => {
    expect(checkValue(spec, value, now)).toBeUndefined()
  })

  it('every type has accepted and refused values in the table', () => {
    const free = ['string', 'enum']
    for (const type of valueTypes) {
      expect(
        accepted.some(([spec]) => (spec.type ?? 'string') === type),
        type,
      ).toBe(true)
      expect(free.includes(type) || refused.some(([spec]) => spec.type === type), type).toBe(true)
    }
  })

  it.each(
    refused.flatMap(([spec, values]) => values.map(value => [JSON.stringify(spec), value, spec] as const)),
  )('%s refuses %j', (_, value, spec) => {
    const found = checkValue(spec, value, now)
    expect(found?.problem).toMatch(/^must /)
    expect(found?.fix).not.toBe('')
  })

  it.each(['${PORT}', 'prefix-${PORT:-80}', '$PORT'])('passes %s, which is not expanded yet', value => {
    for (const type of valueTypes) expect(checkValue({ type, values: ['a'] }, value)).toBeUndefined()
  })

  it('never repeats the value, and never throws', () => {
    const specs: ValueSpec[] = [
      ...valueTypes.map(type => ({ type })),
      { type: 'list', items: 'url' },
      { type: 'url', protocols: ['https'] },
      { values: ['only-this'] },
      { length: 1 },
    ]
    const value = fc.oneof(fc.string({ minLength: 6 }), fc.webUrl(), fc.json()).map(text => `canary ${text}`)
    fc.assert(
      fc.property(value, fc.constantFrom(...specs), (text, spec) => {
        const found = checkValue(spec, text)
        expect(JSON.stringify(found ?? {})).not.toContain('canary')
      }),
    )
  })
})

it('every type has its line in the registry', () => {
  for (const type of valueTypes) expect(valueTypeDefinitions[type].id).toBe(type)
})
