// Builds what is shipped: dist/secrets.cjs (the core) with lazy chunks beside it, the runtime helper for applications,
// the manifest's JSON Schema, and the licences of the libraries inside.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, posix, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import ts from 'typescript'
import { groups } from './bundle/groups.mjs'
import { licencesOf } from './bundle/licences.mjs'
import { hybridKeys, plugins } from './bundle/plugins.mjs'

const root = resolve(import.meta.dirname, '..')
const dist = join(root, 'dist')
const require = createRequire(import.meta.url)
await rm(dist, { recursive: true, force: true })
await mkdir(join(dist, 'types'), { recursive: true })
const modules = new Set()
await bundle(
  { secrets: 'src/main.ts' },
  {
    format: 'cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    codeSplitting: { includeDependenciesRecursively: false, groups: groups(root) },
  },
)
await bundle({ hybrid: hybridKeys }, { format: 'cjs' })
// A program of its own, in which the schema module of a project runs.
await bundle(
  { 'schema-child': 'src/effects/schema-child.ts' },
  { format: 'esm', entryFileNames: '[name].mjs' },
)
// For applications.
for (const name of ['runtime', 'env']) {
  const source = `src/${name}.ts`
  await bundle({ [name]: source }, { format: 'cjs' })
  await bundle({ [name]: source }, { format: 'esm', entryFileNames: '[name].mjs' })
  await writeTypes(source, `${name}.d.ts`)
}
// For whoever writes an adapter: the types of the contract, and the suite that our own providers pass.
const published = { provider: 'test/contract/published.ts' }
await bundle(published, { format: 'cjs', codeSplitting: false })
await bundle(published, { format: 'esm', codeSplitting: false, entryFileNames: '[name].mjs' })
await writeTypeTree('test/contract/published.ts', 'provider')
await writeSchema()
await writeFile(join(root, 'THIRD-PARTY-LICENSES.txt'), await licencesOf(modules, root))

async function bundle(input, output, directory = dist) {
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, resolve(root, file)])),
    platform: 'node',
    external: ['../hybrid.cjs'],
    plugins,
    preserveEntrySignatures: 'allow-extension',
    // The core is pure: a module of it is loaded only where something of it is used.
    treeshake: { moduleSideEffects: [{ test: /[\\/]src[\\/]core[\\/]/, sideEffects: false }] },
    resolve: {
      conditionNames: ['node', 'import', 'default'],
      // Its modules for browsers say the same; unlike the others they can be taken apart, and print nothing to debug.
      alias: { yaml: join(root, 'node_modules', 'yaml', 'browser', 'dist', 'index.js') },
    },
    onwarn: warning => {
      // What belongs to one file of ours is asked for lazily all the same: which files there are is said elsewhere.
      if (warning.code === 'INEFFECTIVE_DYNAMIC_IMPORT') return
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

async function writeTypes(source, target) {
  await writeFile(join(dist, 'types', target), await typesOf(source))
}

/** The types of a module and of all that they are made of, each beside the others as in the source. */
async function writeTypeTree(source, target) {
  const directory = join(dist, 'types', target)
  const waiting = [source]
  for (const file of waiting) {
    const text = await typesOf(file)
    for (const [, found] of text.matchAll(
      /^(?:import|export)(?: type)? (?:\{[^}]*\}|\*) from ['"](\.[^'"]+)['"]/gm,
    )) {
      const path = posix.join(posix.dirname(file), found)
      if (!waiting.includes(path)) waiting.push(path)
    }
    const place = join(directory, file.replace(/\.ts$/, '.d.ts'))
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, text.replaceAll(/(['"]\.[^'"]+)\.ts(?=['"])/g, '$1.js'))
  }
  await writeFile(`${directory}.d.ts`, `export * from './${target}/${source.replace(/\.ts$/, '.js')}'\n`)
}

async function typesOf(source) {
  const file = join(root, source)
  const { outputText, diagnostics } = ts.transpileDeclaration(await readFile(file, 'utf8'), {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: { isolatedDeclarations: true, declaration: true, strict: true },
  })
  // Methods that have a symbol for their name (how a Secret is printed) cannot be written, and need not be.
  const [wrong] = diagnostics.filter(({ code }) => code !== 9038)
  if (wrong !== undefined) {
    const { messageText } = wrong
    throw new Error(
      `${source}: its exports need written types: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  }
  return outputText.replaceAll(/^ +\[\w+(?:\.\w+)?\].*\n/gm, '')
}

/** The schema is derived from the zod schema in the source, so that the two cannot differ. */
async function writeSchema() {
  const scratch = await mkdtemp(join(tmpdir(), 'secrets-schema-'))
  await bundle({ schema: 'scripts/manifest-schema.ts' }, { format: 'cjs' }, scratch)
  const { manifestSchema } = require(join(scratch, 'schema.cjs'))
  await writeFile(join(dist, 'schema.json'), `${JSON.stringify(manifestSchema(), null, 2)}\n`)
  await rm(scratch, { recursive: true })
}
