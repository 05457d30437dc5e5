import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manifestError, parseManifest, variableIn } from '../../../src/core/manifest/index.ts'
import { completeManifest, providers } from './example.ts'

const day = 86_400_000

function parse(text: string) {
  return parseManifest(text, 'secrets.yaml', providers)
}

/** `line:column text` of every problem. */
function problemsOf(text: string): string[] {
  const { manifest, problems } = parse(text)
  expect(manifest === undefined).toBe(problems.length > 0)
  return problems.map(({ line, column, text: words }) => `${String(line)}:${String(column)} ${words}`)
}

/** What stands at the place of every problem: the line, and the word that begins there. */
function wordsAt(text: string): string[] {
  return parse(text).problems.map(({ line, column }) => {
    const rest = (text.split(/\r?\n/)[line - 1] ?? '').slice(column - 1)
    return `${String(line)} ${/^[^\s,:}\]]+/.exec(rest)?.[0] ?? rest.slice(0, 1)}`
  })
}

describe('a complete manifest', () => {
  const { manifest, problems } = parse(completeManifest)

  it('has no problem', () => {
    expect(problems).toEqual([])
    expect([...manifest!.environments.keys()]).toEqual(['development', 'test', 'staging', 'production'])
  })

  it('gives durations in milliseconds', () => {
    expect(manifest!.environments.get('staging')!.rotate).toMatchObject({ every: 30 * day, grace: day })
    expect(manifest!.environments.get('test')!.rotate).toMatchObject({ every: 'never' })
  })

  it('reads the flat form as one target and a list as several', () => {
    expect(manifest!.environments.get('staging')!.targets).toEqual([
      {
        id: 'aws',
        provider: 'aws',
        settings: { region: 'eu-central-1', prefix: 'shop/staging/' },
        at: { path: 'secrets.yaml', line: 10, column: 3 },
      },
    ])
    expect(manifest!.environments.get('production')!.targets.map(({ id }) => id)).toEqual(['eu', 'us'])
  })

  it('keeps texts as they are written', () => {
    expect(manifest!.variables.get('PORT')!.default).toBe('010')
    expect(manifest!.variables.get('DEBUG')!.default).toBe('false')
    expect(manifest!.variables.get('LOG_LEVEL')!.values).toEqual(['debug', 'info', 'off'])
  })

  it('keeps the place of variables and environments', () => {
    expect(manifest!.variables.get('JWT_SECRET_KEY')!.at).toEqual({
      path: 'secrets.yaml',
      line: 26,
      column: 3,
    })
  })

  it('reads hooks as plain data', () => {
    expect(manifest!.environments.get('staging')!.hooks).toEqual({
      afterCommit: [{ run: ['kubectl', 'rollout', 'restart', 'deployment/api', '-n', 'staging'] }],
      verify: [{ http: 'https://staging.example.com/health', within: 60_000 }],
    })
  })

  it('merges what an environment says of a variable over the variable', () => {
    const facts = variableIn(manifest!.variables.get('JWT_SECRET_KEY')!, 'production')
    expect(facts).toMatchObject({ secret: true, field: 'jwt_secret' })
    expect(facts.rotate).toMatchObject({ kind: 'signing', every: 90 * day, tokenTtl: 3_600_000 })
  })
})

describe('problems of the shape', () => {
  it('are found all at once, each at its key or value', () => {
    const text = `version: 2
projct: a
environments:
  all: { provider: dotenv }
  dev: { provider: dotnev }
  prod: { provider: aws, prefx: x, rotate: { kind: singing, every: 3 } }
  empty:
variables:
  KEY: { secret: 1, lenght: 3 }
  LIST: [1]
  TYPE: { type: integr }
  LATER: { min: 5, max: 1 }
notify: { to: [{ slack: A, webhook: B }, { email: C }] }
`
    expect(wordsAt(text)).toEqual([
      '1 2',
      '2 projct',
      '4 all',
      '5 dotnev',
      '6 prod',
      '6 prefx',
      '6 singing',
      '6 3',
      '7 ',
      '9 1',
      '9 lenght',
      '10 [1',
      '11 integr',
      '12 5',
      '13 {',
      '13 {',
      '13 email',
    ])
  })

  it.each([
    ['version: 1\nprojct: a\n', '"project"'],
    ['version: 1\nenvironments: { a: { provider: valut, address: x } }\n', '"vault"'],
    ['version: 1\nenvironments: { a: { provider: aws, region: x, prefix: y, rotat: {} } }\n', '"rotate"'],
    ['version: 1\nvariables: { A: { environments: { b: { typ: url } } } }\n', '"type"'],
    ['version: 1\nvariables: { A: { rotate: { kind: verifer } } }\n', '"verifier"'],
    [
      'version: 1\nenvironments: { stage: { provider: local } }\nvariables: { A: { environments: { stag: {} } } }\n',
      '"stage"',
    ],
  ])('suggest what was meant (%#)', (text, meant) => {
    expect(problemsOf(text)).toHaveLength(1)
    expect(problemsOf(text)[0]).toContain(`did you mean ${meant}?`)
  })

  it('a third party may bring its own settings, as text', () => {
    expect(
      problemsOf(
        'version: 1\nenvironments: { a: { provider: ./store.mjs, bucket: b, rotate: { every: 1d } } }',
      ),
    ).toEqual([])
    expect(problemsOf("version: 1\nenvironments: { a: { provider: '@acme/store', x-note: 3 } }")).toEqual([])
    expect(wordsAt('version: 1\nenvironments: { a: { provider: ./store.mjs, retries: 3 } }')).toEqual(['2 3'])
    expect(wordsAt('version: 1\nenvironments: { a: { provider: "rm -rf" } }')).toEqual(['2 "rm'])
  })
})

