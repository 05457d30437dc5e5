// Builds what is shipped: dist/secrets.cjs (the core) with lazy chunks beside it, the runtime helper for applications,
// the manifest's JSON Schema, and the licences of the libraries inside.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
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
await bundle({ runtime: 'src/runtime.ts' }, { format: 'cjs' })
await bundle({ runtime: 'src/runtime.ts' }, { format: 'esm', entryFileNames: '[name].mjs' })
await writeTypes('runtime')
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
  const scratch = await mkdtemp(join(tmpdir(), 'secrets-schema-'))
  await bundle({ schema: 'scripts/manifest-schema.ts' }, { format: 'cjs' }, scratch)
  const { manifestSchema } = require(join(scratch, 'schema.cjs'))
  await writeFile(join(dist, 'schema.json'), `${JSON.stringify(manifestSchema(), null, 2)}\n`)
  await rm(scratch, { recursive: true })
}
