import type { HintRule } from './hint.ts'

/** Any of the ways to write "characters". */
const characters = String.raw`(?:char(?:acter)?s?|letters?|symbols?|digits?|alphanumerics?)\b`

/** Sizes outside are ports, versions and limits of passwords that people choose. */
function within(size: number, from: number, to: number): boolean {
  return size >= from && size <= to
}

function hexDigits(count: string | undefined): string | undefined {
  const digits = Number(count)
  return within(digits, 32, 1024) && digits % 2 === 0 ? `hex:${String(digits / 2)}` : undefined
}

function exactly(count: string | undefined): string | undefined {
  return within(Number(count), 11, 1024) ? `chars:${count ?? ''}` : undefined
}

function hexBytes(count: string | undefined): string | undefined {
  return within(Number(count), 16, 512) ? `hex:${String(Number(count))}` : undefined
}

/**
 * Words that tell how long a value is; the first rule that matches counts. Besides forms they give `min:N` and `max:N`
 * characters, which form-choice.ts turns into one. "N bytes" without an encoding means text of that many ASCII characters.
 */
export const lengthHints: readonly HintRule[] = [
  {
    id: 'hex-digits',
    kind: 'length',
    pattern: new RegExp(
      String.raw`(\d{2,4})[- ](?:string[- ])?(?:hex(?:adecimal)?\b|${characters}[- ]?(?:long\s)?(?:\w+\s){0,3}?(?:\(?in\s|of\s|\(|as\s)?hex)`,
      'i',
    ),
    form: ([, count]) => hexDigits(count),
    examples: {
      good: [
        ['64 hex characters', 'hex:32'],
        ['96 characters in hex', 'hex:48'],
        ['a 32-digit hex string', 'hex:16'],
      ],
      bad: ['64 characters', 'colour as hex'],
    },
  },
  {
    id: 'hex-bytes',
    kind: 'length',
    pattern:
      /(\d{2,3})[- ](?:random[- ])?bytes?\b[^\n.]{0,30}?\bhex|\bhex[\w-]*\b[^\n.]{0,30}?\b(\d{2,3})[- ]?(?:random[- ])?bytes?\b/i,
    form: ([, before, after]) => hexBytes(before ?? after),
    examples: {
      good: [
        ['hex encoding of 24 random bytes', 'hex:24'],
        ['20 bytes as a hex text', 'hex:20'],
      ],
      bad: ['32 bytes'],
    },
  },
  {
    id: 'hex-bits',
    kind: 'length',
    pattern: /(\d{3,4})[- ]?bits?\b[^\n.]{0,30}?\bhex|\bhex[\w-]*\b[^\n.]{0,30}?\b(\d{3,4})[- ]?bits?\b/i,
    form: ([, before, after]) => hexBytes(String(Number(before ?? after) / 8)),
    examples: { good: [['a 256-bit key in hex', 'hex:32']], bad: ['a 256-bit key'] },
  },
  {
    id: 'base64-bytes',
    kind: 'length',
    pattern:
      /(\d{2,3})[- ]bytes?\b[^\n.]{0,30}?\bbase64|\bbase64[\w-]*\b[^\n.]{0,30}?\b(\d{2,3})[- ]?bytes?\b/i,
    form: ([, before, after]) => {
      const count = Number(before ?? after)
      return within(count, 16, 512) ? `base64:${String(count)}` : undefined
    },
    examples: { good: [['32 bytes, base64 encoded', 'base64:32']], bad: ['a base64 text'] },
  },
  {
    id: 'at-least',
    kind: 'length',
    pattern: new RegExp(
      String.raw`(?:at least|minimum(?: of| length)?|min\.?|more than|longer than|no less than|>=?|≥)\s{0,2}(?:length\s)?(?:is\s|of\s|:\s?)?(\d{1,4})\b|(\d{1,4})\s?(?:\+|-?ish|or more)[- ]?(?:random\s)?${characters}|(\d{1,4})[- ]${characters}\s(?:or\s(?:more|longer)|minimum|min\b|at least)`,
      'i',
    ),
    form: ([, first, second, third]) => `min:${first ?? second ?? third ?? ''}`,
    examples: {
      good: [
        ['has at least 48 characters', 'min:48'],
        ['any text of 70+ characters', 'min:70'],
        ['40 characters or more', 'min:40'],
      ],
      bad: ['exactly 32 characters'],
    },
  },
  {
    id: 'at-most',
    kind: 'length',
    pattern: new RegExp(
      String.raw`(?:at most|max(?:imum)?|up to|no more than|not exceed)\b[^\n.]{0,30}?\b(\d{2,4})\s?-?${characters}`,
      'i',
    ),
    form: ([, count]) => `max:${count ?? ''}`,
    examples: { good: [['at most 40 characters are read', 'max:40']], bad: ['50 characters'] },
  },
  {
    id: 'decorator',
    kind: 'length',
    pattern: /@type=string\([^)\n]{0,80}?\b(minLength|isLength)=(\d{1,4})\b/,
    form: ([, option, count]) => (option === 'minLength' ? `min:${count ?? ''}` : exactly(count)),
    examples: {
      good: [
        ['@type=string(startsWith=a, minLength=48)', 'min:48'],
        ['@required @type=string(isLength=32)', 'chars:32'],
      ],
      bad: ['@type=number(min=16)'],
    },
  },
  {
    id: 'characters',
    kind: 'length',
    pattern: new RegExp(String.raw`\b(\d{2,4})[- ]?(?:random\s|ascii\s|alphanumeric\s)?${characters}`, 'i'),
    form: ([, count]) => exactly(count),
    examples: {
      good: [
        ['needs 40 characters, no more and no less', 'chars:40'],
        ['a 36-char text', 'chars:36'],
        ['some 24-character word', 'chars:24'],
      ],
      bad: ['32 threads', '8 characters'],
    },
  },
  {
    id: 'hex-of-bytes',
    kind: 'length',
    pattern: /\bhex (16|24|32|48|64)$/i,
    form: ([, count]) => hexBytes(count),
    examples: { good: [['some key hex 48', 'hex:48']], bad: ['hex 64 is long'] },
  },
  {
    id: 'long',
    kind: 'length',
    pattern: /\b(\d{2})[- ]long\b/i,
    form: ([, count]) => (within(Number(count), 11, 99) ? `chars:${count ?? ''}` : undefined),
    examples: { good: [['48 LONG', 'chars:48']], bad: ['a long text of 32 lines'] },
  },
  {
    id: 'bytes',
    kind: 'length',
    pattern: /\b(16|24|32|48|64)[- ]?(?:random[- ])?bytes?\b/i,
    form: ([, count]) => `chars:${count ?? ''}`,
    examples: { good: [['a key of 24 bytes', 'chars:24']], bad: ['512 bytes'] },
  },
]
