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
import { Project } from '../support/cli.ts'
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
  const project = new Project({ 'secrets.yaml': manifest })
  for (const value of ['first-value', 'second-value']) {
    expect((await project.run(['set', 'API_TOKEN'], { input: value })).code).toBe(0)
  }
  return project
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

describe.each(Object.entries(damages))('a store with %s', (_what, damage) => {
  it('is refused by every command; nothing is answered from an older generation', async () => {
    const project = await stored()
    damage(newest(project))
    const path = basename(newest(project))
    for (const words of commands) await expectRefused(project, words, { code: 'store.damaged', path }, input)
  })
})

describe('the identity of a store', () => {
  it('of somebody else', async () => {
    const [project, other] = [await stored(), await stored()]
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

  it.each(['', 'not an identity\n', 'AGE-SECRET-KEY-1SHORT\n', 'age1publickeyonly\n'])(
    'that is none (%j)',
    async text => {
      const project = await stored()
      writeFileSync(identity(project), text)
      for (const words of commands) {
        await expectRefused(project, words, { code: 'store.wrong_identity', path: 'identity.txt' }, input)
      }
    },
  )
})

describe('words that name no secret of the store', () => {
  it('are refused', async () => {
    const project = await stored()
    for (const command of ['get', 'rotate', 'retire', 'rollback', 'delete', 'status']) {
      await expectRefused(project, [command, 'API_TOKN'], { code: 'secret.absent' })
    }
  })
})
