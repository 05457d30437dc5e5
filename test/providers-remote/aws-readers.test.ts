import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { hour, never, put } from '../contract/harness.ts'
import { facts, mark } from '../contract/rotation/scene.ts'
import { type AwsSession, startAws } from '../providers/aws.harness.ts'
import type { Identity } from '../servers/aws/signature.ts'
import { findMoto } from '../servers/moto.ts'

const run = promisify(execFile)
const [oldValue, newValue] = ['old-value-0123456789abcdef', 'new-value-0123456789abcdef']
const page = resolve(import.meta.dirname, '../../docs/providers/aws.md')
/** boto3 stands beside moto. */
const python = join(dirname(findMoto() ?? ''), 'python3')

/** As the documentation says: what an application may do, and nothing else. */
const application: Identity = {
  keyId: ['AK', 'IAEXAMPLEREADER000'].join(''),
  key: 'a-key-of-the-tests-that-opens-nothing-0003',
  arn: 'arn:aws:iam::111111111111:user/application',
  may: action => ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'].includes(action),
}

/** A variable that is a whole secret, and one that is a field; the example that reads each. */
const examples = {
  'a whole secret': {
    name: 'SESSION_SECRET_KEY',
    place: {},
    tag: '',
    read: { ts: 'sessionKeys', python: 'session_keys' },
  },
  'a field': {
    name: 'MAIL_TOKEN',
    place: { MAIL_TOKEN: { ref: 'photoapp/production/keys', field: 'mail_token' } },
    tag: ' field',
    read: { ts: 'mailTokens', python: 'mail_tokens' },
  },
} as const
type Example = (typeof examples)[keyof typeof examples]

async function textOf(language: string, { tag }: Example): Promise<string> {
  const blocks = (await readFile(page, 'utf8')).matchAll(/```([\w ]+)\n([\s\S]*?)```/g)
  const found = [...blocks].find(([, words]) => words === language + tag)?.[2] ?? ''
  expect(found).toContain('photoapp/production/')
  return found
}

/** In grace until an hour before or after now. */
async function rotated(session: AwsSession, { name, place }: Example, deadline: number): Promise<void> {
  const provider = await session.connectWith({ names: place })
  const base = await put(provider, name, oldValue)
  const pending = await provider.rotation!.stage(name, base, new Secret(newValue), mark, never)
  await provider.rotation!.commit(name, facts(pending), { at: deadline - 24 * hour, deadline }, never)
  await provider.close()
}

function readerEnv({ server }: AwsSession): NodeJS.ProcessEnv {
  const { PATH } = process.env
  return {
    PATH,
    AWS_ENDPOINT_URL: server.address,
    AWS_REGION: server.service.region,
    AWS_DEFAULT_REGION: server.service.region,
    AWS_ACCESS_KEY_ID: application.keyId,
    AWS_SECRET_ACCESS_KEY: application.key,
  }
}

/** Prints, as JSON, the values and whether the old and the new one are accepted. */
const readers = {
  async ts(session: AwsSession, example: Example) {
    // Within the project, so that its packages are found.
    const directory = await mkdtemp(join(import.meta.dirname, '.reader-'))
    try {
      const ask = `\nconsole.log(JSON.stringify([await ${example.read.ts}(), await accepts('${oldValue}'), await accepts('${newValue}')]))\n`
      const { outputText } = ts.transpileModule((await textOf('ts', example)) + ask, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      })
      await writeFile(join(directory, 'reader.mjs'), outputText)
      const { stdout } = await run(process.execPath, [join(directory, 'reader.mjs')], {
        env: readerEnv(session),
      })
      return JSON.parse(stdout) as unknown
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
  async python(session: AwsSession, example: Example) {
    const ask = `\nimport json\nprint(json.dumps([${example.read.python}(), accepts("${oldValue}"), accepts("${newValue}")]))\n`
    const code = (await textOf('python', example)) + ask
    const { stdout } = await run(python, ['-c', code], { env: readerEnv(session) })
    return JSON.parse(stdout) as unknown
  },
}

describe('the examples of docs/providers/aws.md, run as they stand, with the rights of an application', () => {
  for (const [what, example] of Object.entries(examples)) {
    for (const [language, read] of Object.entries(readers)) {
      const isMissing =
        language === 'python' && !existsSync(python) && process.env['SECRETS_REQUIRE_SERVERS'] !== '1'
      it.skipIf(isMissing)(`${what}, ${language}: both values until the deadline, then one`, async () => {
        const session = await startAws()
        session.server.identities.push(application)
        await rotated(session, example, Date.now() + hour)
        expect(await read(session, example)).toEqual([[newValue, oldValue], true, true])
        await session.stop()
        const later = await startAws()
        later.server.identities.push(application)
        await rotated(later, example, Date.now() - hour)
        expect(await read(later, example)).toEqual([[newValue], false, true])
        await later.stop()
      })
    }
  }

  it('after the retirement, and before any rotation: one value', async () => {
    const example = examples['a whole secret']
    const session = await startAws()
    session.server.identities.push(application)
    const provider = await session.connect()
    await put(provider, example.name, oldValue)
    expect(await readers.ts(session, example)).toEqual([[oldValue], true, false])
    await rotated(session, example, Date.now() - hour)
    const { current, rotation } = await provider.rotation!.observe(example.name, never)
    await provider.rotation!.retire(example.name, rotation!.previous!.version, current!.version, never)
    expect(await readers.ts(session, example)).toEqual([[newValue], false, true])
    await session.stop()
  })
})
