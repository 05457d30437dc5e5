import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { preparedProject, Project } from '../support/cli.ts'
import { some } from '../support/thorough.ts'
import { expectRefused } from './refusal.ts'

const manifest =
  'version: 1\nenvironments:\n  development: { provider: local }\nvariables:\n  API_TOKEN: { secret: true, generate: hex:32 }\n'
const input = { input: 'other-value' }
const commands = [
  ['get', 'API_TOKEN'],
  ['set', 'API_TOKEN'],
  ['rotate', 'API_TOKEN'],
] as const

async function stored(): Promise<Project> {
  return await preparedProject(
    { 'secrets.yaml': manifest },
    ['first-value', 'second-value'].map(value => [['set', 'API_TOKEN'], { input: value }] as const),
  )
}

const newest = (project: Project): string => {
  const store = join(project.path, '.secrets/store')
  return join(store, readdirSync(store).sort().at(-1)!)
}
const identity = (project: Project): string => join(project.home, '.config/secrets/identity.txt')

function flipBit(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at]! ^= 1
  writeFileSync(file, bytes)
}

// That every single bit is noticed is proved in process (test/providers/local-damage.test.ts).
const damages: Readonly<Record<string, (file: string) => void>> = {
  'a flipped bit in the content': file => {
    flipBit(file, readFileSync(file).length - 20)
  },
  'a missing end': file => {
    truncateSync(file, readFileSync(file).length - 1)
  },
  'a byte too many': file => {
    appendFileSync(file, 'x')
  },
  'no content': file => {
    truncateSync(file, 0)
  },
  'the name of another generation': file => {
    copyFileSync(file, file.replace(/\d\.age$/, '9.age'))
  },
}

describe.each(Object.entries(damages))('a store with %s', (what, damage) => {
  it('is refused by every command; nothing is answered from an older generation', async () => {
    const project = await stored()
    damage(newest(project))
    const path = basename(newest(project))
    for (const words of some(commands, 3, Object.keys(damages).indexOf(what)))
      await expectRefused(project, words, { code: 'store.damaged', path }, input)
  })
})

describe('the identity of a store', () => {
  it('of somebody else', async () => {
    const project = await stored()
    const other = new Project({ 'secrets.yaml': manifest })
    expect((await other.run(['set', 'API_TOKEN'], input)).code).toBe(0)
    const options = { ...input, env: { SECRETS_IDENTITY_FILE: identity(other) } }
    for (const words of commands)
      await expectRefused(project, words, { code: 'store.wrong_identity' }, options)
    expect((await project.run(['get', 'API_TOKEN'])).stdout).toBe('second-value')
  })

  it('that is gone: no other one is made', async () => {
    const project = await stored()
    rmSync(identity(project))
    for (const words of commands) {
      await expectRefused(project, words, { code: 'store.identity_missing', path: 'identity.txt' }, input)
    }
  })

  const noIdentities = ['', 'not an identity\n', 'AGE-SECRET-KEY-1SHORT\n', 'age1publickeyonly\n']

  it.each(noIdentities.map((text, at) => [text, at] as const))('that is none (%j)', async (text, at) => {
    const project = await stored()
    writeFileSync(identity(project), text)
    for (const words of some(commands, 3, at)) {
      await expectRefused(project, words, { code: 'store.wrong_identity', path: 'identity.txt' }, input)
    }
  })
})

describe('words that name no secret of the store', () => {
  it('are refused', async () => {
    const project = await stored()
    for (const command of some(['get', 'rotate', 'retire', 'rollback', 'delete', 'status'], 3)) {
      await expectRefused(project, [command, 'API_TOKN'], { code: 'secret.absent' })
    }
  })
})
