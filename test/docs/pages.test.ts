import { expect, it } from 'vitest'
import { Project } from '../support/cli.ts'
import { followPage } from './page.ts'

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

it.each(pages)('%s does what it says', { timeout: 120_000 }, async page => {
  expect(await followPage(page, new Project())).toBeGreaterThan(1)
})
