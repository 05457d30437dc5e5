import { describe, expect, it } from 'vitest'
import {
  EnvDocument,
  readersDisagree,
  readerIds,
  readValue,
  type Disagreement,
  type ReaderId,
} from '../../../src/core/env-file/index.ts'

const expands = Symbol('expands')
const refused = Symbol('refused')
type Expected = string | typeof expands | typeof refused

function reading(reader: ReaderId, text: string): Expected {
  const result = readValue(reader, text)
  if (result.kind === 'value') return result.value
  return result.kind === 'expands' ? expands : refused
}

/** Measured with compose-go 2.16.2, docker/cli 29.9.3 and libsystemd 252, by hand-written cases. */
const fixtures: Partial<Record<ReaderId, [text: string, expected: Expected][]>> = {
  compose: [
    ['', ''],
    ['a b  ', 'a b'],
    [' a', 'a'],
    ['a#b', 'a#b'],
    ['a #b', 'a'],
    [' #b', '#b'],
    ["'a # $B \\n' # c", 'a # $B \\n'],
    ["'it\\'s'", "it's"],
    ["'a\\\\b'", 'a\\\\b'],
    ['"a\\tb\\"c\\\\d"', 'a\tb"c\\d'],
    ['"a\\xb"', 'a\\xb'],
    ['"\\$A $$B"', '$A $B'],
    ['pa$$word', 'pa$word'],
    ['$1 $ a$', '$1 $ a$'],
    ['$A', expands],
    ['${A:-b}', expands],
    ['"$A"', expands],
    ['`a`', '`a`'],
    ['"a\nb"', 'a\nb'],
    ['"a', refused],
    ['"a" b', refused],
    ['a\\nb', 'a\\nb'],
  ],
  docker: [
    ['', ''],
    [' a # b ', ' a # b '],
    ['a"b', 'a"b'],
    ['$A', '$A'],
    ['"a"', '"a"'],
    ["'a'", "'a'"],
    ['"a\nb"', refused],
    ['x'.repeat(65_536), refused],
  ],
  systemd: [
    ['', ''],
    [' a b ', 'a b'],
    ['"a b"', 'a b'],
    ["'a\\b'", 'a\\b'],
    ['"a\\"b\\\\c\\$d\\ne"', 'a"b\\c$d\\ne'],
    ['a\\ b\\c', 'a bc'],
    ['a"b"', 'a"b"'],
    ['"a"b"c"', 'ab"c"'],
    ["'a' # b", 'a# b'],
    ['a # b', 'a # b'],
    ['$A `id`', '$A `id`'],
    ['"a\nb"', 'a\nb'],
    ["'a' 'b'", 'ab'],
    ['a\\', refused],
    ['"a', refused],
    ['"a\u0001"', refused],
    ['\uffff', refused],
  ],
  sops: [
    ['"a"', '"a"'],
    [' a\\nb # c', ' a\nb # c'],
    ['a\nb', refused],
  ],
  bash: [
    ['a#b', 'a#b'],
    ['#a', '#a'],
    ['a # b', 'a'],
    ['a b', refused],
    [' a', refused],
    ['a\'b\'"c"\\d', 'abcd'],
    ['"a\\nb"', 'a\\nb'],
    ['"a\\$b\\`"', 'a$b`'],
    ['`id`', expands],
    ['"$(id)"', expands],
    ['~/a', expands],
    ['a;id', refused],
    ["'a", refused],
    ['"a\u0001"', refused],
    ['"a\u007f"', refused],
  ],
  node: [
    ['"a\\"b"', 'a\\'],
    ["'a' b", 'a'],
    ['a#b', 'a'],
    [' ', refused],
    ['\ta', refused],
    ['"a', refused],
  ],
  'python-dotenv': [
    ['#a', '#a'],
    ['a#b', 'a#b'],
    ['a #b', 'a'],
    [' # a', '# a'],
    ["'a\\\\b\\'c\\n'", "a\\b'c\\n"],
    ['"a\\tb"', 'a\tb'],
    ["'${A}'", expands],
    ['${A', '${A'],
    ['$A', '$A'],
    ['"x" y', refused],
  ],
  dotenv: [
    ['a#b', 'a'],
    ['"a\\"b"', refused],
    ["'a' 'b'", refused],
    ['"open', refused],
    ['a\nb', refused],
  ],
}

describe.each(readerIds)('the model of %s', id => {
  it.each(fixtures[id] ?? [])('reads %j as %s', (text, expected) => {
    expect(reading(id, text)).toBe(expected)
  })
})

describe('readersDisagree', () => {
  function disagree(line: string, readers?: readonly ReaderId[]): readonly Disagreement[] {
    const document = EnvDocument.fromText(line, '.env')
    return readersDisagree(document, document.assignments[0]!, readers)
  }

  const cases: [line: string, readers: readonly ReaderId[] | undefined, expected: Record<string, string>][] =
    [
      ['A=abc\n', readerIds, {}],
      ['A=\n', readerIds, {}],
      ['A=abc\r\n', undefined, {}],
      [
        'A=abc\r\n',
        ['dotenv', 'bash', 'docker', 'systemd', 'sops'],
        { bash: 'another-value', sops: 'another-value' },
      ],
      ['A="two\r\nlines"\r\n', undefined, {}],
      [
        'export A=abc\n',
        ['dotenv', 'node', 'bash', 'docker', 'systemd'],
        { docker: 'nothing', systemd: 'nothing' },
      ],
      ['A = abc\n', ['dotenv', 'node', 'systemd', 'bash'], { bash: 'nothing' }],
      ['A: abc\n', undefined, { node: 'nothing', 'python-dotenv': 'nothing' }],
      ['A=a#b\n', undefined, { 'python-dotenv': 'another-value', compose: 'another-value' }],
      ['A= # why\n', undefined, { 'python-dotenv': 'another-value', compose: 'another-value' }],
      [
        "A='a b' # why\n",
        [...readerIds],
        { docker: 'another-value', systemd: 'another-value', sops: 'another-value' },
      ],
      ['A=${B}\n', undefined, { 'python-dotenv': 'expansion', compose: 'expansion' }],
      ['A=${B}\n', ['compose', 'python-dotenv'], {}],
      ['A=$B\n', undefined, { compose: 'expansion' }],
      ['A="open\n', undefined, { node: 'nothing', 'python-dotenv': 'nothing', compose: 'nothing' }],
      ['A= \n', undefined, { node: 'nothing' }],
      ['A.b-c=1\n', ['dotenv', 'node', 'bash'], { bash: 'nothing' }],
      ["A=\n'next'\n", ['dotenv', 'node'], { node: 'nothing' }],
      ['A=1', [], {}],
    ]

  it.each(cases)('%j, %j', (line, readers, expected) => {
    const found = disagree(line, readers).map(({ reader, reads }) => [reader, reads])
    expect(Object.fromEntries(found)).toEqual(expected)
  })
})
