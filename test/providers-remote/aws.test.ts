import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PutSecretValueCommand, CreateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/core/errors.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { namesOf, never, noon, put, rejection, valueOf } from '../contract/harness.ts'
import { facts, mark, times } from '../contract/rotation/scene.ts'
import { type AwsSession, plainClient, runner, startAws } from '../providers/aws.harness.ts'
import { selfSigned } from '../servers/aws/certificate.ts'
import { startAwsServer } from '../servers/aws/server.ts'
import { createService } from '../servers/aws/service.ts'
import type { Identity } from '../servers/aws/signature.ts'
import { Project } from '../support/cli.ts'
import { runEngine } from './engine-run.ts'

const name = 'KEY'
const value = 'value-that-was-there-before'

async function withAws(work: (session: AwsSession, provider: Provider) => Promise<void>): Promise<void> {
  const session = await startAws()
  try {
    const provider = await session.connect()
    await put(provider, name, value)
    await work(session, provider)
    await provider.close()
  } finally {
    await session.stop()
  }
}

/** A key of its own on the server of the session. */
function identity(session: AwsSession, change: Partial<Identity>): Record<string, string> {
  const keyId = ['AK', 'IAEXAMPLEOTHER0000'].join('')
  const made = { ...runner, keyId, key: 'a-key-of-the-tests-that-opens-nothing-0003', ...change }
  session.server.identities.push(made)
  return {
    AWS_ACCESS_KEY_ID: made.keyId,
    AWS_SECRET_ACCESS_KEY: made.key,
    ...(made.token === undefined ? {} : { AWS_SESSION_TOKEN: made.token }),
  }
}

describe('aws: credentials, place and time that are wrong', () => {
  const cases: readonly (readonly [string, ErrorCode, (session: AwsSession) => object])[] = [
    [
      'a key that nobody knows',
      'provider.auth',
      () => ({ env: { AWS_ACCESS_KEY_ID: ['AK', 'IANOBODY'].join('') } }),
    ],
    ['a wrong secret key', 'provider.auth', () => ({ env: { AWS_SECRET_ACCESS_KEY: 'wrong-0123456789' } })],
    ['a revoked key', 'provider.auth', session => ({ env: identity(session, { isRevoked: true }) })],
    [
      'an expired session',
      'provider.auth',
      session => ({ env: identity(session, { token: 'session-of-the-tests', isExpired: true }) }),
    ],
    [
      'a token of another session',
      'provider.auth',
      session => {
        const env = identity(session, { token: 'session-of-the-tests' })
        return { env: { ...env, AWS_SESSION_TOKEN: 'session-of-somebody-else' } }
      },
    ],
    ['another region', 'provider.auth', () => ({ settings: { region: 'us-east-1' } })],
    [
      'a name that does not resolve',
      'provider.unavailable',
      () => ({ env: { AWS_ENDPOINT_URL: 'https://nobody.invalid' } }),
    ],
    [
      'a clock ten minutes ahead',
      'provider.auth',
      session => {
        session.server.skew = -600_000
        return {}
      },
    ],
    [
      'a clock ten minutes behind',
      'provider.auth',
      session => {
        session.server.skew = 600_000
        return {}
      },
    ],
  ]
  it.each(cases)('%s: a typed error, nothing changed', async (_, code, change) => {
    await withAws(async session => {
      const provider = await session.connectWith(change(session))
      const secrets = [value, 'value-after', runner.key]
      await rejection(provider.check(never), code, secrets)
      await rejection(valueOf(provider, name), code, secrets)
      await rejection(put(provider, name, 'value-after'), code, secrets)
      await rejection(provider.rotation!.observe(name, never), code, secrets)
      session.server.skew = 0
      expect(session.server.service.secret(session.prefix + name)?.versions.size).toBe(1)
    })
  })

  it('rights to read only: reading works, each write is denied and changes nothing', async () => {
    await withAws(async session => {
      const may = (action: string): boolean => /:(?:Describe|Get|List)/.test(action)
      const provider = await session.connectWith({ env: identity(session, { may }) })
      expect(await valueOf(provider, name)).toBe(value)
      const base = (await provider.rotation!.observe(name, never)).current!.version
      await rejection(put(provider, name, 'value-after'), 'provider.denied', ['value-after'])
      await rejection(provider.remove(name, never), 'provider.denied')
      await rejection(
        provider.rotation!.stage(name, base, new Secret('value-after'), mark, never),
        'provider.denied',
      )
      expect(session.server.service.secret(session.prefix + name)?.versions.size).toBe(1)
    })
  })

  it('no right to tag: the flip is not undone, the old value stays, and the next run says the same', async () => {
    await withAws(async session => {
      const may = (action: string): boolean => !action.endsWith('TagResource')
      const provider = await session.connectWith({ env: identity(session, { may }) })
      await rejection(runEngine(provider, { do: 'rotate' }, noon), 'provider.denied')
      await rejection(runEngine(provider, { do: 'retire' }, noon), 'provider.denied')
      expect((await session.readersView?.(name))?.previous).toBe(value)
    })
  })

  it('check says as whom and where', async () => {
    await withAws(async (session, provider) => {
      expect(await provider.check(never)).toEqual({
        who: runner.arn,
        where: `${session.server.address}, ${session.prefix}*`,
      })
    })
  })
})

