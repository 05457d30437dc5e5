import type { HintRule } from './hint.ts'

/** Fewer random bytes than this are refused by every generator; a shorter hint asks for too little. */
const fewestBytes = 16

/** The bytes that a command names, at least as many as are safe. */
function bytes(kind: 'hex' | 'base64' | 'base64url', count: string | undefined, usual = 32): string {
  const size = count === undefined || count === '' ? usual : Number(count)
  return `${kind}:${String(Math.min(Math.max(size, fewestBytes), 1024))}`
}

/** `| cut -c1-32`, `| head -c 32`, `| fold -w 32`: the text is cut to so many characters. */
function cutTo(rest: string): string | undefined {
  const size = /\|\s{0,3}(?:cut\s+-c\s?(?:1-|-)?|head\s+-c\s?|fold\s+-w\s?)(\d{1,4})/.exec(rest)?.[1]
  return size === undefined ? undefined : characters(size)
}

function characters(size: string | undefined): string | undefined {
  const count = Number(size)
  return count >= 11 && count <= 4096 ? `chars:${String(count)}` : undefined
}

/** What is left of base64 after `tr -dc A-Za-z0-9` is about as long as before. */
function filtered(count: string | undefined, rest: string): string | undefined {
  return /\|\s{0,3}tr\s+-d/.test(rest)
    ? `alnum:${String(Math.max(22, Math.floor((Number(count) * 4) / 3)))}`
    : undefined
}