describe('keys that contradict each other', () => {
  it.each([
    ['{ A: { type: integer, min: 5, max: 1 } }', '1 5'],
    ['{ A: { items: url } }', '1 url'],
    ['{ A: { protocols: [https] } }', '1 [https'],
    ['{ A: { type: boolean, default: maybe } }', '1 maybe'],
    ['{ A: { type: boolean, min: 1 } }', '1 1'],
    ['{ A: { secret: true, default: x } }', '1 x'],
    ['{ A: { values: [a, b], default: c } }', '1 c'],
    ['{ A: { rotate: { grace: 1m, refreshTtl: 5m } } }', '1 1m'],
    ['{ A: { rotate: { grace: 1h, tokenTtl: 2h } } }', '1 1h'],
    ['{ A: { generate: hexx:32 } }', '1 hexx'],
    ['{ A: { generate: hex:0 } }', '1 hex'],
    ['{ A: { rotate: { every: 0d } } }', '1 0d'],
    ['{ A: { type: port, environments: { b: { default: x } } } }', '1 x'],
    ['{ A: { lessThan: B } }', '1 B'],
    ['{ A: { equals: A } }', '1 A'],
    ['{ A: { deprecated: B } }', '1 B'],
    ['{ A: { requiredWith: [B] } }', '1 B'],
    ['{ A: { requiredWhen: { B: 1 } } }', '1 B'],
    ['{ A: { requiredWhen: { B: 1 } }, B: { secret: true } }', '1 B'],
    ['{ A: { lessThan: B, type: url }, B: {} }', '1 B'],
    ['{ A: { lessThan: B, type: duration }, B: { type: integer } }', '1 B'],
    ['{ A: { environments: { b: { startsWith: C } } } }', '1 C'],
  ])('%s', (variables, place) => {
    expect(wordsAt(`{ version: 1, variables: ${variables} }`)).toEqual([place])
  })

  it.each([
    ['{ A: {} }', '[{ notBoth: [A, B] }]', '1 B'],
    ['{ A: {} }', '[{ allOrNone: [A, A] }]', '1 A'],
    ['{ A: {}, B: {} }', '[{ allOrNone: [A, B], notBoth: [A, B] }]', '1 {'],
    ['{ A: {}, B: {} }', '[{}]', '1 {'],
  ])('groups: %s %s', (variables, groups, place) => {
    const word = wordsAt(`{ version: 1, variables: ${variables}, groups: ${groups} }`)
    expect(word.map(one => one.slice(0, 3))).toEqual([place])
  })

  it('a misspelt name is told what it was meant for', () => {
    const text = '{ version: 1, variables: { PORT: { lessThan: PORT_MAXX }, PORT_MAX: {} } }'
    expect(problemsOf(text)[0]).toContain('did you mean "PORT_MAX"?')
  })

  it('environments share no place, no spelling and no target id', () => {
    const shared = `version: 1
environments:
  staging: { provider: dotenv, path: .env }
  production: { provider: dotenv, path: .env }
  Production: { provider: local }
  both: { targets: [{ id: a, provider: local }, { id: a, provider: dotenv }] }
`
    expect(wordsAt(shared)).toEqual(['4 production', '5 Production', '6 a'])
  })

  it('an address carries no password', () => {
    const text = 'version: 1\nenvironments: { a: { provider: vault, address: "https://me:pw@host" } }'
    expect(wordsAt(text)).toEqual(['2 "https'])
  })
})