describe('aws: settings', () => {
  it.each([
    ['a region that is no region', { region: 'eu-west-1.evil.example/' }],
    ['a prefix with a blank', { prefix: 'photo app/' }],
    ['a key id with a line feed', { kmsKeyId: 'a\nb' }],
  ])('%s: refused', async (_, settings) => {
    const session = await startAws()
    await rejection(session.connectWith({ settings }), 'manifest.invalid')
    await session.stop()
  })

  it.each([
    'http://store.example',
    'https://user:hunter2hunter2@store.example',
    'ftp://store.example',
    'store',
  ])('the address %s: refused, not quoted', async address => {
    const session = await startAws()
    const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: address }
    const error = await rejection(session.connectWith({ env }), 'usage.invalid_argument', ['hunter2hunter2'])
    expect(error.message).toContain('AWS_ENDPOINT_URL_SECRETS_MANAGER')
    await session.stop()
  })

  it('ref: a secret of any name, and no second variable in its place', async () => {
    await withAws(async (session, provider) => {
      await session.sdk.send(
        new CreateSecretCommand({ Name: `${session.prefix}jwt-secret`, SecretString: value }),
      )
      const names = { JWT_SECRET: { ref: `${session.prefix}jwt-secret` } }
      const placed = await session.connectWith({ names })
      expect(await valueOf(placed, 'JWT_SECRET')).toBe(value)
      expect(await namesOf(placed)).toEqual(['JWT_SECRET', name])
      await runEngine(provider, { do: 'rotate' }, noon)
      const twice = { ONE: { ref: 'photoapp/x' }, OTHER: { ref: 'photoapp/x' } }
      await rejection(session.connectWith({ names: twice }), 'manifest.invalid')
      await rejection(session.connectWith({ names: { ONE: { ref: 'a b' } } }), 'manifest.invalid')
    })
  })
})

