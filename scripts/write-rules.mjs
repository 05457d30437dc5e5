// Writes docs/rules.md from the rules. Run it after a rule has changed; a test fails while the page is behind.
import { rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

const root = resolve(import.meta.dirname, '..')
const scratch = join(root, 'node_modules', '.cache', `secrets-rules-${process.pid}`)
const build = await rolldown({ input: join(root, 'scripts', 'rules-page.ts'), platform: 'node' })
await build.write({ dir: scratch, format: 'cjs', entryFileNames: 'page.cjs' })
await build.close()
const { rulesPage } = createRequire(import.meta.url)(join(scratch, 'page.cjs'))
await writeFile(join(root, 'docs', 'rules.md'), await rulesPage())
await rm(scratch, { recursive: true })