describe('YAML', () => {
  it.each([
    ['anchors and aliases', 'version: 1\nproject: &a x\nschema: *a\n', ['2 x', '3 *a']],
    ['merge keys', 'version: 1\n<<: { project: x }\n', ['2 <<']],
    ['tags', 'version: 1\nproject: !!str x\n', ['2 x']],
    ['tags of scripts', 'version: 1\nproject: !!js/function x\n', ['2 !!js/function']],
    ['duplicate keys', 'version: 1\nproject: a\nproject: b\n', ['3 project']],
    ['several documents', 'version: 1\n---\nversion: 1\n', ['2 ---']],
    ['directives', '%YAML 1.1\n---\nversion: 1\n', ['1 %YAML']],
    ['keys that are not text', '? [a]\n: b\nversion: 1\n', ['1 [a']],
    ['__proto__', 'version: 1\nvariables: { __proto__: {} }\n', ['2 __proto__']],
    ['a list', '- a\n', ['1 -']],
    ['nothing', '', ['1 ']],
    ['tabs', 'version: 1\nvariables:\n\tA: {}\n', ['3 \t']],
  ])('%s are refused at their place', (_, text, places) => {
    expect(wordsAt(text)).toEqual(places)
  })

  it('names of Object.prototype are ordinary names', () => {
    const { manifest } = parse('version: 1\nvariables: { constructor: {}, toString: { type: url } }\n')
    expect([...manifest!.variables.keys()]).toEqual(['constructor', 'toString'])
    expect(manifest!.variables.get('constructor')!.type).toBeUndefined()
  })

  it('a BOM and CRLF are fine', () => {
    expect(problemsOf('\uFEFFversion: 1\r\nproject: x\r\n')).toEqual([])
  })

  const size = 1_048_576
  const fill = (part: string): string => part.repeat(Math.floor((size - 16) / part.length))
  const bombs: Record<string, string> = {
    brackets: '['.repeat(size),
    'compact lists': fill('- '),
    'explicit keys': fill('? '),
    'deep indentation': Array.from({ length: 1_400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    'many keys': Array.from({ length: 90_000 }, (_, index) => `k${String(index)}: 1\n`).join(''),
    'many anchors': fill('&a '),
    'alias bomb': `a: &a [x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]\n`,
    'many documents': fill('---\n'),
    'long lines': `a: ${'x '.repeat(500_000)}`,
    quotes: fill('"'),
    'too large': ' '.repeat(size + 1),
    'comments in a list': `[\n${fill('#\n')}]`,
  }
  it.each(Object.entries(bombs))(
    'fails fast: %s',
    (_, text) => {
      expect(problemsOf(text).length).toBeGreaterThan(0)
    },
    5_000,
  )
})

describe('what problems say', () => {
  it('never repeats a value or a key that may be one', () => {
    const canary = 'q7Zx9Kc2Vb4Nm6Lp'
    const places = [
      `version: ${canary}`,
      `version: 1\n${canary}: x`,
      `version: 1\n"${canary} ${canary}": x`,
      `version: 1\nproject: !${canary} x`,
      `version: 1\nproject: *${canary}`,
      `version: 1\nproject: "${canary}`,
      `version: 1\nproject: "\\q${canary}"`,
      `version: 1\n${canary}=${canary}: a: b`,
      `version: 1\nenvironments: ${canary}`,
      `version: 1\nenvironments: { "${canary}/": {} }`,
      `version: 1\nenvironments: { a: { provider: "${canary} x" } }`,
      `version: 1\nenvironments: { a: { provider: vault, address: "https://u:${canary}@h" } }`,
      `version: 1\nenvironments: { a: { provider: aws, ${canary}: x } }`,
      `version: 1\nvariables: { ${canary}: 3 }`,
      `version: 1\nvariables: { "${canary}-": {} }`,
      `version: 1\nvariables: { A: ${canary} }`,
      `version: 1\nvariables: { A: { type: ${canary}, rotate: { kind: ${canary}, every: ${canary} } } }`,
      `version: 1\nvariables: { A: { secret: true, default: ${canary} } }`,
      `version: 1\nvariables: { A: { type: url, default: "${canary}" } }`,
      `version: 1\nvariables: { A: { type: json, default: "${canary}" } }`,
      `version: 1\nnotify: { to: [{ slack: "https://hooks/${canary}" }] }`,
      `%${canary}\n---\nversion: 1`,
    ]
    for (const text of places) {
      const { problems } = parse(text)
      expect(problems.length, text).toBeGreaterThan(0)
      const error = manifestError(problems)
      expect(JSON.stringify([problems, error.message, error.hints]).toLowerCase()).not.toContain(
        canary.toLowerCase(),
      )
    }
  })

  it('stands in one error with a hint for each problem', () => {
    const error = manifestError(parse('version: 2\nprojct: x\n').problems)
    expect(error.code).toBe('manifest.invalid')
    expect(error.at).toEqual({ path: 'secrets.yaml', line: 1, column: 10 })
    expect(error.hints.map(hint => hint.split(': ')[0])).toEqual(['secrets.yaml:1:10', 'secrets.yaml:2:1'])
  })

  it('of a file that is no manifest are not all repeated', () => {
    const text = Array.from({ length: 300 }, (_, index) => `key${String(index)}: 1\n`).join('')
    const error = manifestError(parse(`version: 1\n${text}`).problems)
    expect(error.hints).toHaveLength(201)
    expect(error.hints.at(-1)).toBe('and 100 more')
  })

  it('never throws, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'version: 1\n',
        'environments:',
        'variables:',
        '  A:',
        '\n',
        ': ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        '&a ',
        '*a ',
        '!!x ',
        '"',
        "'",
        '|',
        '>',
        '#',
        '%',
        '? ',
        '\t',
        '\0',
        'provider: aws',
        'targets: [',
        'rotate: {',
        'x-a: 1',
      ),
      fc.string({ maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const { manifest, problems } = parse(pieces.join(''))
        expect(manifest === undefined).toBe(problems.length > 0)
        for (const { line, column } of problems) expect(Math.min(line, column)).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })
})
