import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

interface SourceFile {
  readonly path: string
  readonly area: string
  readonly text: string
  readonly imports: readonly string[]
}

/** Directories of the product's own code. */
const sources = ['src', 'providers'].flatMap(directory => readTree(join(root, directory))).map(readSource)

function readTree(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? readTree(join(directory, entry.name)) : [join(directory, entry.name)],
  )
}

function readSource(file: string): SourceFile {
  const path = relative(root, file).replaceAll('\\', '/')
  const text = readFileSync(file, 'utf8')
  const fixed = [
    ...text.matchAll(/^(?:import|export|\}) ?[^'"\n]*\bfrom ['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]/gm),
  ]
  const lazy = [...text.matchAll(/\bimport\(['"]([^'"]+)['"]\)/g)]
  const found = [...fixed, ...lazy].map(([, one, other]) => one ?? other ?? '')
  const imports = found.map(specifier =>
    specifier.startsWith('.')
      ? relative(root, resolve(dirname(file), specifier)).replaceAll('\\', '/')
      : specifier,
  )
  return { path, text, imports, area: areaOf(path) }
}

function areaOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  if (top === 'providers') return 'providers'
  return path.split('/').length === 2 ? second : second
}

const typesOnly = new Set(['src/context.ts'])

/** What each area may import, besides itself. Everything is forbidden that is not named. */
const allowed: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  core: [/^src\/core\//, /^zod/, 'yaml', 're2js', '@balena/dockerignore', 'node:crypto'],
  generators: [/^src\/core\//, /^src\/generators\//, 'src/context.ts', '@noble/hashes/argon2.js'],
  rules: [/^src\/core\//, /^src\/rules\//],
  formats: [/^src\/core\//, /^src\/formats\//],
  reports: [/^src\/core\//, /^src\/reports\//, 'src/rules/index.ts'],
  effects: [/^node:/, /^src\/core\//, /^src\/effects\//, 'src/context.ts'],
  flows: [
    /^src\/core\//,
    /^src\/flows\//,
    /^src\/(?:generators|rules|formats|reports)\/index\.ts$/,
    'src/context.ts',
    'package.json',
    'node:path',
  ],
  commands: [
    /^src\/core\//,
    /^src\/flows\//,
    /^src\/commands\//,
    /^src\/(?:generators|rules|formats)\/index\.ts$/,
    'src/context.ts',
  ],
  connect: [/^src\/core\//, /^src\/connect\//, 'src/context.ts'],
  providers: [
    /^src\/core\//,
    /^providers\//,
    'src/context.ts',
    'node:path',
    'node:crypto',
    'age-encryption',
    'node-vault',
    '@aws-sdk/client-secrets-manager',
    '@google-cloud/secret-manager',
    'node:http',
    'node:https',
    'node:tls',
    '@azure/identity',
    '@azure/keyvault-secrets',
  ],
}

describe('imports go down only', () => {
  for (const [area, patterns] of Object.entries(allowed)) {
    it(area, () => {
      const wrong = sources
        .filter(source => source.area === area)
        .flatMap(({ path, imports }) =>
          imports
            .filter(
              found =>
                !patterns.some(pattern =>
                  typeof pattern === 'string' ? pattern === found : pattern.test(found),
                ),
            )
            .map(found => `${path} imports ${found}`),
        )
      expect(wrong).toEqual([])
    })
  }

  it('knows every area', () => {
    const known = new Set([
      ...Object.keys(allowed),
      'main.ts',
      'command-line.ts',
      'program.ts',
      'output.ts',
      'connect.ts',
      'composition.ts',
      'context.ts',
      'runtime.ts',
      'env.ts',
    ])
    expect([...new Set(sources.map(({ area }) => area))].filter(area => !known.has(area))).toEqual([])
  })

  it('the ports hold types only', () => {
    for (const { path, text } of sources.filter(source => typesOnly.has(source.path))) {
      expect(text.match(/^import (?!type)/gm), path).toBeNull()
    }
  })

  it('a provider imports no other provider, and is reached only through the registry', () => {
    const unit = (path: string): string => path.replace(/^providers\//, '').split(/[/.]/)[0] ?? ''
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter(found => found.startsWith('providers/') && found !== 'providers/index.ts')
        .filter(
          found =>
            path !== 'providers/index.ts' && !(path.startsWith('providers/') && unit(path) === unit(found)),
        )
        .map(found => `${path} imports ${found}`),
    )
    expect(wrong).toEqual([])
  })

  it('the core of the start-up path loads no heavy library', () => {
    const heavy = /^(?:zod|yaml|age-encryption|chalk)/
    const lazy = /^src\/core\/(?:manifest\/|compose\/|bounded-yaml\.ts)/
    const wrong = sources
      .filter(({ path }) => !lazy.test(path))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/^import (?!type)[^'"]*['"]([^'"]+)['"]/gm)]
          .filter(([, found = '']) => heavy.test(found) && !path.startsWith('providers/'))
          .map(([, found = '']) => `${path} imports ${found}`),
      )
    expect(wrong).toEqual([])
  })
})

describe('the world is touched only where it belongs', () => {
  const forbidden: readonly { what: string; pattern: RegExp; allowed: RegExp }[] = [
    { what: 'console', pattern: /\bconsole\./, allowed: /^$/ },
    { what: 'process.exit', pattern: /process\.exit\b/, allowed: /^src\/main\.ts$/ },
    {
      what: 'process',
      pattern: /\bprocess\.(?!report)/,
      allowed: /^src\/(?:main|composition|runtime|env)\.ts$|^src\/effects\//,
    },
    { what: 'Math.random', pattern: /Math\.random/, allowed: /^$/ },
    {
      what: 'the clock',
      pattern: /Date\.now\(|new Date\(\)/,
      allowed: /^src\/effects\/|^src\/(?:runtime|env)\.ts$/,
    },
    {
      what: 'randomness',
      pattern:
        /\b(?:randomBytes|randomInt|randomUUID|getRandomValues|generateKeyPair(?:Sync)?|generateKey(?:Sync)?)\((?!\d)/,
      allowed: /^src\/effects\//,
    },
    { what: 'files', pattern: /['"]node:fs/, allowed: /^src\/effects\/|^src\/(?:runtime|env)\.ts$/ },
    { what: 'child processes', pattern: /['"]node:child_process/, allowed: /^src\/effects\// },
    { what: 'timers', pattern: /\bset(?:Timeout|Interval)\(/, allowed: /^src\/effects\// },
    {
      what: 'the network',
      pattern: /\bfetch\(|['"]node:(?:http|https|net|tls)['"]/,
      // pipes.ts reads a pipe of this machine, for which Node has no other class.
      allowed:
        /^providers\/(?:vault|azure|gcp)\/transport\.ts$|^src\/effects\/(?:run\/pipes|post|syslog|hooks\/(?:http|tcp))\.ts$/,
    },
  ]
  for (const { what, pattern, allowed: places } of forbidden) {
    it(what, () => {
      const wrong = sources
        .filter(({ path, text }) => pattern.test(withoutComments(text)) && !places.test(path))
        .map(({ path }) => path)
      expect(wrong).toEqual([])
    })
  }
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** Where a value leaves its wrapper. A new place is a reviewed line. */
const revealSites = [
  'providers/aws/api.ts',
  'providers/aws/staged-field.ts',
  'providers/aws/store.ts',
  'providers/azure/client.ts',
  'providers/azure/limits.ts',
  'providers/azure/store.ts',
  'providers/dotenv/edit.ts',
  'providers/dotenv/record.ts',
  'providers/dotenv.ts',
  'providers/gcp/api.ts',
  'providers/gcp/store.ts',
  'providers/vault/client.ts',
  'providers/vault/credentials.ts',
  'providers/vault/requester.ts',
  'providers/vault/staging.ts',
  'providers/vault/store.ts',
  'src/flows/generate.ts',
  'src/commands/get.ts',
  'src/connect/foreign/reply.ts',
  'src/connect/foreign/request.ts',
  'src/core/document/changes.ts',
  'src/core/document/records.ts',
  'src/core/fingerprint.ts',
  'src/core/json-object.ts',
  'src/core/notify/pagerduty.ts',
  'src/core/notify/webhook.ts',
  'src/core/push/plan.ts',
  'src/core/redact/spellings.ts',
  'src/core/rotation/replaced.ts',
  'src/core/run/checks.ts',
  'src/core/run/secret-variable.ts',
  'src/core/run/variables.ts',
  'src/core/secret-equality.ts',
  'src/flows/init/values.ts',
  'src/flows/passphrase.ts',
  'src/generators/index.ts',
  'src/effects/hooks/run.ts',
  'src/effects/post.ts',
  'src/effects/runner.ts',
  'src/flows/rotation/admission.ts',
  'src/flows/validate/provider-source.ts',
  'src/flows/values.ts',
]

describe('values', () => {
  it('are revealed only in the listed places', () => {
    const found = sources
      .filter(({ text }) => /\.reveal\(\)/.test(withoutComments(text)))
      .map(({ path }) => path)
      .filter(path => !path.startsWith('providers/local'))
    expect(found.sort()).toEqual([...revealSites].sort())
  })
})

describe('trust', () => {
  it('is asked for at the one place that connects', () => {
    const found = sources.filter(({ text }) => /\bcontext\.connect\b/.test(withoutComments(text)))
    expect(found.map(({ path }) => path)).toEqual(['src/flows/targets.ts'])
  })

  it('is asked for before the one place that runs hooks is given any', () => {
    const found = sources.filter(({ text }) => /\bcontext\.hooks\b/.test(withoutComments(text)))
    expect(found.map(({ path }) => path)).toEqual(['src/flows/rotation/hooks.ts'])
    const makers = sources.filter(({ text }) => /new SecretHooks\(/.test(withoutComments(text)))
    expect(makers.map(({ path }) => path)).toEqual(['src/flows/rotation/candidates.ts'])
  })
})

describe('house limits', () => {
  it('no source file has more than 300 lines', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 301).map(({ path }) => path)
    expect(long).toEqual([])
  })

  it('no file has a name that says nothing', () => {
    const vague = sources.filter(({ path }) =>
      /\b(?:utils?|helpers?|manager|service|common|misc)\b/.test(path),
    )
    expect(vague.map(({ path }) => path)).toEqual([])
  })

  it('the runtime helper stays small enough to be read at once', () => {
    const runtime = sources.find(({ path }) => path === 'src/runtime.ts')
    expect(runtime?.text.split('\n').length).toBeLessThanOrEqual(101)
  })
})
