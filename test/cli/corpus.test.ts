import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { targetOfTemplate } from '../../src/core/template-name.ts'
import { Project } from '../support/cli.ts'
import { sharedDirectory } from '../support/shared.ts'
import { some } from '../support/thorough.ts'

const directory = join(sharedDirectory ?? '', 'corpus', 'templates')
const templates = sharedDirectory === undefined ? [] : readdirSync(directory)

/** The file's own name is what stands behind the last part of the path. */
const ownName = (file: string): string => /__([^_].*|_rename.*)$/.exec(file)?.[1]?.split('__').at(-1) ?? file

// Real templates: whatever they hold, init does its part and validate agrees with it on what is left for a person.
describe.skipIf(sharedDirectory === undefined)(
  'init and validate on real templates (needs the shared test data)',
  () => {
    it.each(some(templates, 3))('%s', async file => {
      const project = new Project()
      const name = ownName(file)
      project.write(name, readFileSync(join(directory, file)))
      const isTemplate = targetOfTemplate(name) !== undefined
      const words = isTemplate ? ['init'] : ['init', '--from', name, '--to', '.env.local']
      const made = await project.json(words)
      expect([made.report.error, made.stderr]).toEqual([undefined, ''])
      const [filled] = made.report.data?.['files'] as { target: string; needs: { name: string }[] }[]
      const needs = filled!.needs.map(need => need.name)
      expect(made.code).toBe(needs.length === 0 ? 0 : 1)

      const { report } = await project.json(['validate', filled!.target])
      const findings = report.data?.['findings'] as {
        severity: string
        name?: string
        rule: string
        line: number
      }[]
      const errors = findings.filter(
        ({ severity, name: found }) => severity === 'error' && !needs.includes(found ?? ''),
      )
      expect(errors).toEqual([])
    })
  },
)
