import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  append,
  EditSession,
  encodeValue,
  EnvDocument,
  insertAfter,
  insertBefore,
  remove,
  replaceNodes,
  setValue,
} from '../../../src/core/env-file/index.ts'
import { anyEnvText } from './env-text.ts'
import { anyValue } from './values.ts'

function parse(text: string): EnvDocument {
  return EnvDocument.fromText(text, '.env')
}

function text(document: EnvDocument): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(document.print())
}

function set(source: string, name: string, encoded: string): string {
  const document = parse(source)
  return text(setValue(document, document.find(name)!, encoded))
}

describe('setValue', () => {
  const cases: [source: string, encoded: string, expected: string][] = [
    ['A=', 'new', 'A=new'],
    ['A=\n', 'new', 'A=new\n'],
    ['A=old\n', 'new', 'A=new\n'],
    ['A="old"  # why\n', "'new'", "A='new'  # why\n"],
    ['  export A =  old  \r\nB=1', 'new', '  export A =  new  \r\nB=1'],
    ['A= # why', 'new', 'A=new # why'],
    ['A=#why', 'new', 'A=new #why'],
    ['A=old#why', 'new', 'A=new #why'],
    ['A="old"#why', 'new', 'A=new #why'],
    ['A: old', 'new', 'A: new'],
    ['A: \nB=1', 'new', 'A: new \nB=1'],
    ['A:\n\nB=1', 'new', 'A: new\n\nB=1'],
    ["A=\n'old'\n", 'new', 'A=new\n'],
    ['A="two\nlines" # why\n', 'new', 'A=new # why\n'],
    ['A="old"', '"two\nlines"', 'A="two\nlines"'],
    ['A = old  \n', '', 'A =\n'],
    ['A=old # why', '', 'A= # why'],
    ['\ufeffA=old', 'new', '\ufeffA=new'],
    ['A=1\nA=old\n', 'new', 'A=1\nA=new\n'],
  ]

  it.each(cases)('%j with %j', (source, encoded, expected) => {
    expect(set(source, 'A', encoded)).toBe(expected)
  })

  it('changes that value and nothing else, in any text', () => {
    fc.assert(
      fc.property(anyEnvText, anyValue, fc.nat(), (source, value, choice) => {
        const document = parse(source)
        const node = document.assignments[choice % Math.max(1, document.assignments.length)]
        const encoded = encodeValue(value, ['dotenv'])
        if (node === undefined || !('text' in encoded)) return
        const edited = trySetValue(document, node, encoded.text)
        if (edited === undefined) return
        const expected = document.assignments.map(each => [
          each.name,
          each === node ? value : document.value(each),
        ])
        expect(edited.assignments.map(each => [each.name, edited.value(each)])).toEqual(expected)
        const before = document.slice({ start: 0, end: node.operatorEnd })
        expect(edited.slice({ start: 0, end: node.operatorEnd })).toBe(before)
        // Behind U+2028 dotenv sees a comment line or a part of the value, depending on the quotes.
        if (/[\u2028\u2029]/.test(source)) return
        const comments = (of: EnvDocument): (string | undefined)[] =>
          of.assignments.map(each => each.inlineComment?.text)
        expect(comments(edited)).toEqual(comments(document))
      }),
      { numRuns: 5000 },
    )
  })

  /** `undefined` where the edit was refused because another line would read otherwise. */
  function trySetValue(...args: Parameters<typeof setValue>): EnvDocument | undefined {
    try {
      return setValue(...args)
    } catch (error) {
      expect(error).toMatchObject({ code: 'env_file.unsupported_value' })
      return undefined
    }
  }

  it('refuses a text that would swallow the lines below', () => {
    const document = parse('A=1\nB="x"\n')
    const refused = expect.objectContaining({ code: 'env_file.unsupported_value' }) as Error
    expect(() => setValue(document, document.find('A')!, '"open\n')).toThrow(refused)
    expect(() => setValue(document, document.find('A')!, 'hunter2\nC=3')).toThrow(refused)
    expect(() => setValue(document, document.find('A')!, 'a # b')).toThrow(refused)
  })

  it('refuses an empty value where the next line would become the value', () => {
    const document = parse("A=1\n'next'\n")
    expect(() => setValue(document, document.find('A')!, '')).toThrow(
      expect.objectContaining({ code: 'env_file.unsupported_value' }) as Error,
    )
  })
})

