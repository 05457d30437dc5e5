import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AuditDraft } from '../../src/core/audit/entry.ts'
import { parseHead } from '../../src/core/audit/head.ts'
import { ChainCheck } from '../../src/core/audit/verify.ts'
import { FileSink } from '../../src/flows/audit/file-sink.ts'
import { readKey } from '../../src/flows/audit/key.ts'
import { Project } from '../support/cli.ts'
import { createTestContext } from '../support/context.ts'

const day = 86_400_000
const start = Date.UTC(2026, 0, 1)

/** One log over many days: each call of `write` is a day later. */
function diary(retention: number) {
  const project = new Project()
  const place = { path: join(project.path, '.secrets/audit.jsonl'), head: join(project.home, 'x/audit.head') }
  let now = start
  const contextNow = () =>
    createTestContext(project, { providers: {}, connect: () => Promise.reject(new Error('no store')), now })
  const draft = (event_type: string, details: Readonly<Record<string, unknown>> = {}): AuditDraft => ({
    timestamp: new Date(now).toISOString(),
    ...{ event_type, user: 'ann', host: 'a', action: 'get', target: 't', environment: 'e' },
    ...{ result: 'success', run_id: '0', details },
  })
  return {
    project,
    async write(): Promise<void> {
      const limits = { bytes: 1_000_000, age: 31 * day }
      const sink = new FileSink(contextNow(), { place, retention, manifest: '', draft, limits })
      await sink.write([draft('secret.read')], true)
      now += day
    },
    files: () => readdirSync(join(project.path, '.secrets')).sort(),
    async check() {
      const key = (await readKey(contextNow())) ?? new Uint8Array()
      const head = parseHead(readFileSync(place.head, 'utf8'), key)
      const chain = new ChainCheck(key, head, 'a')
      for (const name of readdirSync(join(project.path, '.secrets')).sort((a, b) => order(a) - order(b))) {
        const lines = project.read(`.secrets/${name}`).trimEnd().split('\n')
        for (const [index, line] of lines.entries()) chain.add(line, name, index + 1, true)
      }
      return chain.finish()
    },
  }
}

/** The file that is written now comes last. */
function order(name: string): number {
  return Number(/\.(\d{12})\./.exec(name)?.[1] ?? Number.MAX_SAFE_INTEGER)
}

describe('the files of an audit log', () => {
  it('are closed after a month, and stay one chain', async () => {
    const { write, files, check } = diary(365 * day)
    for (let count = 0; count < 100; count += 1) await write()
    expect(files()).toEqual([
      'audit.000000000031.jsonl',
      'audit.000000000062.jsonl',
      'audit.000000000093.jsonl',
      'audit.jsonl',
    ])
    expect(await check()).toMatchObject({ entries: 100, problems: [], open: [] })
  })

  it('go after the retention; a line of the log says so, and nothing else may be missing', async () => {
    const { write, files, check, project } = diary(60 * day)
    for (let count = 0; count < 160; count += 1) await write()
    const names = files()
    expect(names.length).toBe(3)
    expect(names).not.toContain('audit.000000000031.jsonl')
    expect(await check()).toMatchObject({ problems: [], open: [] })
    const [oldest = ''] = names
    project.write(`.secrets/${oldest}`, project.read(`.secrets/${oldest}`).split('\n').slice(1).join('\n'))
    expect((await check()).problems).toEqual([{ kind: 'removed', path: oldest, line: 1 }])
  })
})
