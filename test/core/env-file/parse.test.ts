import dotenv from 'dotenv'
import fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { EnvDocument, placeOf, type EnvNode } from '../../../src/core/env-file/index.ts'
import { anyEnvText } from './env-text.ts'

const encoder = new TextEncoder()

function parse(text: string): EnvDocument {
  return EnvDocument.parse(encoder.encode(text), '.env')
}

function kinds(document: EnvDocument): string[] {
  return document.nodes.map(node => node.kind)
}

function only<K extends EnvNode['kind']>(document: EnvDocument, kind: K): Extract<EnvNode, { kind: K }> {
  const found = document.nodes.filter((node): node is Extract<EnvNode, { kind: K }> => node.kind === kind)
  expect(found).toHaveLength(1)
  return found[0]!
}

/** What dotenv reads; it loses `__proto__`, because it collects into a plain object. */
function oracle(text: string): Map<string, string> {
  return new Map(Object.entries(dotenv.parse(text)))
}

function withoutProto(values: Map<string, string>): Map<string, string> {
  values.delete('__proto__')
  return new Map([...values].sort())
}

describe('any text', () => {
  it('prints what it parsed, byte by byte, and its spans tile the text', () => {
    fc.assert(
      fc.property(anyEnvText, text => {
        const document = parse(text)
        expect(Buffer.from(document.print()).equals(encoder.encode(text))).toBe(true)
        let end = 0
        for (const node of document.nodes) {
          expect(node.span.start).toBe(end)
          expect(node.span.end).toBeGreaterThan(end)
          end = node.span.end
        }
        expect(document.nodes.map(node => document.sourceText(node)).join('')).toBe(
          text.replace(/^\ufeff/, ''),
        )
      }),
      { numRuns: 3000 },
    )
  })

  it('reads the values that dotenv reads', () => {
    fc.assert(
      fc.property(anyEnvText, text => {
        expect(withoutProto(parse(text).values())).toEqual(new Map([...oracle(text)].sort()))
      }),
      { numRuns: 20_000 },
    )
  })

  it('says where names and values stand', () => {
    fc.assert(
      fc.property(anyEnvText, text => {
        const body = text.replace(/^\ufeff/, '')
        const lines = body.split(/\r\n|\n|\r/)
        const document = parse(text)
        for (const node of document.assignments) {
          expect(lines[node.line - 1]!.startsWith(node.name, node.nameColumn - 1)).toBe(true)
          const first = document.slice(node.valueSpan).split(/[\r\n]/)[0]!
          expect(lines[node.valueLine - 1]!.startsWith(first, node.valueColumn - 1)).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('values', () => {
  const cases: [title: string, text: string, expected: Record<string, string>][] = [
    ['colon and blank', 'A: 1', { A: '1' }],
    ['colon at a line end takes the next line', 'A:\nB=2', { A: 'B=2' }],
    ['colon without a blank is no assignment', 'A:1', {}],
    ['a quoted value on the next line', "A=\n'b'", { A: 'b' }],
    ['an equals sign on the next line', 'A\n=1', { A: '1' }],
    ['dots and dashes', 'a.b-c=1', { 'a.b-c': '1' }],
    ['export as a name', 'export=1', { export: '1' }],
    ['blanks around the equals sign', 'A = 1 ', { A: '1' }],
    ['the last duplicate', 'A=1\nA=2', { A: '2' }],
    [
      'escapes in double quotes only',
      'A="a\\nb\\r"\nB=\'a\\nb\'\nC=a\\nb',
      { A: 'a\nb\r', B: 'a\\nb', C: 'a\\nb' },
    ],
    ['escapes behind an open double quote', 'A="a\\nb', { A: '"a\nb' }],
    ['text behind quotes', 'A="x" y', { A: '"x" y' }],
    ['two quoted texts', "A='x' 'y'", { A: "x' 'y" }],
    ['lines inside quotes', 'A="x\r\ny"', { A: 'x\ny' }],
    ['a value behind a line separator in a comment', '# c\u2028A=1', { A: '1' }],
    ['quotes around one of the lines between separators', 'A=a\u2028"b"\u2028c', { A: 'a\u2028b\u2028c' }],
  ]

  it.each(cases)('%s', (_title, text, expected) => {
    expect(Object.fromEntries(parse(text).values())).toEqual(expected)
    expect(dotenv.parse(text)).toEqual(expected)
  })

  it('keeps __proto__, which dotenv loses', () => {
    const document = parse('__proto__=a\n__proto__=b\nconstructor=c\n')
    expect([...document.values()]).toEqual([
      ['__proto__', 'b'],
      ['constructor', 'c'],
    ])
    expect(document.find('toString')).toBeUndefined()
  })

  it('finds the last of several, and all of them', () => {
    const document = parse('A=1\nB=2\nexport A=3\n')
    expect(document.value(document.find('A')!)).toBe('3')
    expect(document.findAll('A').map(node => node.line)).toEqual([1, 3])
    expect(document.findAll('C')).toEqual([])
  })
})

describe('nodes', () => {
  it('tells the kinds of lines apart', () => {
    const document = parse(
      '# Title\n\n#KEY=1\n# export OLD = two\n## NAME=\n# see A.B or C=d\n# secrets: keep\n \nA=1 # why\nnonsense\n',
    )
    expect(kinds(document)).toEqual([
      'comment',
      'blank',
      'commented-assignment',
      'commented-assignment',
      'commented-assignment',
      'comment',
      'directive',
      'blank',
      'assignment',
      'unreadable',
    ])
    expect(document.nodes[3]).toMatchObject({ name: 'OLD', text: 'two', line: 4, column: 1 })
    expect(document.nodes[0]).toMatchObject({ text: 'Title' })
  })

  it('takes blank lines that stand together as one, whatever they hold', () => {
    const document = parse('\n \r\n\t\n\u2028\nA=1\n\n\nB=2\n\n  ')
    expect(kinds(document)).toEqual(['blank', 'assignment', 'blank', 'assignment', 'blank'])
    expect(document.nodes.map(({ line }) => line)).toEqual([1, 5, 6, 8, 9])
    expect(document.nodes.map(node => document.sourceText(node))).toEqual([
      '\n \r\n\t\n\u2028\n',
      'A=1\n',
      '\n\n',
      'B=2\n',
      '\n  ',
    ])
  })

  it('counts lines and columns behind multi-line values, indentation and a byte order mark', () => {
    const document = parse('\ufeffA="1\r\n2" # x\r\n  export B =  \'v\'   #  y \r\n# last')
    expect(document.assignments[0]).toMatchObject({ line: 1, nameColumn: 1, valueLine: 1, valueColumn: 3 })
    expect(document.assignments[0]!.inlineComment).toEqual({ text: 'x', column: 4 })
    const second = document.assignments[1]!
    expect(second).toMatchObject({
      line: 3,
      nameColumn: 10,
      valueColumn: 15,
      quote: 'single',
      exported: true,
    })
    expect(second.inlineComment).toEqual({ text: 'y', column: 21 })
    expect(placeOf('.env', second)).toEqual({ path: '.env', line: 3, column: 10 })
    expect(only(document, 'comment')).toMatchObject({ line: 4, column: 1, text: 'last' })
  })

  it('has an empty value span behind the operator where there is no value', () => {
    for (const text of ['A=', 'A= # c', 'A:  ', 'A:\n\nB', 'A =  \n']) {
      const node = parse(text).assignments[0]!
      expect(node.valueSpan).toEqual({ start: node.operatorEnd, end: node.operatorEnd })
      expect(text.charAt(node.operatorEnd - 1)).toMatch(/[=:]/)
    }
  })

  it('knows the prevailing line end', () => {
    expect(parse('A=1\r\nB=2\r\nC=3\n').newline).toBe('\r\n')
    expect(parse('A=1\r\nB=2\n').newline).toBe('\n')
    expect(parse('A=1').newline).toBe('\n')
  })
})

describe('files that are no text', () => {
  const cases: [title: string, bytes: Uint8Array, message: RegExp, line: number | undefined][] = [
    ['UTF-16LE', new Uint8Array([0xff, 0xfe, 65, 0, 61, 0]), /UTF-16LE/, undefined],
    ['UTF-16BE', new Uint8Array([0xfe, 0xff, 0, 65, 0, 61]), /UTF-16BE/, undefined],
    ['UTF-32LE', new Uint8Array([0xff, 0xfe, 0, 0, 65, 0, 0, 0]), /UTF-32LE/, undefined],
    ['NUL', new Uint8Array([65, 61, 10, 66, 0]), /NUL/, 2],
    ['latin1', new Uint8Array([65, 61, 49, 10, 10, 66, 61, 0xe9]), /UTF-8/, 3],
    ['an overlong sequence', new Uint8Array([65, 61, 0xc0, 0xaf, 10]), /UTF-8/, 1],
    ['a surrogate in UTF-8', new Uint8Array([65, 61, 0xed, 0xa0, 0x80]), /UTF-8/, 1],
  ]

  it.each(cases)('refuses %s', (_title, bytes, message, line) => {
    const refused = expect.objectContaining({
      code: 'env_file.not_text',
      message: expect.stringMatching(message) as string,
      at: line === undefined ? { path: '.env' } : { path: '.env', line },
    }) as Error
    expect(() => EnvDocument.parse(bytes, '.env')).toThrow(refused)
  })

  it('refuses text that has no bytes', () => {
    expect(() => EnvDocument.fromText('A=\ud800', '.env')).toThrow(/surrogate/)
    expect(() => EnvDocument.fromText('A=\0', '.env')).toThrow(/NUL/)
  })
})

it('shows no content when printed by accident', () => {
  const document = parse('A=hunter2 # hunter2\n#B=hunter2\n')
  expect(inspect(document, { depth: 10, showHidden: true })).not.toContain('hunter2')
  expect(JSON.stringify(document)).not.toContain('hunter2')
})
