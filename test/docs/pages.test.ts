import { mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { followPage } from './page.ts'
import { some } from '../support/thorough.ts'

// Every command line that these pages print, run in an empty directory in the order in which they stand there.
const pages = [
  'README.md',
  'docs/init.md',
  'docs/generators.md',
  'docs/run.md',
  'docs/values.md',
  'docs/doctor.md',
  'docs/providers.md',
  'docs/reports.md',
  'docs/validate.md',
  'docs/rotation.md',
  'docs/audit.md',
  'docs/notify.md',
]

/** An application's directory: this package and a schema library are installed in it. */
function installPackages(project: Project): void {
  const root = resolve(import.meta.dirname, '../..')
  const modules = join(project.path, 'node_modules')
  mkdirSync(join(modules, '@dualkey'), { recursive: true })
  symlinkSync(root, join(modules, '@dualkey', 'secrets'))
  for (const name of ['zod', 'typescript']) symlinkSync(join(root, 'node_modules', name), join(modules, name))
}

it('docs/schema.md does what it says', { timeout: 120_000 }, async () => {
  const project = new Project()
  installPackages(project)
  expect(await followPage('docs/schema.md', project)).toBeGreaterThan(1)
})

// Each has its commands in other tests too: half of them here, every one in the thorough run.
it.each(some(pages, 2))('%s does what it says', { timeout: 120_000 }, async page => {
  expect(await followPage(page, new Project())).toBeGreaterThan(1)
})
