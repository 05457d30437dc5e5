import type { Context, TargetConfig } from '../context.ts'
import { checkOf, failureFinding, type Finding } from '../core/diagnosis.ts'
import { SecretsError } from '../core/errors.ts'
import { usualStore } from '../core/gitignore.ts'
import { type Manifest, variableIn } from '../core/manifest/manifest.ts'
import type { Provider, SecretName } from '../core/provider.ts'
import { loadManifest, type LoadedManifest } from './manifest.ts'
import { connectTarget, resolveTargets } from './targets.ts'

/** A finding with where it was found; `repair` is empty where there is nothing to do. */
export interface PlacedFinding extends Finding {
  readonly environment: string
  readonly target: string
  readonly provider: string
  readonly repair: readonly string[]
}

export interface Diagnosis {
  readonly findings: readonly PlacedFinding[]
  /** A store that may not be contacted could not be looked at. */
  readonly error?: SecretsError
}

/**
 * Looks at every store of the chosen environments as a rotation would use it, and changes nothing. What is wrong is a
 * finding, not a failure: the other stores are looked at all the same.
 */
export async function runDoctor(context: Context): Promise<Diagnosis> {
  const manifest = await loadManifest(context)
  const targets = await resolveTargets(context, manifest)
  if (targets.length === 0) {
    throw new SecretsError('env_file.missing', 'there is no store here that could be looked at', {
      hints: ['make a file: secrets init', 'or declare an environment in secrets.yaml'],
    })
  }
  const findings: PlacedFinding[] = []
  let untrusted: SecretsError | undefined
  for (const config of targets) {
    const place = { environment: config.environment, target: config.id, provider: config.provider }
    const add = (finding: Finding): void => {
      findings.push({ ...place, ...finding, repair: finding.repair ?? [] })
    }
    try {
      await lookAt(context, manifest, config, add)
    } catch (error) {
      if (!(error instanceof SecretsError) || context.signal.aborted) throw error
      if (error.code === 'trust.required') untrusted ??= error
      addFailure(findings, add, error)
    }
    for (const finding of await gitFindings(context, config)) add(finding)
  }
  return untrusted === undefined ? { findings } : { findings, error: untrusted }
}

async function lookAt(
  context: Context,
  manifest: LoadedManifest | undefined,
  config: TargetConfig,
  add: (finding: Finding) => void,
): Promise<void> {
  const provider = await connectTarget(context, manifest, config)
  try {
    await askProvider(context, provider, expectedNames(manifest, config.environment), add)
  } finally {
    await provider.close()
  }
}

async function askProvider(
  { signal, clock }: Context,
  provider: Provider,
  names: readonly SecretName[],
  add: (finding: Finding) => void,
): Promise<void> {
  if (provider.diagnose === undefined) {
    const { who, where } = await provider.check(signal)
    add({ check: 'reachable', severity: 'ok', message: `${where} answers` })
    add({ check: 'credentials', severity: 'ok', message: `signed in as ${who}` })
    return
  }
  const question = { names, now: () => clock.now() }
  for await (const finding of provider.diagnose(question, signal)) add(finding)
}

/** What stopped the look says it all where the store has said the same of itself already. */
function addFailure(
  findings: readonly PlacedFinding[],
  add: (finding: Finding) => void,
  error: SecretsError,
): void {
  const failure = failureFinding(checkOf(error), error)
  const last = findings.at(-1)
  if (last?.check !== failure.check || last.message !== failure.message) add(failure)
}

/** Every variable that the manifest declares as a secret of that environment. */
function expectedNames(manifest: Manifest | undefined, environment: string): readonly SecretName[] {
  return [...(manifest?.variables.values() ?? [])].flatMap(declared => {
    const { secret, generate, rotate } = variableIn(declared, environment)
    const isSecret = secret === true || generate !== undefined || rotate !== undefined
    return isSecret ? [declared.name] : []
  })
}

/** Whether a store that is a file may end in the history of a repository. */
async function gitFindings(context: Context, config: TargetConfig): Promise<readonly Finding[]> {
  const { provider, settings, environment } = config
  if (provider !== 'dotenv' && provider !== 'local') return []
  const path = settings['path'] ?? (provider === 'local' ? usualStore : '.env')
  const absolute = context.resolve(path)
  if ((await context.files.access(absolute)) === undefined) return []
  const at = { check: 'git', subject: path } as const
  if ((await context.git.workTree(context.cwd)) === undefined) {
    return [{ ...at, severity: 'info', message: 'this is no git repository' }]
  }
  if (environment === 'test') {
    return [{ ...at, severity: 'ok', message: 'values of the test environment may be tracked' }]
  }
  if (await context.git.isTracked(absolute)) return [trackedFinding(path)]
  if (await context.git.isIgnored(absolute)) {
    return [{ ...at, severity: 'ok', message: 'git does not track it, and ignores it' }]
  }
  return [
    {
      ...at,
      severity: 'warning',
      message: `no ignore rule covers ${path}: the next "git add ." publishes it`,
      repair: ['secrets init adds the rules', `or add it to .gitignore: echo '${path}' >> .gitignore`],
    },
  ]
}

function trackedFinding(path: string): Finding {
  return {
    check: 'git',
    severity: 'error',
    subject: path,
    message: `git tracks ${path}: what is written there is published`,
    repair: [
      `stop tracking it, and keep the file: git rm -r --cached -- ${path}`,
      'then rotate every value that was ever committed',
    ],
  }
}