describe('aws: secrets in another state', () => {
  it.each([
    ['of another service', { owningService: 'rds' }],
    ['with managed rotation', { rotationEnabled: true }],
  ])('%s: seen, and not rotated', async (_, how) => {
    await withAws(async (session, provider) => {
      session.server.service.change(session.prefix + name, how)
      const { owner, current } = await provider.rotation!.observe(name, never)
      expect(owner).toBeDefined()
      const stage = provider.rotation!.stage(name, current!.version, new Secret('value-after'), mark, never)
      await rejection(stage, 'rotation.foreign', ['value-after'])
      await rejection(provider.remove(name, never), 'rotation.foreign')
      await rejection(provider.purge!(name, never), 'rotation.foreign')
      expect(session.server.service.secret(session.prefix + name)?.versions.size).toBe(1)
    })
  })

  it('of another service: a write is refused as that', async () => {
    await withAws(async (session, provider) => {
      session.server.service.change(session.prefix + name, { owningService: 'rds' })
      await rejection(put(provider, name, 'value-after'), 'rotation.foreign', ['value-after'])
    })
  })

  it('given to managed rotation after the stage: the commit is the last thing that could still happen', async () => {
    await withAws(async (session, provider) => {
      const base = (await provider.rotation!.observe(name, never)).current!.version
      const pending = await provider.rotation!.stage(name, base, new Secret('value-after'), mark, never)
      await provider.rotation!.commit(name, facts(pending), times, never)
      session.server.service.change(session.prefix + name, { rotationEnabled: true })
      expect((await runEngine(provider, { do: 'retire' }, noon + 99 * 3_600_000)).end).toMatchObject({
        why: 'foreign',
      })
      expect((await session.readersView?.(name))?.previous).toBe(value)
    })
  })

  it('waiting for its deletion: absent; a write restores it without the rotation that was open', async () => {
    await withAws(async (session, provider) => {
      const base = (await provider.rotation!.observe(name, never)).current!.version
      await provider.rotation!.stage(name, base, new Secret('value-staged'), mark, never)
      await provider.remove(name, never)
      expect(await valueOf(provider, name)).toBeUndefined()
      expect(session.server.service.secret(session.prefix + name)?.deleted).toBeDefined()
      await put(provider, name, 'value-after')
      expect(await valueOf(provider, name)).toBe('value-after')
      expect(await provider.rotation!.pending(name, never)).toBeUndefined()
      expect(session.server.service.secret(session.prefix + name)?.deleted).toBeUndefined()
    })
  })

  it('a binary value: an error, never an absence or a text', async () => {
    await withAws(async (session, provider) => {
      const SecretBinary = Buffer.from('value-in-binary-form')
      await session.sdk.send(new PutSecretValueCommand({ SecretId: session.prefix + name, SecretBinary }))
      await rejection(valueOf(provider, name), 'provider.invalid_reply', ['value-in-binary-form'])
    })
  })

  it('without a value yet: absent, and can be written', async () => {
    await withAws(async (session, provider) => {
      await session.sdk.send(new CreateSecretCommand({ Name: `${session.prefix}EMPTY` }))
      expect(await valueOf(provider, 'EMPTY')).toBeUndefined()
      expect(await namesOf(provider)).toEqual([name])
      await put(provider, 'EMPTY', 'value-after')
      expect(await valueOf(provider, 'EMPTY')).toBe('value-after')
    })
  })

  it('one byte more than a secret holds: refused before anything is sent', async () => {
    await withAws(async (session, provider) => {
      const before = session.server.count
      await rejection(put(provider, name, 'v'.repeat(65_537)), 'provider.too_large')
      expect(session.server.count).toBe(before)
    })
  })

  it('written while the old value is accepted: that one keeps AWSPREVIOUS; afterwards nothing replaced has it', async () => {
    await withAws(async (session, provider) => {
      await runEngine(provider, { do: 'rotate' }, noon, 'value-after')
      await put(provider, name, 'value-by-hand')
      expect(await session.readersView?.(name)).toEqual({ current: 'value-by-hand', previous: value })
    })
    await withAws(async (session, provider) => {
      await runEngine(provider, { do: 'rotate' }, noon, 'value-after')
      await runEngine(provider, { do: 'retire' }, noon + 48 * 3_600_000)
      await put(provider, name, 'value-by-hand')
      expect(await session.readersView?.(name)).toEqual({
        current: 'value-by-hand',
        previous: 'value-by-hand',
      })
    })
  })
})