const shell: readonly HintRule[] = [
  {
    id: 'openssl-hex',
    kind: 'command',
    pattern: /openssl\s+rand\s+(?:-hex\s+(\d{1,4})|(\d{1,4})\s+-hex)/i,
    form: ([, after, before], rest) => cutTo(rest) ?? bytes('hex', after ?? before),
    examples: {
      good: [
        ['run `openssl rand -hex 32`', 'hex:32'],
        ['openssl rand -hex 64 | cut -c1-48', 'chars:48'],
        ['openssl rand -hex 8', 'hex:16'],
      ],
      bad: ['openssl rand -base64 32', 'uses openssl and hex'],
    },
  },
  {
    id: 'openssl-base64',
    kind: 'command',
    pattern:
      /openssl\s+rand\s+(?:-base64\s+(?:-A\s+)?(\d{1,4})|(\d{1,4})\s+-base64|(\d{1,4})\s*\|\s*base64)/i,
    form: ([, after, before, piped], rest) => {
      const count = after ?? before ?? piped
      return cutTo(rest) ?? filtered(count, rest) ?? bytes('base64', count)
    },
    examples: {
      good: [
        ['Generate with: openssl rand -base64 32', 'base64:32'],
        ["openssl rand -base64 48 | tr -d '/+='", 'alnum:64'],
        ['openssl rand 24 | base64', 'base64:24'],
      ],
      bad: ['openssl rand -hex 32', 'a base64 string'],
    },
  },
  {
    id: 'urandom-text',
    kind: 'command',
    pattern: /\/dev\/u?random[^\n]{0,80}?\|\s{0,3}(?:head\s+-c\s?|fold\s+-w\s?|cut\s+-c\s?(?:1-)?)(\d{1,4})/,
    form: ([, count]) => characters(count),
    examples: {
      good: [
        ['cat /dev/urandom | tr -dc a-z0-9 | head -c 40', 'chars:40'],
        ['base64 /dev/urandom | head -c 48', 'chars:48'],
      ],
      bad: ['head -c 32 /dev/urandom | base64'],
    },
  },
  {
    id: 'urandom-bytes',
    kind: 'command',
    pattern: /head\s+-c\s?(\d{1,4})\s+\/dev\/u?random\s*\|\s*(base64|xxd|od|hexdump|sha256sum)/,
    form: ([, count, tool]) => bytes(tool === 'base64' ? 'base64' : 'hex', count),
    examples: {
      good: [
        ['head -c 32 /dev/urandom | base64', 'base64:32'],
        ['head -c 24 /dev/urandom | xxd -p', 'hex:24'],
      ],
      bad: ['head -c 32 /dev/zero | base64'],
    },
  },
  {
    id: 'checksum',
    kind: 'command',
    pattern: /\/dev\/u?random[^\n|]{0,80}\|\s{0,3}(md5|sha1|sha256|sha512|base64)(?:sum)?\b/,
    form: ([, tool]) =>
      ({ md5: 'hex:16', sha1: 'hex:20', sha256: 'hex:32', sha512: 'hex:64' })[tool ?? ''] ?? 'base64:32',
    examples: {
      good: [['dd if=/dev/urandom bs=512 count=2 | md5sum', 'hex:16']],
      bad: ['compare the md5sum of the download'],
    },
  },
  {
    id: 'pwgen',
    kind: 'command',
    pattern: /\bpwgen\s+(?:-\w+\s+){0,4}(\d{2,4})\b/,
    form: ([, count]) => (Number(count) >= 22 ? `alnum:${count ?? ''}` : characters(count)),
    examples: { good: [['pwgen -s 64 1', 'alnum:64']], bad: ['install pwgen 2'] },
  },
  {
    id: 'uuid',
    kind: 'command',
    pattern:
      /\buuidgen\b|\buuid\.?uuid4\(|\brandomUUID\(\)|\b(?:random|any|new|a)\s+(?:random\s+)?(?:uuid|guid)\b|@type=uuid\b/i,
    form: () => 'uuid',
    examples: {
      good: [
        ['use uuidgen', 'uuid'],
        ['set to a random UUID', 'uuid'],
      ],
      bad: ['the uuid of the user'],
    },
  },
]

const languages: readonly HintRule[] = [
  {
    id: 'python-hex',
    kind: 'command',
    pattern: /token_hex\(\s*(?:nbytes\s*=\s*)?(\d{0,4})\s*\)/,
    form: ([, count]) => bytes('hex', count),
    examples: {
      good: [
        ['python -c "import secrets; print(secrets.token_hex(24))"', 'hex:24'],
        ['token_hex()', 'hex:32'],
      ],
      bad: ['the token is hex'],
    },
  },
  {
    id: 'python-urlsafe',
    kind: 'command',
    pattern: /token_urlsafe\(\s*(?:nbytes\s*=\s*)?(\d{0,4})\s*\)/,
    form: ([, count]) => bytes('base64url', count),
    examples: { good: [['secrets.token_urlsafe(40)', 'base64url:40']], bad: ['a url-safe token'] },
  },
  {
    id: 'python-bytes',
    kind: 'command',
    pattern: /(?:os\.urandom|secrets\.token_bytes)\(\s*(\d{1,4})\s*\)/,
    form: ([, count]) => bytes('hex', count),
    examples: { good: [['os.urandom(24)', 'hex:24']], bad: ['os.path.join(24)'] },
  },
  {
    id: 'django-string',
    kind: 'command',
    pattern: /get_random_string\(\s*(?:length\s*=\s*)?(\d{1,4})/,
    form: ([, count]) => (Number(count) >= 22 ? `alnum:${count ?? ''}` : characters(count)),
    examples: { good: [['crypto.get_random_string(60)', 'alnum:60']], bad: ['get_random_choice(60)'] },
  },
  {
    id: 'node-bytes',
    kind: 'command',
    pattern: /randomBytes\(\s*(\d{1,4})\s*\)(?:\.toString\(\s*\\?["'`]?(\w{0,12}))?/,
    form: ([, count, encoding]) =>
      bytes(encoding === 'base64' ? 'base64' : encoding === 'base64url' ? 'base64url' : 'hex', count),
    examples: {
      good: [
        ["require('crypto').randomBytes(48).toString('hex')", 'hex:48'],
        ['crypto.randomBytes(32).toString("base64")', 'base64:32'],
      ],
      bad: ['random bytes (32)'],
    },
  },
  {
    id: 'php-bytes',
    kind: 'command',
    pattern: /(bin2hex|base64_encode)\(\s*(?:random_bytes|openssl_random_pseudo_bytes)\(\s*(\d{1,4})/,
    form: ([, encoder, count]) => bytes(encoder === 'bin2hex' ? 'hex' : 'base64', count),
    examples: { good: [['echo bin2hex(random_bytes(40));', 'hex:40']], bad: ['bin2hex($salt)'] },
  },
  {
    id: 'ruby-random',
    kind: 'command',
    pattern:
      /SecureRandom\.(hex|base64|urlsafe_base64|alphanumeric|uuid)(?:\(\s*(\d{0,4})\s*\)|\s+(\d{1,4}))?/,
    form: ([, method, inner, outer]) => {
      const count = inner ?? outer
      if (method === 'uuid') return 'uuid'
      if (method === 'alphanumeric') return `alnum:${String(Math.max(22, Number(count ?? 32)))}`
      return bytes(method === 'hex' ? 'hex' : method === 'base64' ? 'base64' : 'base64url', count)
    },
    examples: { good: [['ruby -e "puts SecureRandom.hex(64)"', 'hex:64']], bad: ['SecureRandom is used'] },
  },
]

export const commandHints: readonly HintRule[] = [...shell, ...languages]
