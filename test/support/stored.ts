import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Decrypter } from 'age-encryption'
import { parse } from 'dotenv'
import type { Project } from './cli.ts'

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

/** The current value of a secret; '' where there is none. `at`: where the store of an environment stands. */
export async function currentValue(
  project: Project,
  name = 'TOKEN',
  { environment = 'development', at = '.secrets/store' } = {},
): Promise<string> {
  if (!existsSync(join(project.path, at))) return readEnvFile(project, name).held.current ?? ''
  const [newest = ''] = generationsOf(project, at).reverse()
  const secret = secretsIn(await decrypt(project, newest)).find(({ key }) => key === `${environment}/${name}`)
  return secret === undefined ? '' : (heldOf(secret).current ?? '')
}

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
  const texts: string[] = []
  for (const file of generationsOf(project, '.secrets/store')) texts.push(await decrypt(project, file))
  const newest = texts.at(-1)
  const others: Record<string, string> = {}
  let held: Held = {}
  for (const secret of newest === undefined ? [] : secretsIn(newest)) {
    const found = heldOf(secret)
    if (secret.key === `development/${name}`) held = found
    else others[secret.key.replace('development/', '')] = found.current ?? ''
  }
  return { held, others, text: texts.join('\n') }
}

/** The files of a store, oldest first. */
function generationsOf(project: Project, at: string): string[] {
  const store = join(project.path, at)
  if (!existsSync(store)) return []
  const names = readdirSync(store).filter(file => /^\d{12}\.age$/.test(file))
  return names.sort().map(file => join(store, file))
}

function secretsIn(text: string): readonly StoredSecret[] {
  const { body } = JSON.parse(text) as { readonly body: { readonly secrets: readonly StoredSecret[] } }
  return body.secrets.filter(({ removed }) => removed !== true)
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
