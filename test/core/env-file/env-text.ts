import fc from 'fast-check'

/** Pieces from which nonsense `.env` texts are made; every special case of the grammar is near another one. */
const pieces = [
  'A',
  'B_2',
  'x.y-z',
  'export',
  'export ',
  '__proto__',
  'constructor',
  '=',
  ' = ',
  ':',
  ': ',
  "'",
  '"',
  '`',
  '\\',
  '\\"',
  "\\'",
  '\\n',
  '\\r',
  '#',
  ' #',
  ' ',
  '\t',
  '\n',
  '\n\n',
  '\r\n',
  '\r',
  '\u2028',
  '\u2029',
  '\u000b',
  '\u00a0',
  '\ufeff',
  '\u0085',
  'é',
  '😀',
  '$',
  '${A}',
  'value',
  '1',
  '# secrets: keep',
  '# secrets: pending A="x"',
  '# B=2',
  'A=',
  'A="',
  "B='",
] as const

export const envText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...pieces) },
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    {
      maxLength: 60,
    },
  )
  .map(parts => parts.join('').replaceAll('\0', ''))
  .filter(text => !/\p{Surrogate}/u.test(text))

/** Mostly well-formed files, so that the interesting lines are reached after sensible ones. */
export const envLines: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.constantFrom('', '', 'export ', ' ', '# ', '#'),
      fc.constantFrom('A', 'B', 'C.d', 'E-f', '__proto__', 'export'),
      fc.constantFrom('=', '=', ' = ', ': ', ':', '= '),
      fc.oneof(
        fc.constantFrom(
          '',
          '""',
          "''",
          '``',
          '"a\\nb"',
          "'it\\'s'",
          '"x" y',
          '"open',
          "'open",
          '`open',
          '\\"',
          '"\\"',
        ),
        fc.constantFrom(
          "'a' 'b'",
          '"two\nlines"',
          "'two\r\nlines'",
          '"a#b" # c',
          'a#b',
          'a # b',
          '#c',
          ' # c',
          '"a"#c',
        ),
        fc.string({ maxLength: 8 }),
      ),
      fc.constantFrom('\n', '\n', '\r\n', '\n\n', '\r', '', '\u2028'),
    ),
    { maxLength: 12 },
  )
  .map(lines => lines.flat().join('').replaceAll('\0', ''))

export const anyEnvText: fc.Arbitrary<string> = fc.oneof(envText, envLines)
