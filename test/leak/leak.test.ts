import { describe, expect, it } from 'vitest'
import { loadCommands } from '../../src/commands/index.ts'
import type { Project } from '../support/cli.ts'
import { expectNoCanary, readAllFiles } from './canary.ts'
import { prepare, type Scenario, scenarios } from './scenarios.ts'
import { some } from '../support/thorough.ts'

const commands = await loadCommands()

/** What Node and libraries print when somebody debugs; the launcher must keep Node's own part off. */
const debugging = {
  DEBUG: '*',
  NODE_DEBUG: 'http,https,fetch,undici,tls,net,fs,child_process,module,timer,stream',
  SECRETS_DEBUG: '1',
  LOG_STREAM: '1',
  LOG_TOKENS: '1',
}

/** Files that hold the value because they are the store, the template or what the user wrote. */
const mayHold = /^project\/(?!out\/)(?:.*\.env(?:\.example)?|secrets\.yaml|compose\.yaml)$/

describe('no value leaves except where the user asked for it', () => {
  it('every command of the registry has scenarios', () => {
    expect(Object.keys(scenarios).sort()).toEqual(commands.map(({ name }) => name).sort())
  })

  for (const [command, list] of Object.entries(scenarios)) {
    for (const [at, scenario] of some([...list.entries()], 4)) {
      it(`${command}: ${scenario.what}`, async () => {
        await checkOutputs(scenario, at)
      })
    }
  }
})

const modes = [
  ['text', [], {}],
  ['json', ['--json'], {}],
  ['text', [], debugging],
] as const

async function checkOutputs(scenario: Scenario, at: number): Promise<void> {
  const { words, input, shows = [], env: own = {} } = scenario
  for (const [mode, extra, env] of some(modes, modes.length, at)) {
    const project = await prepare(scenario)
    const result = await project.run([...extra, ...words], {
      env: { ...own, ...env },
      ...(input === undefined ? {} : { input }),
    })
    const where = `${words[0] ?? ''} ${extra.join(' ')}${'DEBUG' in env ? ' (debugging)' : ''}`
    if (!shows.includes(mode)) expectNoCanary(result.stdout, `stdout of ${where}`)
    expectNoCanary(result.stderr, `stderr of ${where}`)
    expect(result.stdout + result.stderr, where).not.toContain('AGE-SECRET-KEY-')
    if (!('DEBUG' in env)) expect(result.stderr, where).not.toContain('    at ')
    checkFiles(project)
  }
}

function checkFiles(project: Project): void {
  const base = project.path.replace(/\/project$/, '')
  for (const [path, content] of readAllFiles(base)) {
    if (!mayHold.test(path)) expectNoCanary(content, `file ${path}`)
  }
}

describe('the harness itself', () => {
  it('sees a value in every shape', () => {
    const value = 'abcdefghijklmnopqrstuvwxyz0123456789'
    const texts = [
      `x${value}y`,
      value.slice(3, 15),
      Buffer.from(`prefix${value}suffix`).toString('base64'),
      Buffer.from(value).toString('hex'),
      JSON.stringify({ value }),
    ]
    for (const text of texts) {
      expect(() => {
        expectNoCanary(text, 'here', [value])
      }).toThrow(/canary 0/)
    }
  })
})
