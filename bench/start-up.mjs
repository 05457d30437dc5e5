// Whole-process time of the commands against `node -e 0`, in interleaved pairs: A B A B …, the median of the pair-wise
// ratios, so that a machine that gets slower or faster in between does not count. Prints ratios, peak memory and the
// limits; fails when a limit is broken.   npm run bench [-- --pairs 31]
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')
const cli = join(root, 'bin', 'secrets.js')
const { values: options } = parseArgs({ options: { pairs: { type: 'string', default: '25' } } })
const pairs = Number(options.pairs)
const directory = mkdtempSync(join(tmpdir(), 'secrets-bench-'))
// On Node 20 this variable alone makes every start three times slower: it is not ours to measure.
const { NODE_EXTRA_CA_CERTS: _, ...clean } = process.env
const env = { ...clean, HOME: directory, XDG_CONFIG_HOME: join(directory, '.config') }

/** [what, words, must, goal, own]: ratios to `node -e 0`; `own` of them is the time of the program that `run` runs. */
const cases = [
  ['--version', ['--version'], 1.3, 1.2],
  ['generate', ['generate'], 1.7, 1.4],
  ['validate (50 keys)', ['validate', '--cwd', join(directory, 'validate')], 2.0, 1.6],
  [
    'run (25 secrets)',
    ['run', '--cwd', join(directory, 'run'), '--', process.execPath, '-e', '0'],
    2.0,
    1.6,
    1,
  ],
  ['get (local store)', ['get', 'KEY_1', '--cwd', join(directory, 'store')], 4.2, 2.2],
]
const memoryLimit = { must: 60, goal: 55 }

try {
  prepare()
  console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${pairs} pairs each\n`)
  console.log('command              median  (p25 – p75)   must  goal   peak RSS MiB')
  let isBroken = false
  for (const [what, words, must, goal, own = 0] of cases) {
    const ratios = measure(words).map(ratio => ratio - own)
    const memory = peakMemory(words)
    const median = quantile(ratios, 0.5)
    isBroken ||= median > must || memory > memoryLimit.must
    const spread = `(${quantile(ratios, 0.25).toFixed(2)} – ${quantile(ratios, 0.75).toFixed(2)})`
    console.log(
      `${what.padEnd(20)} ${median.toFixed(2).padStart(6)}  ${spread}   ${must.toFixed(1)}   ${goal.toFixed(1)}   ${memory.toFixed(1).padStart(8)}${median > must ? '  OVER' : ''}`,
    )
  }
  console.log(`\npeak memory: must ≤ ${memoryLimit.must} MiB, goal ≤ ${memoryLimit.goal} MiB`)
  process.exitCode = isBroken ? 1 : 0
} finally {
  rmSync(directory, { recursive: true })
}

function prepare() {
  // Apart from each other: what stands in a directory below belongs to the project.
  mkdirSync(join(directory, 'validate'))
  const names = Array.from({ length: 50 }, (_, index) => `KEY_${index}`)
  writeFileSync(
    join(directory, 'validate', '.env.example'),
    names.map((name, index) => `${name}=value-${index}\n`).join(''),
  )
  writeFileSync(
    join(directory, 'validate', '.env'),
    names.map((name, index) => `${name}=value-${index * 7}\n`).join(''),
    { mode: 0o600 },
  )
  mkdirSync(join(directory, 'run'))
  const secrets = names.map((name, index) =>
    index % 2 === 0 ? `${name}=value-${index}\n` : `${name}_TOKEN=${randomBytes(32).toString('hex')}\n`,
  )
  writeFileSync(join(directory, 'run', '.env'), secrets.join(''), { mode: 0o600 })
  run(['generate'])
  mkdirSync(join(directory, 'store'))
  writeFileSync(
    join(directory, 'store', 'secrets.yaml'),
    'version: 1\nenvironments:\n  development: { provider: local }\n',
  )
  const set = spawnSync(process.execPath, [cli, 'set', 'KEY_1', '--cwd', join(directory, 'store')], {
    env,
    input: 'x'.repeat(32),
  })
  if (set.status !== 0) throw new Error(`set ended with ${set.status}: ${set.stderr}`)
}

function run(words) {
  return spawnSync(process.execPath, [cli, ...words], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function measure(words) {
  const [ours, theirs] = [
    () => run(words),
    () => spawnSync(process.execPath, ['-e', '0'], { env, cwd: directory }),
  ]
  ours()
  theirs()
  return Array.from({ length: pairs }, () => time(ours) / time(theirs)).sort((a, b) => a - b)
}

function time(work) {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start)
}

/** Peak resident memory, from the kernel's own account of the process (Linux); 0 elsewhere. */
function peakMemory(words) {
  const probe = join(directory, 'probe.cjs')
  writeFileSync(
    probe,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(`${probe}.out`)}, require('fs').readFileSync('/proc/self/status')))`,
  )
  if (process.platform !== 'linux') return 0
  spawnSync(process.execPath, ['--require', probe, cli, ...words], { cwd: directory, env, stdio: 'ignore' })
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`${probe}.out`, 'utf8'))?.[1] ?? 0) / 1024
}

function quantile(sorted, at) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))]
}
