// Values that look like secrets and stand in public: written by hand from documentation that everybody copies from, and
// gathered from our own templates. What is shipped has salted hashes of them only.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** As texts of two halves, so that no scanner takes this file for a leak. */
const written = [
  ['09d25e094faa6ca2556c818166b7a956', '3b93f7099f6f0f4caa6cf63b88e8d3e7'], // FastAPI, OAuth2 with JWT tokens
  ['192b9bdd22ab9ed4d12e236c78afcb9a', '393ec15f71bbf5dc987d54727823bcbf'], // Flask, quickstart
  ['wJalrXUtnFEMI/K7MDENG/', 'bPxRfiCYEXAMPLEKEY'], // AWS, documentation
  ['AKIAIOSFODNN7', 'EXAMPLE'],
  ['your-256-', 'bit-secret'], // jwt.io
  ['your-384-', 'bit-secret'],
  ['your-512-', 'bit-secret'],
  ['a-string-secret-at-', 'least-256-bits-long'],
  ['a-valid-string-secret-that-is-at-least-', '512-bits-long-which-is-very-long'],
  ['super-secret-jwt-token-with-at-', 'least-32-characters-long'], // Supabase, self-hosting
  ['UpNVntn3cDxHJpq99YMc1T1AQgQpc8kf', 'YTuRgBiYa15BLrx8etQoXz3gZv1/u2oq'],
  ['ThisTokenIsNotSo', 'SecretChangeIt'], // Symfony
  ['toBe', 'Modified1'], // Strapi
  ['CHANGE_ME_TO_A_COMPLEX_', 'RANDOM_SECRET'], // Superset
  ['thisISaSECRET_', '1234'],
  ['keyboard', ' cat'], // express-session
  ['keyboard', '-cat'],
  ['complex_password_at_least_', '32_characters_long'], // iron-session
  ['secret_key_at_least_', '32_characters_long'],
  ['yourSuper', 'StrongPassword123!'],
  ['yourStrong(!)', 'Password'], // SQL Server image
  ['Your_', 'password123'],
  ['P@ssw0rd', 'P@ssw0rd'],
  ['sOmE_sEcUrE_', 'pAsS'], // MongoDB, MailDev examples
  ['my-32-character-', 'ultra-secure-and-ultra-long-secret'], // Spring and JHipster tutorials
  ['404E635266556A586E327235753878', '2F413F4428472B4B6250645367566B5970'], // Spring Security JWT tutorials
  ['404E635266556A586E3272357538782F', '413F4428472B4B6250645367566B5970'],
]

export const publishedSalt = 'dualkey-published-1'

/** Every value, without repeats. */
export function publishedValues() {
  return [...new Set([...written.map(halves => halves.join('')), ...templateValues(join(root, 'templates'))])]
}

/** What our own templates give to variables that are named like secrets. */
function templateValues(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && entry.name.includes('.env'))
    .flatMap(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\n'))
    .flatMap(
      line =>
        /^[A-Z0-9_]*(?:SECRET|TOKEN|KEY|PASSWORD|SALT)[A-Z0-9_]*=['"]?([^'"#\s]{8,})/.exec(line)?.[1] ?? [],
    )
}

/** 24 bits that tell most other values apart without a hash (FNV-1a). */
export function signOf(value) {
  let hash = 0x811c9dc5
  for (let at = 0; at < value.length; at += 1) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % 0x1000000
}

/** The text of src/core/published-values.ts. */
export function publishedModule() {
  const entries = publishedValues()
    .map(value => {
      const hash = createHash('sha256').update(`${publishedSalt}\0${value}`).digest('hex').slice(0, 32)
      return `  [${String(signOf(value))}, '${hash}'],`
    })
    .sort()
  return `// Written by scripts/write-published.mjs: do not edit. Sign and salted hash of values that stand in public.
export const publishedSalt = '${publishedSalt}'
export const publishedHashes: ReadonlyMap<number, string> = new Map([
${entries.join('\n')}
])
`
}
