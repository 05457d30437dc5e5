import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Decrypter, generateX25519Identity } from 'age-encryption'
import { connect } from '../../providers/local.ts'
import type { StoredSecret } from '../../providers/local/document.ts'
import { sealDocument } from '../../providers/local/seal.ts'
import type { Files, ProviderDeps } from '../../src/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { Secret } from '../../src/core/secret.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import {
  noon,
  type ProviderHarness,
  put,
  type ReadersView,
  seedName,
  seedValue,
  type Session,
} from '../contract/harness.ts'

/** A store in a directory of its own, with the places that its tests look at. */
export interface LocalSession extends Session {
  readonly root: string
  readonly store: string
  readonly identityFile: string
  readonly notes: readonly string[]
  connectWith(change: { files?: Files; env?: ProviderDeps['env']; environment?: string }): Promise<Provider>
  /** Ascending. */
  generations(): Promise<readonly string[]>
  /** The text inside the newest generation, through the age library alone. */
  plaintext(file?: string): Promise<string>
}

export const harness: ProviderHarness = { id: 'local', start: startLocal }

export async function startLocal(): Promise<LocalSession> {
  const root = await mkdtemp(join(tmpdir(), 'secrets-local-'))
  const store = join(root, '.secrets', 'store')
  const env = { XDG_CONFIG_HOME: join(root, 'config') }
  const identityFile = join(root, 'config', 'secrets', 'identity.txt')
  const notes: string[] = []

  const session: LocalSession = {
    root,
    store,
    identityFile,
    notes,
    connect: () => session.connectWith({}),
    connectWith: change =>
      connect(
        { id: 'test', provider: 'local', environment: change.environment ?? 'production', settings: {} },
        {
          files: change.files ?? createFiles(),
          random: systemRandom,
          env: change.env ?? env,
          root,
          note: line => notes.push(line),
        },
      ),
    seed: count => seedStore(session, count),
    takeName: async name => {
      await put(await session.connect(), `${name}_OLD`, 'value-of-somebody-else')
    },
    readersView: name => readersView(session, name),
    cli: () => ({ settings: {}, env, directory: root }),
    breakStore: async () => {
      const newest = (await session.generations()).at(-1) ?? ''
      await writeFile(join(store, newest), 'age-encryption.org/v1\nnonsense')
    },
    generations: async () => (await readdir(store)).filter(name => name.endsWith('.age')).sort(),
    plaintext: async file => {
      const newest = file ?? (await session.generations()).at(-1) ?? ''
      const decrypter = new Decrypter()
      decrypter.addIdentity(await identityOf(session))
      return decrypter.decrypt(await readFile(join(store, newest)), 'text')
    },
    stop: () => rm(root, { recursive: true, force: true }),
  }
  return session
}

export async function identityOf(session: LocalSession): Promise<string> {
  const text = await readFile(session.identityFile, 'utf8')
  return text.split('\n').find(line => line.startsWith('AGE-SECRET-KEY-')) ?? ''
}

async function seedStore(session: LocalSession, count: number): Promise<void> {
  const identity = await generateX25519Identity()
  await mkdir(join(session.identityFile, '..'), { recursive: true, mode: 0o700 })
  await writeFile(session.identityFile, `${identity}\n`, { mode: 0o600 })
  const secrets = new Map<string, StoredSecret>()
  for (let index = 0; index < count; index += 1) {
    const version = { id: `v${String(index)}`, created: noon, value: new Secret(seedValue(index)) }
    secrets.set(`production/${seedName(index)}`, { current: version.id, versions: [version] })
  }
  const document = { storeId: 's', id: 'g', generation: 1, ancestors: [], erased: 0, secrets }
  await mkdir(session.store, { recursive: true, mode: 0o700 })
  await writeFile(
    join(session.store, '000000000001.age'),
    await sealDocument(document, new Secret(identity)),
    {
      mode: 0o600,
    },
  )
}

interface Plain {
  readonly body: {
    readonly secrets: readonly {
      readonly key: string
      readonly current: string
      readonly removed?: true
      readonly versions: readonly { readonly id: string; readonly value?: string }[]
      readonly rotation?: { readonly previous?: { readonly version: string; readonly status: string } }
    }[]
  }
}

async function readersView(session: LocalSession, name: string): Promise<ReadersView> {
  // The file may be cleaned away between looking for it and reading it.
  const text = await session.plaintext().catch(() => session.plaintext())
  const secret = (JSON.parse(text) as Plain).body.secrets.find(
    one => one.key === `production/${name}` && one.removed !== true,
  )
  const valueOf = (id: string | undefined): string | undefined =>
    secret?.versions.find(one => one.id === id)?.value
  const accepted =
    secret?.rotation?.previous?.status === 'accepted' ? secret.rotation.previous.version : undefined
  const [current, previous] = [valueOf(secret?.current), valueOf(accepted)]
  return { ...(current === undefined ? {} : { current }), ...(previous === undefined ? {} : { previous }) }
}