describe('aws: what the SDK would do by itself', () => {
  it('a throttle is not asked again by the SDK', async () => {
    await withAws(async session => {
      const body = '{"__type":"ThrottlingException"}'
      const proxy = await session.through(() => ({ do: 'answer', when: 'before', status: 400, body }))
      const env = { AWS_ENDPOINT_URL: proxy.address, AWS_MAX_ATTEMPTS: '5', AWS_RETRY_MODE: 'adaptive' }
      const error = await rejection(valueOf(await session.connectWith({ env }), name), 'provider.limited')
      expect([proxy.count, error.isUnsent]).toEqual([1, true])
    })
  })

  it('certificates are checked, whatever Node is told; AWS_CA_BUNDLE names an authority', async () => {
    const tls = selfSigned()
    const session = await startAws({ tls })
    const plain = await startAwsServer({
      service: session.server.service,
      identities: session.server.identities,
    })
    const sdk = plainClient(plain)
    await sdk.send(new CreateSecretCommand({ Name: session.prefix + name, SecretString: value }))
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      await rejection(valueOf(await session.connect(), name), 'provider.unavailable', [value])
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    }
    const project = new Project({ 'ca.pem': tls.cert, 'empty.pem': '' })
    const trusting = await session.connectWith({ env: { AWS_CA_BUNDLE: join(project.path, 'ca.pem') } })
    expect(await valueOf(trusting, name)).toBe(value)
    const empty = await session.connectWith({ env: { AWS_CA_BUNDLE: join(project.path, 'empty.pem') } })
    await rejection(valueOf(empty, name), 'file.missing')
    await plain.stop()
    await session.stop()
  })
})

describe('aws: the command line', () => {
  const manifest = ({ prefix }: AwsSession): string => `version: 1
project: photoapp
environments:
  production: { provider: aws, prefix: "${prefix}" }
variables:
  ${name}: { secret: true, generate: hex:32, rotate: { kind: verifier } }
`
  const trusted = async (session: AwsSession): Promise<Project> => {
    const project = new Project({ 'secrets.yaml': manifest(session) })
    expect((await project.run(['trust', '--yes'])).code).toBe(0)
    return project
  }

  it('a federated token file of a CI: signed in, and nothing of the SDK on stderr', async () => {
    const token = 'identity-token-of-a-ci-job'
    const issued: Identity = {
      ...runner,
      keyId: ['AS', 'IAEXAMPLEISSUED000'].join(''),
      token: 'session-of-the-ci',
    }
    const session = await startAws({ identities: [runner, issued], webIdentity: { token, identity: issued } })
    const project = await trusted(session)
    project.write('token', token)
    const env = {
      AWS_REGION: session.server.service.region,
      AWS_ENDPOINT_URL: session.server.address,
      AWS_ROLE_ARN: 'arn:aws:iam::111111111111:role/runner',
      AWS_WEB_IDENTITY_TOKEN_FILE: join(project.path, 'token'),
    }
    const good = await project.run(['provider', 'check', '--env', 'production'], { env })
    expect(good).toMatchObject({ code: 0, stderr: '' })
    expect(good.stdout).toContain(issued.arn)
    project.write('token', 'a-token-for-another-audience')
    const bad = await project.json(['provider', 'check', '--env', 'production'], { env })
    expect([bad.code, bad.report.error?.code]).toEqual([2, 'provider.auth'])
    expect(bad.stdout + bad.stderr).not.toContain('another-audience')
    await session.stop()
  })

  it('a profile with an http address for the store elsewhere: refused before anything is sent', async () => {
    const session = await startAws()
    const project = await trusted(session)
    const config = join(project.home, 'aws-config')
    writeFileSync(config, '[profile shop]\nregion = eu-west-1\nendpoint_url = http://store.example\n')
    writeFileSync(join(project.home, 'keys'), `[shop]\naws_access_key_id = x\naws_secret_access_key = y\n`)
    const env = {
      AWS_PROFILE: 'shop',
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: join(project.home, 'keys'),
    }
    const { code, report } = await project.json(['list', '--env', 'production'], { env })
    expect([code, report.error?.code]).toEqual([2, 'usage.invalid_argument'])
    await session.stop()
  })

  it('nothing to sign in with, and no region: each says what is missing', async () => {
    const session = await startAws()
    const project = await trusted(session)
    const env = { AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' }
    expect((await project.json(['list', '--env', 'production'], { env })).report.error?.code).toBe(
      'provider.auth',
    )
    expect((await project.json(['list', '--env', 'production'])).report.error?.code).toBe('manifest.invalid')
    await session.stop()
  })
})

it('aws: the server answers what is not settled with 501', () => {
  expect(createService().act('RotateEverything', {}).status).toBe(501)
})
