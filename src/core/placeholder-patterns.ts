/** `default`: usable but published with the software; `placeholder`: stands for a value that is still to come. */
export type PlaceholderKind = 'placeholder' | 'default'

/** What it looks like, more exactly than its kind. */
export type PlaceholderSort =
  | 'blank'
  | 'mask'
  | 'x-row'
  | 'change'
  | 'replace'
  | 'generate'
  | 'your'
  | 'my'
  | 'example-address'
  | 'example'
  | 'repeated'
  | 'row'
  | 'constant'
  | 'default'
  | 'words'

/** One spelling. */
export interface Pattern {
  readonly kind: PlaceholderKind
  readonly sort: PlaceholderSort
  readonly reason: string
  /** A regular expression, or where a comparison says the same at less cost, that. */
  readonly pattern: { test(text: string): boolean }
  /** Tested against the letters alone, in lower case: `CHANGE-THIS!` is `changethis`. */
  readonly letters?: true
  /**
   * In lower case; a text without any of these cannot match. Nearly every value has none of them, and looking for a
   * few words is much cheaper than compiling two dozen patterns, which were a tenth of the time of `validate`.
   */
  readonly needs?: readonly string[]
}

/** First match wins. Every pattern is anchored or bounded, so that it cannot backtrack far. */
export const patterns: readonly Pattern[] = [
  // The password in the documentation of most database images.
  {
    kind: 'default',
    sort: 'default',
    reason: 'a well-known default',
    needs: ['example'],
    pattern: /^example$/i,
  },
  {
    kind: 'placeholder',
    sort: 'blank',
    reason: 'a blank to fill in',
    needs: ['<'],
    pattern: /^<[^<>@]{1,120}>$/,
  },
  {
    kind: 'placeholder',
    sort: 'blank',
    reason: 'a blank to fill in',
    needs: ['<'],
    pattern: /<[A-Za-z][\w .-]{1,60}>(?![^<]{0,20}<\/)/,
  },
  {
    kind: 'placeholder',
    sort: 'blank',
    reason: 'a blank to fill in',
    needs: ['{', '%'],
    pattern: /^(?:\{\{? ?|%)[A-Za-z][\w .-]{1,80}(?:\}?\}|%)$/,
  },
  // Of Jinja, Mustache, ERB, GitHub Actions: something that a program should have filled in.
  {
    kind: 'placeholder',
    sort: 'blank',
    reason: 'a blank that a program was to fill in',
    needs: ['{{', '{%', '<%'],
    pattern:
      /^\{\{[^{}\n]{1,200}\}\}$|^\{\{\{[^{}\n]{1,200}\}\}\}$|\{%[^%\n]{1,200}%\}|<%[^%\n]{1,200}%>|\$\{\{/,
  },
  {
    kind: 'placeholder',
    sort: 'blank',
    reason: 'a blank to fill in',
    needs: ['['],
    pattern: /^\[[A-Za-z][^\]",]{0,80}[ _-][^\]",]{1,120}\]$/,
  },
  { kind: 'placeholder', sort: 'mask', reason: 'a mask', pattern: { test: isMask } },
  {
    kind: 'placeholder',
    sort: 'mask',
    reason: 'a mask',
    needs: ['***', '...', '…'],
    pattern: /\*{3,}|\.{3}$|…$/,
  },
  {
    kind: 'placeholder',
    sort: 'x-row',
    reason: 'a row of x',
    needs: ['xxx'],
    pattern: /(?:^|[^A-Za-z0-9])[xX]{3,}(?:[^A-Za-z0-9]|$)/,
  },
  { kind: 'placeholder', sort: 'x-row', reason: 'a row of x', needs: ['xxxxx'], pattern: /x{5}|X{5}/ },
  {
    kind: 'placeholder',
    sort: 'change',
    reason: 'a text that asks to be changed',
    letters: true,
    needs: ['change', 'updat', 'modif', 'edit', 'configur', 'replac', 'use', 'notfor', 'notareal', 'tobe'],
    pattern:
      /change(?:me|this|that|user(?:name)?$|pass(?:word)?$|secret|key$|token|value|default|it(?:$|to|please|before|in)|these|before|in|on|asap|with|to)|(?:please|must(?:be)?|tobe|needsto(?:be)?)change|^change$|(?:tobe|shouldbe|mustbe|please)(?:changed|updated?|modified|replaced|modify)|^(?:update|modify|edit|configure)(?:me|this)$|(?:never|donot|dont)(?:ever)?use|notfor(?:prod|live|real)|notareal|tobe(?:set|filled|defined|provided)/,
  },
  {
    kind: 'placeholder',
    sort: 'replace',
    reason: 'a text that asks to be replaced',
    letters: true,
    needs: [
      'replac',
      'insert',
      'enter',
      'paste',
      'put',
      'fill',
      'set',
      'add',
      'get',
      'type',
      'goeshere',
      'placeholder',
      'dummy',
      'redacted',
      'fixme',
      'todo',
      'tbd',
      'undefined',
    ],
    pattern:
      /replace(?:me|this|it|with|by|here|your)|pleasereplace|^replace|^(?:insert|enter|paste|put|fill|set|add|get|type)(?:your|here|the|in|a|an|me|my|it|this|key|secret|token|password)|^insert|goeshere|^placeholder|placeholder$|^dummy|dummy$|^redacted$|^fixme|^todo$|^todo(?:set|fill|add|change|replace)|^tbd$|^undefined$|^unset$|^notset$/,
  },
  {
    kind: 'placeholder',
    sort: 'replace',
    reason: 'a text that asks to be replaced',
    needs: ['!', 'fixme', 'todo'],
    pattern: /^!+\s?[A-Za-z]|^fixme|^todo\b/i,
  },
  {
    kind: 'placeholder',
    sort: 'generate',
    reason: 'a text that asks for a generated value',
    letters: true,
    needs: ['generat', 'random'],
    pattern:
      /generate(?:me|a|an|with|this|your|one|by|using|strong|random|secure|new)|^generate|^generated?$|(?:some|a|an|any|your|long|strong|secure)(?:long|strong|secure|truly)?random|^random(?:string|key|secret|value|token|hash|salt|chars|characters|bytes)|randomstring/,
  },
  {
    kind: 'placeholder',
    sort: 'your',
    reason: 'a text that says "your"',
    needs: ['you'],
    pattern:
      /(?:^|[^A-Za-z])your(?:[^A-Za-z]|[a-z]{2,})|(?:^|[^A-Za-z])YOUR(?:[^A-Za-z]|[A-Z]{2,})|(?:^|[^A-Za-z])Your(?=[^a-z])|(?:^|[^A-Za-z])you\d?@/,
  },
  {
    kind: 'placeholder',
    sort: 'my',
    reason: 'a text that says "my"',
    needs: ['my'],
    pattern:
      /^my[-_ ]?(?:[a-z]{1,20}[-_ ])?(?:secret|password|passwd|pass|token|key|api|access|app[-_]?(?:id|secret|key)|client|username|domain|host|email)(?:[-_. ].*)?$/i,
  },
  {
    kind: 'placeholder',
    sort: 'example-address',
    reason: 'an example address',
    needs: ['example', 'domain', 'company', 'my', 'your', 'some', 'foo.', '.tld'],
    pattern:
      /(?:^|[@./\s])(?:[\w-]{1,63}\.){0,4}(?:example\.(?:com|org|net|edu|io|dev|test|local)|example|domain\.(?:com|tld|org|net)|(?:my|your|some)-?(?:domain|site|app|company|server|host)\.[a-z]{2,5}|company\.com|foo\.(?:com|bar)|test\.tld|host\.tld)(?:$|[\s:/?#>,;"'])/i,
  },
  {
    kind: 'placeholder',
    sort: 'example',
    reason: 'an example',
    needs: ['example', 'sample'],
    pattern: /^(?:examples?|samples?)(?:[-_ .]|$)|[-_ .](?:example|sample)$/i,
  },
  { kind: 'default', sort: 'repeated', reason: 'one character repeated', pattern: { test: isOneCharacter } },
  {
    kind: 'default',
    sort: 'row',
    reason: 'a row of digits or letters',
    needs: ['123', 'abc', 'qwerty', 'asdf'],
    pattern:
      /^(?:0?123(?:4(?:5(?:6(?:7(?:89?0?)?)?)?)?)?|abc(?:def(?:ghi)?)?(?:123)?|qwerty(?:uiop)?|asdf(?:gh(?:jkl)?)?)+$/i,
  },
  {
    kind: 'default',
    sort: 'constant',
    reason: 'a well-known constant',
    needs: ['cafebabe', 'deadbeef', 'deadc0de', '0123456789abcdef', 'badc0ffee', 'c0ffee'],
    pattern: /^(?:0x)?(?:cafebabe|deadbeef|deadc0de|0123456789abcdef|badc0ffee|c0ffee)+$/i,
  },
]

function isMask(text: string): boolean {
  return text.length >= 3 && Array.from(text).every(character => '*.-_?#=…•'.includes(character))
}

function isOneCharacter(text: string): boolean {
  return text.length >= 4 && text === text.charAt(0).repeat(text.length)
}