describe('lines', () => {
  it('get the line end of the document', () => {
    const document = parse('# t\r\nA=1\r\nB=2')
    const [, a, b] = document.nodes
    expect(text(insertBefore(document, a!, ['X=1', 'Y=2']))).toBe('# t\r\nX=1\r\nY=2\r\nA=1\r\nB=2')
    expect(text(insertAfter(document, a!, ['X=1']))).toBe('# t\r\nA=1\r\nX=1\r\nB=2')
    expect(text(insertAfter(document, b!, ['X=1']))).toBe('# t\r\nA=1\r\nB=2\r\nX=1\r\n')
    expect(text(append(document, ['X=1', 'Y=2']))).toBe('# t\r\nA=1\r\nB=2\r\nX=1\r\nY=2\r\n')
  })

  it('stand behind a byte order mark, and start an empty file', () => {
    const document = parse('\ufeffA=1\n')
    expect(text(insertBefore(document, document.nodes[0]!, ['X=1']))).toBe('\ufeffX=1\nA=1\n')
    expect(text(append(parse(''), ['X=1']))).toBe('X=1\n')
    expect(text(append(parse('A=1\n'), []))).toBe('A=1\n')
  })

  it('are removed and replaced whole', () => {
    const document = parse('A="1\n1"\n# c\nB=2\n')
    expect(text(remove(document, document.nodes.slice(0, 2)))).toBe('B=2\n')
    expect(text(replaceNodes(document, document.nodes.slice(1), ['X=1']))).toBe('A="1\n1"\nX=1\n')
  })

  it('do not change what other lines read as', () => {
    const document = parse('A="open\nB=2\n')
    expect(() => append(document, ['C="x', '"'])).not.toThrow()
    const refused = expect.objectContaining({ code: 'env_file.unsupported_value' }) as Error
    expect(() => append(document, ['"'])).toThrow(refused)
  })
})

describe('EditSession', () => {
  it('applies many edits in one pass', () => {
    const source = Array.from({ length: 10_000 }, (_, index) => `# c\nKEY_${String(index)}= # x\n`).join('')
    const document = parse(source)
    const session = new EditSession(document)
    for (const node of document.assignments) {
      session.insertBefore(node, ['# secrets: keep']).setValue(node, 'v')
    }
    const edited = session.append(['LAST=1']).apply()
    expect(edited.values().size).toBe(10_001)
    expect(text(edited)).toBe(source.replaceAll(/# c\n(KEY_\d+=)/g, '# c\n# secrets: keep\n$1v') + 'LAST=1\n')
  })

  it('orders edits at one place: value, lines after, lines before, removal, end', () => {
    const document = parse('A=')
    const [a] = document.assignments
    const edited = new EditSession(document)
      .append(['Z=9'])
      .insertAfter(a!, ['B=1'])
      .insertAfter(a!, ['C=2'])
      .setValue(a!, 'v')
      .insertBefore(a!, ['# 1'])
      .insertBefore(a!, ['# 2'])
      .apply()
    expect(text(edited)).toBe('# 1\n# 2\nA=v\nB=1\nC=2\nZ=9\n')
  })

  it('returns the document itself when there is nothing to do', () => {
    const document = parse('A=1')
    expect(new EditSession(document).apply()).toBe(document)
  })

  it('refuses overlapping edits and nodes of other documents', () => {
    const document = parse('A=1\nB=2\n')
    const [a] = document.assignments
    expect(() => new EditSession(document).remove([a!]).setValue(a!, '2').apply()).toThrow(TypeError)
    expect(() => new EditSession(document).setValue(a!, '3').setValue(a!, '2').apply()).toThrow(TypeError)
    expect(() => new EditSession(parse('A=1\n')).setValue(a!, '3')).toThrow(TypeError)
  })
})
