// Builds what is shipped: dist/secrets.cjs (the core) with lazy chunks beside it, the runtime helper for applications,
// the manifest's JSON Schema, and the licences of the libraries inside.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
const dist = join(root, 'dist')
const require = createRequire(import.meta.url)
/** The text of that licence, for packages that name it but do not carry it. */
const standardTexts = { 'Apache-2.0': join(root, 'node_modules', 'google-auth-library', 'LICENSE') }

/** Commander loads child_process for executable subcommands, which we have none of: loaded only if it is ever used. */
const lazyChildProcess = {
  name: 'lazy-child-process',
  resolveId(source, importer) {
    const isCommander = /[\\/]commander[\\/]/.test(importer ?? '')
    return isCommander && source === 'node:child_process' ? '\0lazy-child-process' : null
  },
  load(id) {
    if (id !== '\0lazy-child-process') return null
    const get = "(_, name) => process.getBuiltinModule('node:child_process')[name]"
    return { code: `module.exports = new Proxy({}, { get: ${get} })`, moduleType: 'js' }
  },
}

/**
 * What node-vault loads besides itself is never used: the Vault adapter gives it a transport of its own in place of
 * axios, and leaves out its checks, templates and debug output. 330 KB less, and nothing that could print a value.
 */
const bareNodeVault = {
  name: 'bare-node-vault',
  resolveId(source, importer) {
    const isNodeVault = /[\\/]node-vault[\\/]/.test(importer ?? '')
    return isNodeVault && ['axios', 'debug', 'mustache', 'tv4'].includes(source) ? '\0unused' : null
  },
  load(id) {
    return id === '\0unused' ? { code: 'module.exports = () => undefined', moduleType: 'js' } : null
  },
}

/**
 * The Google SDK is used in its REST mode: what only gRPC needs (grpc-js, its loader, a second copy of the protos) is
 * left out, and so are the other API versions. Its debug output, which GOOGLE_SDK_NODE_LOGGING turns on and which
 * prints whole requests with tokens and values, is not there either.
 */
const bareGoogle = {
  name: 'bare-google',
  resolveId(source, importer) {
    const from = importer?.replaceAll('\\', '/') ?? ''
    const isSdk = from.includes('/@google-cloud/secret-manager/')
    if (isSdk && source === 'google-gax') return '\0google-gax'
    if (source === 'google-logging-utils') return '\0google-logging-utils'
    // Proxies of the environment are not used.
    if (source === 'https-proxy-agent' && /\/gaxios\//.test(from)) return '\0unused'
    // For the metadata server only; Node has its own.
    if (source === 'node-fetch' && /\/(?:gaxios|google-gax)\//.test(from)) return '\0node-fetch'
    return isSdk && /v1beta|protos\/protos$/.test(source) ? '\0unused' : null
  },
  load(id) {
    if (id === '\0google-gax') {
      const rest = JSON.stringify(require.resolve('google-gax/fallback'))
      const code = `const rest = require(${rest})
        const quiet = { info() {} }
        module.exports = { fallback: rest, loggingUtils: { log: () => quiet }, decodeAnyProtosInArray: all => all }`
      return { code, moduleType: 'js' }
    }
    if (id === '\0node-fetch')
      return { code: 'module.exports = { default: globalThis.fetch }', moduleType: 'js' }
    if (id !== '\0google-logging-utils') return null
    const code = `const quiet = Object.assign(() => undefined, { info() {}, debug() {}, warn() {}, error() {} })
      module.exports = { log: () => quiet }`
    return { code, moduleType: 'js' }
  },
}

await rm(dist, { recursive: true, force: true })
await mkdir(join(dist, 'types'), { recursive: true })
const modules = new Set()
await bundle(
  { secrets: 'src/main.ts' },
  {
    format: 'cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    // What reads and judges files is one part: each file more costs more than a few functions that are not called.
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        {
          name: 'core',
          test: /[\\/]src[\\/]core[\\/](?:env-file|schema|placeholder|environment|template-name|policy|init-record)/,
        },
        {
          name: 'reading',
          test: /[\\/]src[\\/](?:flows[\\/](?:targets|project|manifest|init-record|text-file)|effects[\\/]files[\\/]read|effects[\\/]files\.)/,
        },
      ],
    },
  },
)
await bundle({ runtime: 'src/runtime.ts' }, { format: 'cjs' })
await bundle({ runtime: 'src/runtime.ts' }, { format: 'esm', entryFileNames: '[name].mjs' })
await writeTypes('runtime')
await writeSchema()
await writeLicences()

async function bundle(input, output, directory = dist) {
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, join(root, file)])),
    platform: 'node',
    plugins: [lazyChildProcess, bareNodeVault, bareGoogle],
    preserveEntrySignatures: 'allow-extension',
    resolve: { conditionNames: ['node', 'import', 'default'] },
    onwarn: warning => {
      throw new Error(`the bundler warns: ${warning.message}`)
    },
  })
  const { output: files } = await build.write({
    dir: directory,
    minify: true,
    sourcemap: false,
    entryFileNames: '[name].cjs',
    ...output,
  })
  await build.close()
  for (const file of files) for (const id of file.moduleIds ?? []) modules.add(id)
}

async function writeTypes(name) {
  const file = join(root, 'src', `${name}.ts`)
  const { outputText, diagnostics } = ts.transpileDeclaration(await readFile(file, 'utf8'), {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: { isolatedDeclarations: true, declaration: true, strict: true },
  })
  if (diagnostics.length > 0) throw new Error(`${name}.ts: its exports need written types`)
  await writeFile(join(dist, 'types', `${name}.d.ts`), outputText)
}

/** The schema is derived from the zod schema in the source, so that the two cannot differ. */
async function writeSchema() {
  const scratch = join(root, 'node_modules', '.cache', 'secrets-schema')
  await bundle({ schema: 'scripts/manifest-schema.ts' }, { format: 'cjs' }, scratch)
  const { manifestSchema } = require(join(scratch, 'schema.cjs'))
  await writeFile(join(dist, 'schema.json'), `${JSON.stringify(manifestSchema(), null, 2)}\n`)
  await rm(scratch, { recursive: true })
}

async function writeLicences() {
  const packages = new Map()
  for (const id of modules) {
    const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))
    if (match) packages.set(match[1], join(match[1], 'package.json'))
  }
  const texts = ['Libraries inside the published files, each with its licence.']
  for (const [directory, file] of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(file, 'utf8'))
    texts.push(
      `${'-'.repeat(78)}\n${name} ${version} (${license})\n\n${await licenceText(directory, license)}`,
    )
  }
  texts.push(
    await readFile(join(root, 'src', 'generators', 'eff-long-list.LICENSE.txt'), 'utf8').catch(() => ''),
  )
  await writeFile(join(root, 'THIRD-PARTY-LICENSES.txt'), `${texts.filter(Boolean).join('\n\n')}\n`)
}

async function licenceText(directory, license) {
  for (const name of [
    'LICENSE',
    'LICENSE.md',
    'LICENSE.txt',
    'license',
    'LICENCE',
    'LICENCE.md',
    'LICENSE-MIT.txt',
  ]) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => undefined)
    if (text !== undefined) return text.trim()
  }
  const standard = standardTexts[license]
  if (standard !== undefined) return (await readFile(standard, 'utf8')).trim()
  throw new Error(`${dirname(directory)}: a bundled package has no licence file: ${directory}`)
}
