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
 * Kinds of keys that few have are most of age's code: post-quantum identities are loaded from a file of their own at
 * their first use; P-256 recipients belong to plugins, which cannot be used here.
 */
const hybridKeys = createRequire(require.resolve('age-encryption')).resolve('@noble/post-quantum/hybrid.js')
const lazyAge = {
  name: 'lazy-age',
  resolveId(source, importer) {
    if (!/[\\/]age-encryption[\\/]/.test(importer ?? '')) return null
    if (source === '@noble/post-quantum/hybrid.js') return '\0lazy-hybrid'
    return source === '@noble/curves/nist.js' ? '\0no-p256' : null
  },
  load(id) {
    if (id === '\0no-p256') return 'export const p256 = undefined'
    if (id !== '\0lazy-hybrid') return null
    const lazy = name =>
      `export const ${name} = new Proxy({}, { get: (_, key) => require('../hybrid.cjs').${name}[key] })`
    return ['MLKEM768X25519', 'MLKEM768P256'].map(lazy).join('\n')
  },
}

/** One character beyond Latin-1 makes V8 hold the whole file in two bytes a character, and read it at half the speed. */
const asciiOnly = {
  name: 'ascii-only',
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== 'chunk') continue
      // Outside of strings, templates and patterns, which all know this escape, no such character stands in the output.
      file.code = file.code.replaceAll(
        /[^\0-\x7f]/g,
        unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    }
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
        { name: 'writing', test: /[\\/]src[\\/]core[\\/]env-file[\\/](?:edit|write|readers)/ },
        {
          name: 'core',
          test: /[\\/]src[\\/]core[\\/](?:env-file|schema|placeholder|environment|template-name|policy|init-record|form|manifest[\\/]manifest)/,
        },
        // Rules for what is deployed or rare stay apart: they are loaded only with such a file.
        {
          name: 'judging',
          test: /[\\/]src[\\/](?:rules[\\/](?!deployment|special|variable-rule|lifetime)|flows[\\/](?:validate|rule-choice))/,
        },
        {
          name: 'reading',
          test: /[\\/]src[\\/](?:flows[\\/](?:targets|project|manifest|init-record|text-file)|effects[\\/]files[\\/]read|effects[\\/]files\.)/,
        },
      ],
    },
  },
)
await bundle({ hybrid: hybridKeys }, { format: 'cjs' })
await bundle({ runtime: 'src/runtime.ts' }, { format: 'cjs' })
await bundle({ runtime: 'src/runtime.ts' }, { format: 'esm', entryFileNames: '[name].mjs' })
await writeTypes('runtime')
await writeSchema()
await writeLicences()

async function bundle(input, output, directory = dist) {
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, resolve(root, file)])),
    platform: 'node',
    external: ['../hybrid.cjs'],
    plugins: [lazyChildProcess, bareNodeVault, lazyAge, asciiOnly],
    preserveEntrySignatures: 'allow-extension',
    // The core is pure: a module of it is loaded only where something of it is used.
    treeshake: { moduleSideEffects: [{ test: /[\\/]src[\\/]core[\\/]/, sideEffects: false }] },
    resolve: {
      conditionNames: ['node', 'import', 'default'],
      // Its modules for browsers say the same; unlike the others they can be taken apart, and print nothing to debug.
      alias: { yaml: join(root, 'node_modules', 'yaml', 'browser', 'dist', 'index.js') },
    },
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
    texts.push(`${'-'.repeat(78)}\n${name} ${version} (${license})\n\n${await licenceText(directory)}`)
  }
  texts.push(
    await readFile(join(root, 'src', 'generators', 'eff-long-list.LICENSE.txt'), 'utf8').catch(() => ''),
  )
  await writeFile(join(root, 'THIRD-PARTY-LICENSES.txt'), `${texts.filter(Boolean).join('\n\n')}\n`)
}

async function licenceText(directory) {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE']) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => undefined)
    if (text !== undefined) return text.trim()
  }
  throw new Error(`${dirname(directory)}: a bundled package has no licence file: ${directory}`)
}
