import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Decrypter } from 'age-encryption'
import { parse } from 'dotenv'
import type { Project } from '../support/cli.ts'

/** What a store holds for one secret. Read with other people's readers: dotenv for files, age for the local store. */
export interface Held {
  readonly current?: string
  /** The value that is still accepted beside it. */
  readonly previous?: string
  readonly staged?: string
}

export interface Stored {
  readonly held: Held
  /** Every other value. */
  readonly others: Readonly<Record<string, string>>
  /** Everything readable in the store's files, old generations included. */
  readonly text: string
}

export type ProviderId = 'dotenv' | 'local'

/** Throws when a file cannot be read as a whole. */
export function readStored(project: Project, provider: ProviderId, name: string): Promise<Stored> {
  return provider === 'dotenv' ? Promise.resolve(readEnvFile(project, name)) : readLocalStore(project, name)
}

function readEnvFile(project: Project, name: string): Stored {
  const path = join(project.path, '.env')
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const values = parse(text)
  const { [name]: current, [`${name}_OLD`]: previous, ...others } = values
  const staged = new RegExp(`^# secrets: pending ${name}=("[^"]*"|\\S+)`, 'm').exec(text)?.[1]
  const held = { ...given('current', current), ...given('previous', previous) }
  return { text, others, held: { ...held, ...given('staged', staged?.replaceAll('"', '')) } }
}

interface StoredSecret {
  readonly key: string
  readonly current: string
  readonly versions: readonly { readonly id: string; readonly value?: string }[]
  readonly removed?: true
  readonly pending?: { readonly value: string }
  readonly rotation?: { readonly previous?: { readonly version: string; readonly status: string } }
}

/** Every generation is opened, so that one torn file anywhere is noticed. */
async function readLocalStore(project: Project, name: string): Promise<Stored> {
  const store = join(project.path, '.secrets/store')
  const generations = existsSync(store)
    ? readdirSync(store)
        .filter(file => /^\d{12}\.age$/.test(file))
        .sort()
    : []
  const texts: string[] = []
  for (const file of generations) texts.push(await decrypt(project, join(store, file)))
  const newest = texts.at(-1)
  const { secrets } = (
    newest === undefined ? { body: { secrets: [] } } : (JSON.parse(newest) as { body: unknown })
  ).body as { readonly secrets: readonly StoredSecret[] }
  const others: Record<string, string> = {}
  let held: Held = {}
  for (const secret of secrets.filter(({ removed }) => removed !== true)) {
    const found = heldOf(secret)
    if (secret.key === `development/${name}`) held = found
    else others[secret.key.replace('development/', '')] = found.current ?? ''
  }
  return { held, others, text: texts.join('\n') }
}

function heldOf({ current, versions, pending, rotation }: StoredSecret): Held {
  const valueOf = (id: string | undefined): string | undefined => versions.find(one => one.id === id)?.value
  const previous = rotation?.previous?.status === 'accepted' ? rotation.previous.version : undefined
  return {
    ...given('current', valueOf(current)),
    ...given('previous', valueOf(previous)),
    ...given('staged', pending?.value),
  }
}

async function decrypt(project: Project, file: string): Promise<string> {
  const identity = readFileSync(join(project.home, '.config/secrets/identity.txt'), 'utf8')
  const decrypter = new Decrypter()
  decrypter.addIdentity(/^AGE-SECRET-KEY-\S+$/m.exec(identity)?.[0] ?? '')
  return await decrypter.decrypt(readFileSync(file), 'text')
}

function given<K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: string })
}

/** Every file and directory below the project and its home, with its mode. */
export function listFiles(project: Project): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const root of ['project', 'home']) {
    const top = join(project.path, '..', root)
    for (const name of readdirSync(top, { recursive: true, encoding: 'utf8' })) {
      found.set(`${root}/${name}`, statSync(join(top, name)).mode & 0o777)
    }
  }
  return found
}
