import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globalOptions, type Invocation, readPlainly } from '../src/command-line.ts'
import { loadCommands } from '../src/commands/index.ts'
import { readByCommander } from '../src/program.ts'

const commands = await loadCommands()

/** What Node makes of it; `undefined` where that is left to commander. */
function plainly(words: readonly string[]): Invocation | undefined {
  const command = commands.find(({ name }) => name === words[0])
  return command === undefined ? undefined : readPlainly(command, words)
}

/** What commander makes of a line; `undefined` for an error. */
function byCommander(words: readonly string[]): Invocation | undefined {
  try {
    return readByCommander(words, '0.0.0', commands)
  } catch {
    return undefined
  }
}

const flags = [
  ...new Set([
    ...globalOptions.map(([each]) => each),
    ...commands.flatMap(({ options }) => options.map(option => option.flags)),
  ]),
]
const options = flags.map(each => each.split(' ')[0] ?? '')
const odd = [
  '',
  '-',
  '--',
  '-h',
  '-V',
  '-x',
  '--help',
  '--version',
  '--envx',
  '--no-json',
  '--color',
  '-5',
  'help',
  '__proto__',
  '--constructor=x',
  '--__proto__=x',
  '--env=',
  '--json=1',
]
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...options) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...options), fc.constantFrom('', 'x', '-x', 'a=b'))
      .map(pair => pair.join('=')),
  },
  { weight: 4, arbitrary: fc.constantFrom('NAME', 'A_B', 'hex:32', '24h', 'list', 'check') },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
)
const line = fc.tuple(fc.constantFrom(...commands.map(({ name }) => name)), fc.array(word, { maxLength: 6 }))

describe('a command line that is read without commander', () => {
  it('means what commander makes of it', () => {
    let plain = 0
    fc.assert(
      fc.property(line, ([name, rest]) => {
        const words = [name, ...rest]
        const read = plainly(words)
        if (read === undefined) return
        plain += 1
        expect(read).toEqual(byCommander(words))
      }),
      { numRuns: 3000 },
    )
    // Else nothing was compared.
    expect(plain).toBeGreaterThan(300)
  })

  it.each(commands.map(({ name, args }) => [name, args ?? '']))(
    'is one with the arguments of %s %s',
    (name, args) => {
      const needed = args.split(' ').filter(place => place.startsWith('<'))
      const words = [name, ...needed.map(() => 'NAME'), '--json', '--env', 'production', '--no-color']
      expect(plainly(words)).toEqual(byCommander(words))
      expect(plainly(words)).toBeDefined()
    },
  )

  it.each(flags.map(each => [each]))('knows %s, or leaves it to commander', flag => {
    const [option = '', value] = flag.split(' ')
    for (const { name, args } of commands.filter(each => each.options.some(known => known.flags === flag))) {
      const places = (args ?? '').split(' ').filter(place => place.startsWith('<'))
      const words = [
        name,
        ...places.map(() => 'NAME'),
        option,
        ...(value === undefined ? [] : ['x=y', option, 'second']),
      ]
      const read = plainly(words)
      if (value !== undefined && /[.[]/.test(value)) expect(read).toBeUndefined()
      else expect(read).toEqual(byCommander(words))
    }
  })
})
