import { describe, expect, it } from 'vitest'
import { auditCsv } from '../../../src/core/audit/csv.ts'
import {
  type AuditDraft,
  type ChainPoint,
  chainStart,
  keyId,
  lastPoint,
  parseLine,
  sealEntry,
} from '../../../src/core/audit/entry.ts'
import { type AuditHead, formatHead, parseHead } from '../../../src/core/audit/head.ts'
import { ChainCheck } from '../../../src/core/audit/verify.ts'
import { sha256 } from '../../../src/core/trust/digest.ts'

const key = new Uint8Array(32).fill(7)

function draft(more: Partial<AuditDraft> = {}): AuditDraft {
  return {
    timestamp: '2026-11-21T09:00:00.000Z',
    event_type: 'secret.read',
    user: 'ann',
    host: 'build-1',
    action: 'get',
    target: 'vault',
    environment: 'production',
    name: 'TOKEN',
    result: 'success',
    run_id: '00',
    ...more,
  }
}

function chain(drafts: readonly AuditDraft[], after: ChainPoint = chainStart, by = key) {
  const lines: string[] = []
  let point = after
  for (const one of drafts) {
    const sealed = sealEntry(one, point, by)
    lines.push(sealed.line)
    point = sealed.point
  }
  return { lines, point }
}

function headAt(point: ChainPoint): AuditHead {
  return { ...point, began: 0, manifest: '' }
}

function check(lines: readonly string[], head?: AuditHead, rest?: string) {
  const chainCheck = new ChainCheck(key, head, 'a')
  for (const [index, line] of lines.entries()) chainCheck.add(line, 'a', index + 1, true)
  if (rest !== undefined) chainCheck.add(rest, 'a', lines.length + 1, false)
  const { problems, ...others } = chainCheck.finish()
  return { ...others, problems: problems.map(({ kind, line }) => `${kind}:${String(line)}`) }
}

const five = chain(Array.from({ length: 5 }, (_, index) => draft({ run_id: String(index) })))
const [one = '', two = '', three = '', four = '', last = ''] = five.lines

describe('a chain of entries', () => {
  it('is intact as it was written, also where it is ahead of its record', () => {
    expect(check(five.lines, headAt(five.point))).toMatchObject({ entries: 5, problems: [] })
    const third = parseLine(three)?.entry
    expect(check(five.lines, headAt({ seq: 3, mac: third?.mac ?? '' })).problems).toEqual([])
  })

  it.each([
    ['an edit', [one, two.replace('"ann"', '"bob"'), three, four, last], 'edited:2'],
    ['an edit of the first line', [one.replace('"ann"', '"bob"'), two, three, four, last], 'edited:1'],
    ['a removed line', [one, two, four, last], 'removed:3'],
    ['a removed beginning', [two, three, four, last], 'removed:1'],
    ['a removed end', [one, two, three], 'truncated:3'],
    ['everything removed', [], 'truncated:0'],
    ['two lines that changed places', [one, three, two, four, last], 'reordered:2'],
    ['a line that stands there twice', [one, two, two, three, four, last], 'duplicated:3'],
    ['a line of something else', [one, two, 'x', three, four, last], 'unreadable:3'],
    [
      'a forged line',
      [one, two, ...chain([draft()], chainStart, new Uint8Array(32)).lines, last],
      'other_key:3',
    ],
  ])('shows %s first, with its line', (_, lines, expected) => {
    expect(check(lines, headAt(five.point)).problems[0]).toBe(expected)
  })

  it('shows an older log that was put back and written on', () => {
    const other = chain([draft({ user: 'eve' }), draft(), draft()], {
      seq: 2,
      mac: parseLine(two)?.entry.mac ?? '',
    })
    expect(check([one, two, ...other.lines], headAt(five.point)).problems).toEqual(['replaced:5'])
  })

  it('begins later where a line of its own says that older ones went', () => {
    const { mac, seq } = parseLine(two)?.entry ?? chainStart
    const told = draft({ event_type: 'audit.pruned', details: { through: seq, mac } })
    const after = chain([told], five.point)
    expect(check([three, four, last, ...after.lines], headAt(after.point)).problems).toEqual([])
    expect(check([four, last, ...after.lines], headAt(after.point)).problems).toEqual(['removed:1'])
  })

  it('tells a line that a crash cut off from an edit', () => {
    const torn = three.slice(0, 40)
    const recovered = draft({ event_type: 'audit.recovered', details: { sha256: sha256(Buffer.from(torn)) } })
    const { lines, point } = chain([recovered], { seq: 2, mac: parseLine(two)?.entry.mac ?? '' })
    expect(check([one, two, torn, ...lines], headAt(point))).toMatchObject({
      problems: [],
      torn: [{ line: 3 }],
    })
    expect(check([one, two, `${torn}x`, ...lines], headAt(point)).problems).toEqual(['unreadable:3'])
    expect(check([one, two], headAt({ seq: 2, mac: parseLine(two)?.entry.mac ?? '' }), torn)).toMatchObject({
      problems: [],
      torn: [{ line: 3 }],
    })
  })

  it('reports intents without an end, which is no fault of the log', () => {
    const { lines } = chain([draft({ result: 'started' }), draft({ result: 'started' }), draft({ of: 1 })])
    expect(check(lines)).toMatchObject({ problems: [], open: [{ seq: 2 }] })
  })

  it('property: one changed byte anywhere in any line is found', () => {
    for (const [index, line] of five.lines.entries()) {
      for (let at = 0; at < line.length; at += 7) {
        const other = line.slice(0, at) + (line[at] === '1' ? '2' : '1') + line.slice(at + 1)
        const lines = five.lines.map((same, place) => (place === index ? other : same))
        expect(
          check(lines, headAt(five.point)).problems.length,
          `${String(index)}:${String(at)}`,
        ).toBeGreaterThan(0)
      }
    }
  })
})

describe('what a writer goes on from', () => {
  it('is the last whole line, where this key made it', () => {
    const text = `${five.lines.join('\n')}\n`
    expect(lastPoint(text, key)).toEqual({ ...five.point, key: keyId(key), isTrue: true })
    expect(lastPoint(text.replace('"run_id":"4"', '"run_id":"5"'), key)?.isTrue).toBe(false)
    expect(lastPoint(`${text}{"seq":6`, key)?.seq).toBe(5)
    expect(lastPoint('', key)).toBeUndefined()
  })

  it('is a record of one size, which nobody else can write', () => {
    const head = headAt(five.point)
    const bytes = formatHead(head, key)
    expect([bytes.length, parseHead(Buffer.from(bytes).toString(), key)]).toEqual([512, head])
    expect(parseHead(Buffer.from(bytes).toString(), new Uint8Array(32))).toBeUndefined()
    expect(parseHead(Buffer.from(bytes).toString().replace('"seq":5', '"seq":4'), key)).toBeUndefined()
  })
})

describe('CSV', () => {
  it('has no cell that a spreadsheet takes for a formula, and quotes what it must', () => {
    for (const text of ['=cmd()', '+1', '-1', '@x', '\t=1', '\r=1', '%0A', ' =1', '|calc']) {
      const entry = parseLine(chain([draft({ target: text })]).lines[0] ?? '')?.entry
      const row = auditCsv(entry === undefined ? [] : [entry])
        .split('\n')
        .slice(1)
        .join('\n')
      expect(row).toMatch(/,"?'/)
    }
    const entry = parseLine(chain([draft({ target: 'a"b,c' })]).lines[0] ?? '')?.entry
    expect(auditCsv(entry === undefined ? [] : [entry])).toContain(',"a""b,c",')
  })
})
