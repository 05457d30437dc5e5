/**
 * bcrypt, `$2b$` (Provos and Mazieres, "A Future-Adaptable Password Scheme", 1999): 16 bytes of salt, the password's bytes with
 * a zero at their end. Only for passwords that we make: they have fewer than 72 bytes and no zero.
 */
export function bcryptHash(password: string, salt: Uint8Array, cost: number): string {
  const state = startState()
  const key = toWords(Buffer.concat([Buffer.from(password, 'utf8'), Buffer.from([0])]), 18)
  const saltWords = toWords(Buffer.from(salt), 18)
  expandKey(state, key, saltWords)
  const noSalt = new Int32Array(18)
  for (let round = 0; round < 2 ** cost; round += 1) {
    expandKey(state, key, noSalt)
    expandKey(state, saltWords, noSalt)
  }
  const block = toWords(Buffer.from('OrpheanBeholderScryDoubt'), 6)
  for (let at = 0; at < block.length; at += 2) {
    for (let round = 0; round < 64; round += 1) encrypt(state, block, at)
  }
  const bytes = Buffer.alloc(24)
  block.forEach((word, at) => bytes.writeInt32BE(word, at * 4))
  const costText = String(cost).padStart(2, '0')
  return `$2b$${costText}$${encodeBase64(salt)}${encodeBase64(bytes.subarray(0, 23))}`
}

/** Blowfish's subkeys and its four boxes of 256 words, one behind the other. */
interface State {
  readonly p: Int32Array
  readonly s: Int32Array
}

function expandKey({ p, s }: State, key: Int32Array, salt: Int32Array): void {
  for (let at = 0; at < 18; at += 1) p[at] = (p[at] ?? 0) ^ (key[at] ?? 0)
  const block = new Int32Array(2)
  let from = 0
  for (const part of [p, s]) {
    for (let at = 0; at < part.length; at += 2) {
      // Four words of salt, over and over.
      block[0] = (block[0] ?? 0) ^ (salt[from] ?? 0)
      block[1] = (block[1] ?? 0) ^ (salt[from + 1] ?? 0)
      from = (from + 2) % 4
      encrypt({ p, s }, block, 0)
      part[at] = block[0]
      part[at + 1] = block[1]
    }
  }
}

/** One block of two words in place: 16 rounds. */
function encrypt({ p, s }: State, block: Int32Array, at: number): void {
  let left = (block[at] ?? 0) ^ (p[0] ?? 0)
  let right = block[at + 1] ?? 0
  for (let round = 1; round < 17; round += 2) {
    right ^= mix(s, left) ^ (p[round] ?? 0)
    left ^= mix(s, right) ^ (p[round + 1] ?? 0)
  }
  block[at] = right ^ (p[17] ?? 0)
  block[at + 1] = left
}

function mix(s: Int32Array, word: number): number {
  const a = s[word >>> 24] ?? 0
  const b = s[256 + ((word >>> 16) & 255)] ?? 0
  const c = s[512 + ((word >>> 8) & 255)] ?? 0
  const d = s[768 + (word & 255)] ?? 0
  return (((a + b) ^ c) + d) | 0
}

/** `count` words of the bytes, over and over. */
function toWords(bytes: Buffer, count: number): Int32Array {
  const words = new Int32Array(count)
  for (let at = 0; at < count * 4; at += 1) {
    const word = at >> 2
    words[word] = ((words[word] ?? 0) << 8) | (bytes[at % bytes.length] ?? 0)
  }
  return words
}

/** Blowfish begins with the digits of pi behind the point. */
function startState(): State {
  const count = 18 + 4 * 256
  const digits = fractionOfPi(count * 32)
    .toString(16)
    .padStart(count * 8, '0')
  const words = Int32Array.from({ length: count }, (_, at) =>
    Number.parseInt(digits.slice(at * 8, at * 8 + 8), 16),
  )
  return { p: words.slice(0, 18), s: words.slice(18) }
}

/** The first `bits` binary digits, by Machin's formula; spare digits take the error of rounding. */
function fractionOfPi(bits: number): bigint {
  const spare = 64n
  const one = 1n << (BigInt(bits) + spare)
  const pi = 16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one)
  return (pi - 3n * one) >> spare
}

function arctanOfInverse(number: bigint, one: bigint): bigint {
  const square = number * number
  let power = one / number
  let sum = power
  for (let odd = 3n, sign = -1n; power > 0n; odd += 2n, sign = -sign) {
    power /= square
    sum += (sign * power) / odd
  }
  return sum
}

const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const usual = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Its own order of letters, without padding. */
function encodeBase64(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64').replace(/=+$/, '')
  return Array.from(text, letter => alphabet[usual.indexOf(letter)] ?? '').join('')
}
