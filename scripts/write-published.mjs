// Writes src/core/published-values.ts. Run it after the list or a template has changed; a test fails while it is behind.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { publishedModule } from './published-values.mjs'

await writeFile(resolve(import.meta.dirname, '..', 'src', 'core', 'published-values.ts'), publishedModule())
