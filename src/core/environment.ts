/** Environments that a file name may name without a manifest, by the spellings in use. */
const spellings: Readonly<Record<string, string>> = {
  dev: 'development',
  development: 'development',
  test: 'test',
  staging: 'staging',
  prod: 'production',
  production: 'production',
}

/** Variables that name the environment inside a file or a process, strongest first. */
export const environmentVariables = [
  'ENVIRONMENT',
  'APP_ENV',
  'NODE_ENV',
  'FLASK_ENV',
  'RAILS_ENV',
  'DJANGO_ENV',
] as const

export interface EnvironmentChoice {
  readonly name: string
  /** Why, for people: `--env`, `the file's name`, `NODE_ENV in the file`, `default`. */
  readonly source: string
}

export interface EnvironmentFacts {
  readonly option?: string | undefined
  readonly fileName?: string | undefined
  /** Reads a variable of the file (or of the process, where that is the source). */
  readonly valueOf?: (name: string) => string | undefined
  /** The manifest's environments; they count in file names and win over the usual spellings. */
  readonly declared?: readonly string[]
}

/** Which environment a file stands for, and why: `--env`, its name, a variable inside, else development. */
export function chooseEnvironment(facts: EnvironmentFacts): EnvironmentChoice {
  const declared = facts.declared ?? []
  if (facts.option !== undefined) return { name: canonicalName(facts.option, declared), source: '--env' }
  const named = facts.fileName === undefined ? undefined : environmentOfFileName(facts.fileName, declared)
  if (named !== undefined) return { name: named, source: "the file's name" }
  for (const variable of environmentVariables) {
    const known = knownEnvironment(facts.valueOf?.(variable) ?? '', declared)
    if (known !== undefined) return { name: known, source: variable }
  }
  return { name: 'development', source: 'default' }
}

/** `.env.prod` → production; `.env.local` and `.env.docker` name none. */
export function environmentOfFileName(
  fileName: string,
  declared: readonly string[] = [],
): string | undefined {
  const words = fileName.toLowerCase().split(/[._-]/)
  if (!words.includes('env')) return undefined
  for (const word of words) {
    const known = knownEnvironment(word, declared)
    if (known !== undefined) return known
  }
  return undefined
}

/** `prod` is production unless the manifest itself says `prod`. */
export function canonicalName(name: string, declared: readonly string[] = []): string {
  return declared.includes(name) ? name : (knownEnvironment(name, declared) ?? name)
}

function knownEnvironment(word: string, declared: readonly string[]): string | undefined {
  const lower = word.toLowerCase()
  const own = declared.find(name => name.toLowerCase() === lower)
  return own ?? (Object.hasOwn(spellings, lower) ? spellings[lower] : undefined)
}

/** The file that holds an environment's values where the manifest names none. */
export function fileOfEnvironment(environment: string): string {
  return environment === 'development' ? '.env' : `.env.${environment}`
}
