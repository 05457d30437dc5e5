import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import index from '../../templates/index.json' with { type: 'json' }
import { Project } from '../support/cli.ts'

const directory = resolve(import.meta.dirname, '../../templates')

describe('shipped templates', () => {
  it('the index names every folder and every file', () => {
    const folders = readdirSync(directory, { withFileTypes: true }).filter(entry => entry.isDirectory())
    expect(Object.keys(index).sort()).toEqual(folders.map(({ name }) => name).sort())
    for (const [id, { files }] of Object.entries(index)) {
      const found = readdirSync(resolve(directory, id), { recursive: true, withFileTypes: true })
      expect(files.length).toBe(found.filter(entry => entry.isFile()).length)
    }
  })

  it('are listed with one line each', async () => {
    const { code, report } = await new Project().json(['init', '--template'])
    const titles = Object.entries(index).map(([id, { title }]) => ({ id, title }))
    expect([code, report.data?.['templates']]).toEqual([0, titles])
  })

  it.each(Object.keys(index))('%s: init, then validate --strict, in an empty directory', async id => {
    const project = new Project()
    const made = await project.json(['init', '--template', id])
    expect([made.code, made.report.data?.['files']]).toMatchObject([0, expect.any(Array)])
    const { code, report } = await project.json(['validate', '--strict'])
    expect([code, report.data?.['findings']]).toEqual([0, []])
    expect((await project.run(['init'])).code).toBe(0)
  })
})
