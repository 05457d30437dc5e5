import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { expect as own } from '../contract/expect.ts'
import { type AdapterModule, providerSuite } from '../contract/published.ts'
import { startKeyValueStore } from '../servers/key-value.ts'
import { Secret } from '../../src/core/secret.ts'
import { fileOfPage } from '../support/example-adapter.ts'

const directory = mkdtempSync(join(tmpdir(), 'secrets-suite-'))
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** The titles of the tests that fail. The runner is as plain as one can be. */
async function failuresOf(module: string, name: string): Promise<readonly string[]> {
  const file = join(directory, `${name}.mjs`)
  writeFileSync(file, module)
  const adapter = (await import(pathToFileURL(file).href)) as AdapterModule
  const tests: { readonly title: string; readonly run: () => Promise<void> }[] = []
  const path: string[] = []
  await providerSuite(
    {
      describe(title, define) {
        path.push(title)
        define()
        path.pop()
      },
      it(title, run) {
        tests.push({ title: [...path, title].join(' > '), run })
      },
    },
    {
      id: 'x',
      adapter,
      async start() {
        const store = await startKeyValueStore()
        return {
          many: 150,
          settings: { address: store.address },
          env: { MY_STORE_TOKEN: store.token },
          breakStore() {
            store.failWith(403)
            return Promise.resolve()
          },
          stop: () => store.stop(),
        }
      },
    },
  )
  expect(tests.length).toBeGreaterThan(50)
  const failed: string[] = []
  for (const { title, run } of tests) await run().catch(() => failed.push(title))
  return failed
}

describe('the published suite', () => {
  const example = fileOfPage('my-store.mjs')

  it('passes the adapter of the page, with any runner', { timeout: 120_000 }, async () => {
    expect(await failuresOf(example, 'whole')).toEqual([])
  })

  it.each([
    ['denial taken for absence', 'reply.status === 404', 'reply.status >= 400', 'absence'],
    ['the first page for the whole list', 'after = next', 'after = undefined', 'list'],
    ['a write that takes no notice of its base', "{ 'if-match': base }", '{}', 'writeIf'],
    ['a value cut', 'value: value.reveal()', 'value: value.reveal().trim()', 'values'],
    ['any version for the one that was asked for', 'wanted.version !== found.version', 'false', 'absence'],
    ['a remove that does nothing', "'DELETE'", "'GET'", 'write and remove'],
    ['a version for all', 'return { version }', "return { version: 'v' }", 'write and remove'],
  ])('fails %s', { timeout: 120_000 }, async (title, from, to, where) => {
    expect(example).toContain(from)
    const failed = await failuresOf(example.replace(from, to), title.replaceAll(' ', '-'))
    expect(failed.filter(one => one.includes(where))).not.toEqual([])
  })
})

describe('its own expect', () => {
  const held = { name: 'A', list: [{ one: 1 }], value: new Secret('one-value'), none: undefined }

  it.each([
    ['toBe', 1, 1, 2],
    ['toBe', Number.NaN, Number.NaN, 0],
    ['toEqual', held, { ...held, value: new Secret('one-value') }, { ...held, value: new Secret('another') }],
    ['toEqual', held, { name: 'A', list: [{ one: 1 }], value: held.value }, { ...held, list: [] }],
    ['toEqual', [1, 2], [1, 2], [1, 2, 3]],
    ['toEqual', undefined, undefined, null],
    ['toEqual', new Secret('a'), new Secret('a'), 'a'],
    ['toMatchObject', held, { list: [{ one: 1 }] }, { list: [] }],
    ['toMatchObject', { a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { b: 2 } }],
    ['toContain', ['a', 'b'], 'b', 'c'],
    ['toContain', 'abc', 'bc', 'd'],
    ['toContainEqual', [{ a: 1 }], { a: 1 }, { a: 2 }],
    ['toHaveLength', [1], 1, 2],
  ] as const)('%s', (verb, found, right, wrong) => {
    const claim = (wanted: unknown, isNot = false) => {
      const matchers = isNot ? own(found).not : own(found)
      ;(matchers[verb] as (wanted: unknown) => void)(wanted)
    }
    claim(right)
    claim(wrong, true)
    expect(() => {
      claim(wrong)
    }).toThrow()
    expect(() => {
      claim(right, true)
    }).toThrow()
  })

  it('toBeDefined, toBeUndefined; no secret in what it says', () => {
    own(1).toBeDefined()
    own(undefined).toBeUndefined()
    expect(() => {
      own(undefined).toBeDefined()
    }).toThrow('defined')
    expect(() => {
      own(held, 'what').toBeUndefined()
    }).toThrow(/^what: /)
    expect(() => {
      own(held).toEqual({ ...held, value: new Secret('another') })
    }).not.toThrow(/one-value|another/)
  })
})
