import type { Held, ProviderId } from '../support/stored.ts'

export interface Step {
  readonly words: readonly string[]
  readonly input?: string
  /** Milliseconds that the command's clock is ahead. */
  readonly ahead?: number
}

/** A value that the harmed command makes itself: 64 hex digits, nobody's value before. */
export const fresh = '(fresh)'

/**
 * One mutating command and what a fault in it may leave behind. `states` are all states that the secret may then be
 * in, from untouched to done; the same command run again always ends in the last one.
 */
export interface Scenario {
  readonly title: string
  readonly provider: ProviderId
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  /** Commands that come before, unharmed; `stage`: a rotation that was stopped after its first step. */
  readonly setup: readonly (Step | 'stage')[]
  readonly harmed: Step
  readonly states: (before: Held) => readonly Held[]
  /** With what it may answer when it is run again after the harmed run had in fact done everything. */
  readonly doneCodes?: readonly string[]
  /** Once done it is not run again: that would undo it. */
  readonly isToggle?: true
  /** 022 where absent; 077 is narrower than some files of ours should be, so their mode has to be set. */
  readonly umask?: string
  /** What it takes away must be in no file any more, old generations included. */
  readonly erases?: true
  /** `status` and `get` do not show the secret: the manifest names another store. */
  readonly isUnlisted?: true
  /** The next command that changes something, of another kind: what was left behind goes with it. */
  readonly sweep: Step
  /** Lines added to a file before the sweep. */
  readonly grow?: { readonly file: string; readonly lines: string }
  /** Must succeed at the end. */
  readonly proof?: Step
}

const name = 'API_TOKEN'
const hour = 3_600_000

const manifest = (provider: ProviderId): string =>
  `version: 1\nenvironments:\n  development: { provider: ${provider} }\nvariables:\n  ${name}: { secret: true, generate: hex:32 }\n`

type Plan = Omit<Scenario, 'title' | 'provider' | 'name' | 'files' | 'sweep'>

const set = (value: string): Step => ({ words: ['set', name], input: value })
/** Both commands that look at the old value afterwards happen after its deadline. */
const rotated: Step = { words: ['rotate', name, '--grace', '1h'] }
const held: readonly Step[] = [{ words: ['set', 'BYSTANDER'], input: 'of-somebody-else' }, set('first-value')]

const inGrace = ({ current = '', previous = '' }: Held): Held => ({ current, previous })
const alone = ({ current = '' }: Held): Held => ({ current })

/** The same on every embedded store. A new mutating command is one line here. */
const plans: Readonly<Record<string, Plan>> = {
  'set, the first one': { setup: [], harmed: set('new-value'), states: () => [{}, { current: 'new-value' }] },
  'set over a value': {
    setup: held,
    harmed: set('new-value'),
    states: before => [before, { current: 'new-value' }],
  },
  'set --generate': {
    setup: [],
    harmed: { words: ['set', name, '--generate', 'hex:32'] },
    states: () => [{}, { current: fresh }],
    doneCodes: ['usage.needs_confirmation'],
  },
  rotate: {
    setup: held,
    harmed: { words: ['rotate', name] },
    states: before => [
      before,
      { ...before, staged: fresh },
      { current: fresh, previous: before.current ?? '' },
    ],
    doneCodes: ['rotation.grace_open'],
  },
  'rotate --resume': {
    setup: [...held, 'stage'],
    harmed: { words: ['rotate', name, '--resume'] },
    states: before => [before, { current: before.staged ?? '', previous: before.current ?? '' }],
  },
  'rotate --abort': {
    setup: [...held, 'stage'],
    harmed: { words: ['rotate', name, '--abort'] },
    states: before => [before, alone(before)],
    doneCodes: ['rotation.nothing_staged'],
  },
  retire: {
    setup: [...held, rotated],
    harmed: { words: ['retire', name], ahead: 2 * hour },
    states: before => [inGrace(before), alone(before)],
    erases: true,
    doneCodes: ['rotation.nothing_to_retire'],
  },
  'rotate --due that retires': {
    setup: [...held, rotated],
    harmed: { words: ['rotate', '--due'], ahead: 2 * hour },
    states: before => [inGrace(before), alone(before)],
    erases: true,
  },
  rollback: {
    setup: [...held, rotated],
    harmed: { words: ['rollback', name] },
    states: before => [inGrace(before), { current: before.previous ?? '' }],
    erases: true,
    doneCodes: ['rotation.nothing_to_roll_back'],
  },
  'rollback --keep-new': {
    setup: [...held, rotated],
    harmed: { words: ['rollback', name, '--keep-new'] },
    states: before => [inGrace(before), { current: before.previous ?? '', previous: before.current ?? '' }],
    isToggle: true,
  },
  delete: {
    setup: held,
    harmed: { words: ['delete', name] },
    states: before => [before, {}],
    doneCodes: ['secret.absent'],
  },
  'delete --purge': {
    setup: held,
    harmed: { words: ['delete', name, '--purge', '--yes'] },
    states: before => [before, {}],
    erases: true,
  },
}

const sweep: Step = { words: ['set', 'SWEEP_TOKEN'], input: 'of-the-sweep' }

const template = `# Signs the sessions\n# secrets: generate hex:32\n${name}=change-me\nPORT=3000\n`
const added = '# secrets: generate hex:32\nADDED_TOKEN=change-me\n'
const init = {
  ...{ provider: 'dotenv', name, setup: [], harmed: { words: ['init'] } },
  states: () => [{}, { current: fresh }],
  sweep: { words: ['init'] },
  grow: { file: '.env.example', lines: added },
} as const satisfies Omit<Scenario, 'title' | 'files'>
const proof: Step = { words: ['rotate', name] }

export const scenarios: readonly Scenario[] = [
  { ...init, title: 'init (dotenv)', files: { '.env.example': template }, umask: '077', proof },
  {
    ...{ ...init, title: 'init after the template grew (dotenv)', proof },
    files: { '.env.example': template, '.env': 'PORT=4000\n', '.gitignore': 'dist/\n' },
  },
  {
    ...{ ...init, title: 'init (local)', isUnlisted: true },
    files: { '.env.example': template, 'secrets.yaml': manifest('local') },
  },
  ...(['dotenv', 'local'] as const).flatMap(provider =>
    Object.entries(plans).map(([title, plan]) => ({
      ...{ title: `${title} (${provider})`, provider, name, sweep },
      ...{ files: { 'secrets.yaml': manifest(provider) }, ...plan },
    })),
  ),
]
