import { describe, expect, it } from 'vitest'
import { readCompose } from '../../../src/core/compose/read.ts'
import { isSecretsError } from '../../../src/core/errors.ts'
import { servicesOf } from './world.ts'

/** `NAME=value from path:line [over …]`. */
function shown(...given: Parameters<typeof servicesOf>): Record<string, readonly string[]> {
  const place = ({ path, line }: { path: string; line?: number }): string => `${path}:${String(line)}`
  return Object.fromEntries(
    servicesOf(...given).map(({ name, variables }) => [
      name,
      variables.map(one => {
        const over = one.over.length === 0 ? '' : ` over ${one.over.map(place).join(' ')}`
        return `${one.name}=${one.value} ${place(one.at)}${over}`
      }),
    ]),
  )
}

describe('what a container gets', () => {
  it('environment over env_file, later env files over earlier ones', () => {
    const compose = `services:
  web:
    env_file: [a.env, { path: b.env, required: false }, { path: none.env, required: false }]
    environment: { A: here, PORT: 8080, ON: true, EMPTY: "", GONE: }
`
    const files = { 'a.env': 'A=1\nB=1\nC=1\n', 'b.env': '# x\nB=2\n' }
    expect(shown(compose, 'X=1\n', files)).toEqual({
      web: [
        'A=here compose.yaml:4 over a.env:1',
        'B=2 b.env:2 over a.env:2',
        'C=1 a.env:3',
        'EMPTY= compose.yaml:4',
        'ON=true compose.yaml:4',
        'PORT=8080 compose.yaml:4',
      ],
    })
  })

  it('the shell over .env, for what is put in and for names alone', () => {
    const compose = `services:
  web:
    environment:
      - A=\${A}
      - B
      - C
      - D=\${D:-four}
      - \${A}_X=1
  other: { environment: { "\${A}": kept } }
`
    expect(shown(compose, 'A=dotenv\nB=dotenv\n', {}, { A: 'shell' })).toEqual({
      web: [
        'A=shell compose.yaml:4',
        'B=dotenv compose.yaml:5',
        'D=four compose.yaml:7',
        'shell_X=1 compose.yaml:8',
      ],
      other: ['${A}=kept compose.yaml:9'],
    })
  })

  it('of an env file as Compose reads it: references, quotes, names alone, raw', () => {
    const compose = `services:
  web:
    env_file: a.env
    environment: { HOST: db }
  raw: { env_file: [{ path: raw.env, format: raw }] }
`
    const files = {
      'a.env': `URL=pg://\${HOST}/\${NAME}\nNAME=app\nQUOTED='\${HOST}'\nAFTER="\${NAME}-x" # note\nONLY\nLATE=5$\n`,
      'raw.env': `A='\${B}' # c\n`,
    }
    expect(shown(compose, 'ONLY=yes\n', files)).toEqual({
      web: [
        'AFTER=app-x a.env:4',
        'HOST=db compose.yaml:4',
        'LATE=5$ a.env:6',
        'NAME=app a.env:2',
        'ONLY=yes a.env:5',
        'QUOTED=${HOST} a.env:3',
        'URL=pg://db/ a.env:1',
      ],
      raw: [`A='\${B}' # c raw.env:1`],
    })
  })

  it('several files: mappings merge, lists are added, !reset and !override replace', () => {
    const first = `services:
  web:
    env_file: a.env
    environment: { A: 1, B: 1, C: 1 }
`
    const second = `services:
  web:
    env_file: b.env
    environment:
      - A=2
`
    const third = `services:
  web: { environment: { B: !reset null, D: 4 } }
`
    const files = { 'a.env': 'E=a\n', 'b.env': 'E=b\n' }
    expect(shown([first, second], 'X=1\n', files)).toEqual({
      web: [
        'A=2 compose.1.yaml:5 over compose.yaml:4',
        'B=1 compose.yaml:4',
        'C=1 compose.yaml:4',
        'E=b b.env:1 over a.env:1',
      ],
    })
    expect(shown([first, third], 'X=1\n', files)).toEqual({
      web: ['A=1 compose.yaml:4', 'C=1 compose.yaml:4', 'D=4 compose.1.yaml:2', 'E=a a.env:1'],
    })
    const replaced = 'services:\n  web: { environment: !override { Z: 1 }, env_file: !reset [] }\n'
    expect(shown([first, replaced], 'X=1\n', files)).toEqual({ web: ['Z=1 compose.1.yaml:2'] })
  })

  it('anchors, merge keys and extends, of this and of another file', () => {
    const compose = `x-common: &common
  LOG: info
  PORT: 1
x-more: &more { PORT: 2, EXTRA: e }
services:
  base:
    environment: { <<: [*common, *more], LOG: debug }
  web:
    extends: base
    environment: { PORT: 3 }
  far:
    extends: { file: lib/base.yaml, service: tool }
    environment: *common
`
    const files = {
      'lib/base.yaml': 'services:\n  tool:\n    env_file: t.env\n    environment: { LOG: warn, T: 1 }\n',
      'lib/t.env': 'FROM=lib\n',
    }
    expect(shown(compose, 'X=1\n', files)).toEqual({
      base: ['EXTRA=e compose.yaml:4', 'LOG=debug compose.yaml:7', 'PORT=1 compose.yaml:3'],
      web: [
        'EXTRA=e compose.yaml:4',
        'LOG=debug compose.yaml:7',
        'PORT=3 compose.yaml:10 over compose.yaml:3',
      ],
      far: [
        'FROM=lib lib/t.env:1',
        'LOG=info compose.yaml:2 over lib/base.yaml:4',
        'PORT=1 compose.yaml:3',
        'T=1 lib/base.yaml:4',
      ],
    })
  })

  it('without a .env nothing is known of what is not set', () => {
    const compose = 'services:\n  web: { environment: { A: "x${A}", B: "${B:?}", C: "${C:-c}", D: } }\n'
    const [web] = servicesOf(compose)
    expect([web?.problems, web?.variables.map(({ value }) => value)]).toEqual([
      [],
      ['x${A}', '${B:?}', 'c', '${D}'],
    ])
    const [known] = servicesOf(compose, 'X=1\n')
    expect(known?.problems).toMatchObject([
      { kind: 'unset', name: 'A', isRequired: false },
      { kind: 'unset', name: 'B', isRequired: true },
    ])
  })
})

