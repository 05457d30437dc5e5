import { appendFileSync, cpSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { connect as connectDotenv } from '../../providers/dotenv.ts'
import { connect as connectLocal } from '../../providers/local.ts'
import { createFiles } from '../../src/effects/files.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { Secret } from '../../src/core/secret.ts'
import { type CliResult, type JsonReport, Project } from '../support/cli.ts'
import { fresh, type Scenario, type Step } from './scenarios.ts'
import { type Held, listFiles, readStored, type Stored } from '../support/stored.ts'
import {
  type Call,
  type Fault,
  harmCommand,
  type HarmedRun,
  isSameCall,
  normalise,
  traceCommand,
} from './strace.ts'

export type Case = readonly [Fault, Call]

const errors: readonly Fault[] = ['ENOSPC', 'EIO']
const faults: readonly Fault[] = ['SIGKILL', ...errors]

/** A project as it stands before the harmed command, and what an unharmed run makes of it. */
export interface Rehearsal {
  readonly scenario: Scenario
  readonly project: Project
  readonly before: Stored
  readonly done: Stored
  /** Files and modes after everything that follows a fault, without a fault. */
  readonly files: ReadonlyMap<string, number>
  /** The calls that a fault can strike, in order. */
  readonly calls: readonly Call[]
}

/** Runs the scenario once unharmed, under strace. */
export async function rehearse(scenario: Scenario): Promise<Rehearsal> {
  const project = new Project(scenario.files)
  for (const step of scenario.setup) {
    if (step === 'stage') await stageValue(scenario, project)
    else expect((await runStep(project, step)).code).toBe(0)
  }
  const before = await readStored(project, scenario.provider, scenario.name)
  return await inCopy(project, async copy => {
    const { words, options } = traced(scenario, copy)
    const run = await traceCommand(words, options)
    expect([run.code, run.stderr]).toMatchObject([0, expect.any(String)])
    const done = await readStored(copy, scenario.provider, scenario.name)
    await followUp(scenario, copy, true)
    return { scenario, project, before, done, files: listed(copy), calls: run.calls }
  })
}

/** The state in which a run leaves the store that is stopped after its first step. */
async function stageValue({ provider, name }: Scenario, project: Project): Promise<void> {
  const settings: Record<string, string> = provider === 'dotenv' ? { path: '.env' } : {}
  const target = { id: provider, provider, environment: 'development', settings }
  const deps = {
    ...{ files: createFiles(), random: systemRandom, env: project.env(), root: project.path },
    note: () => undefined,
  }
  const store = await (provider === 'dotenv' ? connectDotenv : connectLocal)(target, deps)
  const { signal } = new AbortController()
  const { current } = await store.rotation!.observe(name, signal)
  const mark = { runId: 'stopped', mode: 'scheduled' } as const
  await store.rotation!.stage(name, current!.version, new Secret('5'.repeat(64)), mark, signal)
}

/** One fault at one call, and everything that must hold afterwards. Throws with what does not. */
export async function tryFault(rehearsal: Rehearsal, fault: Fault, call: Call): Promise<void> {
  const { scenario, project } = rehearsal
  let { ordinal } = call
  for (let tries = 0; tries < 20; tries += 1) {
    const missed = await inCopy(project, async copy => {
      const { words, options } = traced(scenario, copy)
      const run = await harmCommand(words, options, fault, { name: call.name, ordinal })
      if (run.struck === undefined || !isSameCall(run.struck, call)) return run
      await checkAftermath(rehearsal, copy, fault, run)
      return undefined
    })
    if (missed === undefined) return
    // Threads wake each other by `write` too, on a busy machine a little less often: the count is a little off.
    ordinal = missed.calls.find(one => isSameCall(one, call))?.ordinal ?? ordinal + 1
  }
  throw new Error('the fault did not strike')
}

async function checkAftermath(
  rehearsal: Rehearsal,
  copy: Project,
  fault: Fault,
  run: HarmedRun,
): Promise<void> {
  const { scenario, before } = rehearsal
  const { provider, name } = scenario
  const isDone = checkAnswer(fault, run.struck!, run)
  const left = await readStored(copy, provider, name)
  const states = scenario.states(before.held)
  const state = states.findLastIndex(one => isHeld(left.held, one, before))
  expect(state, 'the secret is in one of the states that are allowed').toBeGreaterThanOrEqual(0)
  if (isDone) expect(state, 'what was said to be done is done').toBe(states.length - 1)
  const isLast = state === states.length - 1
  expect(left.others, 'the other values are whole').toEqual((isLast ? rehearsal.done : before).others)
  if (state === 0 && provider === 'dotenv' && !isLast) expect(left.text).toBe(before.text)

  await checkStatus(scenario, copy, left.held)
  await followUp(scenario, copy, isLast)
  const end = await readStored(copy, provider, name)
  await checkEnd(rehearsal, copy, left, end)
}

/** Whether the harmed command said that it had done its work. */
function checkAnswer(fault: Fault, { name }: Call, { code, stdout }: HarmedRun): boolean {
  if (fault === 'SIGKILL') {
    expect(stdout, 'a killed command said nothing').toBe('')
    return false
  }
  const { ok, error } = JSON.parse(stdout) as JsonReport
  expect(ok).toBe(code === 0)
  if (code === 0) {
    expect(name, 'only a file that is no longer needed may fail to go').toMatch(/^unlink/)
    return true
  }
  expect(error?.code).toBe(fault === 'ENOSPC' ? 'file.no_space' : 'file.unwritable')
  expect(code).toBe(2)
  expect(error?.at?.path).toBeTruthy()
  expect(error?.hints.length).toBeGreaterThan(0)
  return false
}

function isHeld(found: Held, wanted: Held, { text }: Stored): boolean {
  const isFresh = (value: string): boolean => /^[0-9a-f]{64}$/.test(value) && !text.includes(value)
  return (['current', 'previous', 'staged'] as const).every(key => {
    const value = found[key]
    return wanted[key] === fresh ? value !== undefined && isFresh(value) : value === wanted[key]
  })
}

async function checkStatus(scenario: Scenario, copy: Project, held: Held): Promise<void> {
  const { report, code } = await runStep(copy, { words: ['status'], ahead: scenario.harmed.ahead ?? 0 })
  expect(code).toBe(0)
  if (scenario.isUnlisted === true) return
  const secrets = (report.data?.['secrets'] ?? []) as { readonly name: string; readonly state: string }[]
  const old = (scenario.harmed.ahead ?? 0) === 0 ? 'grace' : 'overdue'
  const word = held.staged !== undefined ? 'staged' : held.previous !== undefined ? old : 'steady'
  const isGrace = word === old && scenario.harmed.words.includes('--due') && held.current !== undefined
  const found = secrets.find(({ name }) => name === scenario.name)?.state
  if (held.current === undefined) expect(found).toBeUndefined()
  else expect(isGrace ? [word, 'grace'] : [word]).toContain(found)
}

/** The same command again, then another one that changes something. */
async function followUp(scenario: Scenario, copy: Project, isDone: boolean): Promise<void> {
  const { harmed, sweep, grow, proof, doneCodes = [] } = scenario
  if (!(isDone && scenario.isToggle === true)) {
    const again = await runStep(copy, harmed)
    const answer = again.report.error?.code ?? 'done'
    expect(isDone ? ['done', ...doneCodes] : ['done'], 'the same command again').toContain(answer)
  }
  if (grow !== undefined) appendFileSync(join(copy.path, grow.file), grow.lines)
  for (const step of proof === undefined ? [sweep] : [sweep, proof]) {
    expect(await runStep(copy, step), 'the next command').toMatchObject({ code: 0 })
  }
}

async function checkEnd(
  { scenario, before, done, files }: Rehearsal,
  copy: Project,
  left: Stored,
  end: Stored,
): Promise<void> {
  const [last] = scenario.states(before.held).slice(-1)
  const held = scenario.proof === undefined ? end.held : { current: end.held.previous ?? '' }
  expect(isHeld(held, last!, before), 'the secret ends where the command leads').toBe(true)
  if (left.held.staged !== undefined && last!.current !== before.held.current) {
    expect(held.current, 'a staged value is the one that becomes current').toBe(left.held.staged)
  }
  expect(end.others).toMatchObject(done.others)
  for (const [key, value] of Object.entries(before.held) as [string, string][]) {
    const isToGo = scenario.erases === true && !Object.values(last!).includes(value)
    if (isToGo) expect(end.text.includes(value), `the ${key} value that had to go is nowhere`).toBe(false)
  }
  const now = listed(copy)
  expect([...now.keys()].filter(name => /\.(?:tmp|lock)$/.test(name))).toEqual([])
  for (const [name, mode] of now) expect([name, mode]).toEqual([name, files.get(name)])
  if (scenario.isUnlisted === true) return
  expect((await copy.run(['get', scenario.name])).stdout).toBe(end.held.current ?? '')
}

function listed(project: Project): ReadonlyMap<string, number> {
  const entries = [...listFiles(project)]
  return new Map(entries.map(([name, mode]) => [normalise(name).replace(/\d{12}\.age$/, '*.age'), mode]))
}

function traced(
  { harmed, umask }: Scenario,
  project: Project,
): { words: readonly string[]; options: Parameters<typeof traceCommand>[1] } {
  const env = project.env({ SECRETS_CLOCK_OFFSET: String(harmed.ahead ?? 0) })
  const options = { base: dirname(project.path), cwd: project.path, env, umask, input: harmed.input }
  return { words: [...harmed.words, '--json'], options }
}

function runStep(
  project: Project,
  { words, input, ahead = 0 }: Step,
): Promise<CliResult & { report: JsonReport }> {
  const env = { SECRETS_CLOCK_OFFSET: String(ahead) }
  return project.json(words, input === undefined ? { env } : { env, input })
}

async function inCopy<T>(original: Project, work: (copy: Project) => Promise<T>): Promise<T> {
  const copy = new Project()
  try {
    cpSync(dirname(original.path), dirname(copy.path), { recursive: true, preserveTimestamps: true })
    return await work(copy)
  } finally {
    rmSync(dirname(copy.path), { recursive: true, force: true })
  }
}

/** Killed before a `close` the disk is as before the call that follows it: only its errors are cases of their own. */
export function casesOf({ calls }: Rehearsal): readonly Case[] {
  return calls.flatMap(call =>
    call.name === 'close'
      ? errors.map(fault => [fault, call] as const)
      : faults.map(fault => [fault, call] as const),
  )
}

/** All the cases, two at a time; those that broke. */
export async function tryFaults(rehearsal: Rehearsal, cases: readonly Case[]): Promise<readonly string[]> {
  const broken: string[] = []
  const queue = [...cases]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [fault, call] = next
      try {
        await tryFault(rehearsal, fault, call)
      } catch (error) {
        broken.push(
          `${fault} at ${call.name} ${call.what} (${String(call.turn)}): ${(error as Error).message}`,
        )
      }
    }
  }
  await Promise.all([work(), work()])
  return broken.sort()
}
