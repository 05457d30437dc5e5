import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Patterns } from '../../../src/core/redact/patterns.ts'
import { StreamRedactor } from '../../../src/core/redact/stream.ts'
import { Secret } from '../../../src/core/secret.ts'

const mark = '[redacted]'
const value = ['hunter2', 'Hunter2', 'HUNTER2'].join('-')

function redactorOf(...values: string[]): StreamRedactor {
  return new StreamRedactor(new Patterns(values.map(one => new Secret(one))))
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function pass(redactor: StreamRedactor, chunks: readonly (string | Uint8Array)[]): string {
  const shown = chunks.map(chunk => text(redactor.push(Buffer.from(chunk))))
  return shown.join('') + text(redactor.end())
}

/** Every byte a chunk of its own. */
function byteByByte(input: string | Uint8Array): Uint8Array[] {
  return Array.from(Buffer.from(input), byte => Uint8Array.of(byte))
}

describe('a stream', () => {
  const bytes = Buffer.from(value)
  it.each([
    ['as it is', value],
    ['base64', bytes.toString('base64')],
    ['base64 with something before it', Buffer.from(`ab:${value}`).toString('base64').slice(4)],
    ['hex', bytes.toString('hex')],
    ['percent-encoded', encodeURIComponent(value)],
  ])('takes out a value %s, byte by byte', (_, spelled) => {
    const shown = pass(redactorOf(value), byteByByte(`before ${spelled} after`))
    expect(shown).toMatch(/^before \[redacted\].{0,2} after$/)
  })

  it.each([
    ['single quotes', "it's a $ecret", String.raw`it'\''s a $ecret`],
    ['double quotes', 'a "quoted" $ecret', String.raw`a \"quoted\" \$ecret`],
    ['backslashes', 'a b$c;d(e)', String.raw`a\ b\$c\;d\(e\)`],
    ['JSON with an escaped slash', 'abc/def/ghi', String.raw`abc\/def\/ghi`],
    ['JSON for HTML', 'abc<def>&ghi', String.raw`abc\u003cdef\u003e\u0026ghi`],
    ['percent with its slashes', 'abc/d+f/g i', 'abc/d%2Bf/g%20i'],
    ['a line of several', `first line of the key\n${value}\nrest`, value],
  ])('takes out a value with %s', (_, secret, spelled) => {
    expect(pass(redactorOf(secret), [`<${spelled}>`])).toBe(`<${mark}>`)
  })

  it('leaves the lines alone that every key file has', () => {
    const armour = ['-----BEGIN', 'PRIVATE KEY-----'].join(' ')
    expect(pass(redactorOf(`${armour}\n${value}\n`), [`${armour}\n`, 'x\n'])).toBe(`${armour}\nx\n`)
  })

  it('gives the same for every way to cut it, and no other byte is changed', () => {
    const secrets = ['abab', 'ababab-long-one', value, 'aXaXaXaXaXaXaXaXaXaX']
    const piece = fc.oneof(
      fc.constantFrom(...secrets, 'ab', 'aba', 'hunter2-', 'aXaX', Buffer.from(value).toString('base64')),
      fc.uint8Array({ maxLength: 12 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.infiniteStream(fc.nat(9)), (pieces, sizes) => {
        const whole = Buffer.concat(pieces.map(one => Buffer.from(one)))
        const chunks: Uint8Array[] = []
        for (let at = 0; at < whole.length;) {
          const size = sizes.next().value as number
          chunks.push(whole.subarray(at, at + size))
          at += size
        }
        const shown = pass(redactorOf(...secrets), chunks)
        expect(shown).toBe(pass(redactorOf(...secrets), [whole]))
        if (!shown.includes(mark)) expect(shown).toBe(whole.toString('latin1'))
        for (const secret of secrets) expect(shown.includes(secret)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  it('passes binary through, byte for byte', () => {
    const binary = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 31 + (at >> 8)) & 0xff))
    const shown = Buffer.from(
      pass(redactorOf(value), [binary.subarray(0, 999), binary.subarray(999)]),
      'latin1',
    )
    expect(shown.equals(binary)).toBe(true)
  })
})

describe('what is kept back', () => {
  it('is nothing of a prompt that begins no value', () => {
    const redactor = redactorOf(value)
    expect(text(redactor.push(Buffer.from('Password: ')))).toBe('Password: ')
    expect(redactor.isHolding).toBe(false)
  })

  it('is shown after a brief lull where it is too little to matter', () => {
    const redactor = redactorOf(value)
    expect(text(redactor.push(Buffer.from('go on? hun')))).toBe('go on? ')
    expect(redactor.isHolding).toBe(true)
    expect(text(redactor.lull('brief'))).toBe('hun')
    expect([redactor.isHolding, text(redactor.push(Buffer.from('gry\n')))]).toEqual([false, 'gry\n'])
  })

  it('is hidden after a long one where it is a good part of a value, and its rest with it', () => {
    const redactor = redactorOf(value)
    redactor.push(Buffer.from(value.slice(0, 12)))
    expect(text(redactor.lull('brief'))).toBe('')
    expect(text(redactor.lull('long'))).toBe(mark)
    expect(redactor.isHolding).toBe(false)
    expect(text(redactor.push(Buffer.from(value.slice(12, 15))))).toBe('')
    expect(text(redactor.lull('long'))).toBe('')
    expect(text(redactor.push(Buffer.from(`${value.slice(15)} end`)))).toBe(' end')
  })

  it('goes on with other text behind such a mark', () => {
    const redactor = redactorOf(value)
    redactor.push(Buffer.from(value.slice(0, 12)))
    redactor.lull('long')
    expect(text(redactor.push(Buffer.from('other')))).toBe('other')
    expect(text(redactor.push(Buffer.from(value)))).toBe(mark)
  })

  it('shows a mark for a value that could still become a longer one', () => {
    const redactor = redactorOf('abcdefgh', 'abcdefgh-and-more')
    expect(text(redactor.push(Buffer.from('abcdefgh-an')))).toBe('')
    expect(text(redactor.lull('brief'))).toBe(mark)
    expect(text(redactor.push(Buffer.from('other')))).toBe('-another')
    redactor.push(Buffer.from('abcdefgh-and'))
    expect(text(redactor.lull('brief')) + text(redactor.push(Buffer.from('-more.')))).toBe(`${mark}.`)
  })

  it('never shows more than a quarter of a value over any number of lulls', () => {
    const redactor = redactorOf(value)
    let shown = ''
    for (const byte of byteByByte(value)) shown += text(redactor.push(byte)) + text(redactor.lull('brief'))
    shown += text(redactor.end())
    expect(shown).toBe(`${value.slice(0, 5)}${mark}`)
  })

  it('is hidden at the end where it is a good part of a value, else shown', () => {
    expect(pass(redactorOf(value), [`cut: ${value.slice(0, 20)}`])).toBe(`cut: ${mark}`)
    expect(pass(redactorOf(value), ['cut: hun'])).toBe('cut: hun')
  })
})