describe('a compose file that cannot be read', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]\n${'bcdefghijk'
    .split('')
    .map(
      (name, at) =>
        `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefghijk'[at]!}`).join(', ')}]`,
    )
    .join('\n')}\nservices: { web: { env_file: *k, environment: *k } }\n`

  it.each([
    ['no YAML', 'services: [\n'],
    ['no mapping', '- a\n'],
    ['services that are a list', 'services: [a]\n'],
    ['a key twice', 'services:\n  a: {}\n  a: {}\n'],
    ['an alias without its anchor', 'services: *nowhere\n'],
    ['an anchor inside itself', 'services: &a { web: { environment: { <<: *a } } }\n'],
    ['an anchor bomb', bomb],
    ['a value that is a list', 'services: { web: { environment: { A: [1] } } }\n'],
    ['extends nothing', 'services: { web: { extends: nowhere } }\n'],
    ['extends itself', 'services: { web: { extends: web } }\n'],
    ['extends in a circle', 'services: { a: { extends: b }, b: { extends: a } }\n'],
    ['a key that is a list', 'services: { web: { environment: { [a]: 1 } } }\n'],
  ])('%s', (_what, text) => {
    const begin = performance.now()
    expect(() => servicesOf(text)).toThrow(
      expect.toSatisfy((error: unknown) => isSecretsError(error, 'compose.invalid')),
    )
    expect(performance.now() - begin).toBeLessThan(2000)
  })

  it('is refused by its size', () => {
    expect(() => readCompose(`# ${'x'.repeat(1_048_577)}\n`, 'compose.yaml')).toThrow()
  })

  it('an empty one has no services', () => {
    expect([servicesOf(''), servicesOf('services:\n'), servicesOf('name: x\n')]).toEqual([[], [], []])
  })
})
