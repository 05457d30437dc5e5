import dotenv from 'dotenv'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EnvDocument, readAssignment, type ReaderId } from '../../../src/core/env-file/index.ts'
import { sharedDirectory } from '../../support/shared.ts'

const corpus = join(sharedDirectory ?? '', 'corpus')

function listFiles(directory: string): string[] {
  if (sharedDirectory === undefined) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.endsWith('.json'))
    .map(entry => join(entry.parentPath, entry.name))
}

function isNotText(bytes: Buffer): boolean {
  return bytes.includes(0) || !bytes.equals(Buffer.from(bytes.toString()))
}

function sortedEntries(values: Iterable<readonly [string, string]>): (readonly [string, string])[] {
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1))
}

describe.skipIf(sharedDirectory === undefined)('real files (needs the shared test data)', () => {
  const templates = listFiles(join(corpus, 'templates'))
  const fixtures = listFiles(join(corpus, 'parser'))

  it('has them', () => {
    expect(templates.length).toBeGreaterThan(40)
    expect(fixtures.length).toBeGreaterThan(50)
  })

  it('reads and prints every one as dotenv reads it, and refuses what is no text', () => {
    for (const path of [...templates, ...fixtures]) {
      const bytes = readFileSync(path)
      if (isNotText(bytes)) {
        expect(() => EnvDocument.parse(bytes, path), path).toThrow(
          expect.objectContaining({ code: 'env_file.not_text' }) as Error,
        )
        continue
      }
      const document = EnvDocument.parse(bytes, path)
      expect(bytes.equals(document.print()), path).toBe(true)
      expect(sortedEntries(document.values()), path).toEqual(
        sortedEntries(Object.entries(dotenv.parse(bytes))),
      )
    }
  })

  it('finds every labelled variable, and takes no comment for a directive', () => {
    const labels = JSON.parse(readFileSync(join(corpus, 'labels.json'), 'utf8')) as Record<string, object>
    for (const path of templates) {
      const document = EnvDocument.parse(readFileSync(path), path)
      expect(document.nodes.filter(node => node.kind === 'directive')).toEqual([])
      expect([...document.values().keys()]).toEqual(
        expect.arrayContaining(Object.keys(labels[basename(path)] ?? {})),
      )
    }
    expect(Object.keys(labels).length).toBeGreaterThan(40)
  })

  interface Expectation {
    readonly dialect: string
    readonly interpolate?: boolean
    readonly file?: string
    readonly input?: string
    readonly expect?: Record<string, string | null>
  }

  function expectations(project: string): (Expectation & { readonly text: string })[] {
    const directory = join(corpus, 'parser', project)
    return ['expect.json', 'cases.json']
      .map(name => join(directory, name))
      .filter(existsSync)
      .flatMap(path => JSON.parse(readFileSync(path, 'utf8')) as Expectation[])
      .map(each => ({
        ...each,
        text: each.input ?? readFileSync(join(directory, each.file ?? ''), 'utf8'),
      }))
  }

  it("agrees with what dotenv's own tests expect", () => {
    const cases = expectations('motdotla__dotenv')
    expect(cases.length).toBeGreaterThan(1)
    for (const each of cases) {
      const values = EnvDocument.fromText(each.text, each.file ?? '').values()
      expect(Object.fromEntries(values), each.file).toEqual(each.expect)
    }
  })

  it('agrees with the other projects on plain lines', () => {
    const isPlain = /^(?:(?:export )?[A-Za-z_]\w*=(?:[\w./:+-]*|'[\w ]*'|"[\w ]*")\s*|#.*|\s*)$/
    let compared = 0
    for (const project of readdirSync(join(corpus, 'parser'))) {
      for (const each of expectations(project)) {
        if (each.expect === undefined || !each.text.split(/\r\n|\n|\r/).every(line => isPlain.test(line)))
          continue
        compared++
        const values = EnvDocument.fromText(each.text, project).values()
        expect(Object.fromEntries(values), each.text).toEqual(each.expect)
      }
    }
    expect(compared).toBeGreaterThan(20)
  })

  const modelled: [project: string, reader: ReaderId][] = [
    ['compose-spec__compose-go', 'compose'],
    ['theskumar__python-dotenv', 'python-dotenv'],
  ]

  it.each(modelled)('%s: the model of %s says what its tests expect', (project, reader) => {
    let compared = 0
    for (const each of expectations(project)) {
      const document = EnvDocument.fromText(each.text, project)
      for (const node of document.assignments) {
        const expected = each.expect?.[node.name]
        const reading = readAssignment(document, node, reader)
        if (typeof expected !== 'string' || reading.kind !== 'value' || document.find(node.name) !== node)
          continue
        compared++
        expect(reading.value, each.text).toBe(expected)
      }
    }
    expect(compared).toBeGreaterThan(20)
  })
})
