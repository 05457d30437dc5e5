import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  directiveVerbs,
  EnvDocument,
  formatDirective,
  parseDirective,
  type Directive,
} from '../../../src/core/env-file/index.ts'
import { anyValue } from './values.ts'

const anyKey = fc.oneof(
  fc.constantFrom('reason', 'id', '__proto__', 'constructor', 'A.b-c'),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/),
)

const anyDirective: fc.Arbitrary<Directive> = fc.record({
  verb: fc.constantFrom(...directiveVerbs.filter(verb => verb !== 'allow')),
  args: fc.array(fc.stringMatching(/^[A-Za-z0-9_.:/+,@%~^*-]{1,10}$/), { maxLength: 3 }),
  keys: fc
    .array(fc.tuple(anyKey, fc.oneof(anyValue, fc.string())), { maxLength: 4 })
    .map(pairs => Object.fromEntries(pairs)),
})

function problemOf(comment: string): string | undefined {
  const directive = parseDirective(comment)
  return directive !== undefined && 'problem' in directive ? directive.problem : undefined
}

describe('parseDirective', () => {
  const cases: [comment: string, expected: Directive][] = [
    ['secrets: keep', { verb: 'keep', args: [], keys: {} }],
    ['# secrets: generate hex:32', { verb: 'generate', args: ['hex:32'], keys: {} }],
    ['#secrets:\task  optional ', { verb: 'ask', args: ['optional'], keys: {} }],
    [
      'secrets: allow weak reason="it\\u0027s \\"fine\\" = ok"',
      {
        verb: 'allow',
        args: ['weak'],
        keys: { reason: 'it\'s "fine" = ok' },
      },
    ],
    [
      'secrets: rotation A id=1 check=a.b= at=2026-11-21T09:00:00Z',
      {
        verb: 'rotation',
        args: ['A'],
        keys: { id: '1', check: 'a.b=', at: '2026-11-21T09:00:00Z' },
      },
    ],
    ['secrets: pending A="a b\\n\\u00e9"', { verb: 'pending', args: [], keys: { A: 'a b\né' } }],
    ['secrets: pending A=""', { verb: 'pending', args: [], keys: { A: '' } }],
  ]

  it.each(cases)('reads %j', (comment, expected) => {
    expect(parseDirective(comment)).toEqual(expected)
  })

  it('leaves other comments alone', () => {
    const comments = [
      '',
      '#',
      '# Secrets: keep',
      '## secrets: keep',
      '# # secrets: keep',
      '# secrets',
      '# secrets:keep',
    ]
    for (const comment of [...comments, '# my secrets: keep']) expect(parseDirective(comment)).toBeUndefined()
  })

  const broken = [
    'secrets:',
    'secrets: hunter2',
    'secrets: allow weak',
    'secrets: allow weak reason=" "',
    'secrets: pending A="hunter2',
    'secrets: pending A="hunter2"x',
    "secrets: pending A='hunter2'x\"",
    'secrets: pending A="hunter2\\x"',
    'secrets: pending A="\\ud800hunter2"',
    'secrets: pending A=',
    'secrets: pending =hunter2',
    'secrets: pending A=1 hunter2',
    'secrets: pending A=hunter2 A=hunter2',
    'secrets: pending é=hunter2',
    'secrets: pending "hunter2"',
  ]

  it.each(broken)('has a problem with %j and quotes none of it', comment => {
    const problem = problemOf(comment)
    expect(problem).toBeTypeOf('string')
    expect(problem).not.toContain('hunter2')
  })
})

describe('formatDirective', () => {
  it('writes one printable ASCII line that reads back equal', () => {
    fc.assert(
      fc.property(anyDirective, directive => {
        const line = formatDirective(directive)
        expect(line).toMatch(/^# secrets: [ -~]*$/)
        expect(parseDirective(line)).toEqual(directive)
        const node = EnvDocument.fromText(`${line}\nA=1\n`, '.env').nodes[0]!
        expect(node).toMatchObject({ kind: 'directive', directive })
      }),
      { numRuns: 3000 },
    )
  })

  it('changes the reading of no line around it', () => {
    fc.assert(
      fc.property(
        anyDirective,
        fc.constantFrom('A="open', "A='open", 'A=`open', 'A='),
        (directive, above) => {
          const values = EnvDocument.fromText(
            `${above}\n${formatDirective(directive)}\nB=2\n`,
            '.env',
          ).values()
          expect(values).toEqual(
            new Map([
              ['A', above.slice(2)],
              ['B', '2'],
            ]),
          )
        },
      ),
      { numRuns: 1000 },
    )
  })

  const unwritable: Directive[] = [
    { verb: 'hunter2', args: [], keys: {} },
    { verb: 'allow', args: ['weak'], keys: {} },
    { verb: 'ask', args: ['hunter2 b'], keys: {} },
    { verb: 'ask', args: [''], keys: {} },
    { verb: 'ask', args: ['hunter2=b'], keys: {} },
    { verb: 'ask', args: ['hunter2\n'], keys: {} },
    { verb: 'ask', args: [], keys: { 'hunter2 b': 'x' } },
    { verb: 'pending', args: [], keys: { A: 'hunter2\ud800' } },
  ]

  it.each(unwritable)('refuses %j', directive => {
    const refused = expect.objectContaining({
      code: 'env_file.invalid_directive',
      message: expect.not.stringContaining('hunter2') as string,
    }) as Error
    expect(() => formatDirective(directive)).toThrow(refused)
  })
})

describe('directives of a document', () => {
  const document = EnvDocument.fromText(
    [
      '# secrets: keep',
      '',
      '# secrets: generate hex:32',
      '# secrets: nonsense',
      '# secrets: rotation A id=1',
      'A=1',
      '# secrets: ask',
      '# a comment in between',
      'B=2',
      'C=3',
    ].join('\n'),
    '.env',
  )

  function verbsFor(name: string): string[] {
    return document.directivesFor(document.find(name)!).map(directive => directive.verb)
  }

  it('belong to the variable right below them', () => {
    expect(verbsFor('A')).toEqual(['generate', 'rotation'])
    expect(verbsFor('B')).toEqual([])
    expect(verbsFor('C')).toEqual([])
  })

  it('are listed with their nodes, problems apart', () => {
    const verbs = document.directives().map(({ directive, node }) => [directive.verb, node.line])
    expect(verbs).toEqual([
      ['keep', 1],
      ['generate', 3],
      ['rotation', 5],
      ['ask', 7],
    ])
    expect(document.directiveProblems().map(({ node }) => node.line)).toEqual([4])
  })
})
