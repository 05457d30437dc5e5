import type { Generator } from './generator.ts'

/** Laravel's APP_KEY for AES-256-CBC: `base64:` and 32 bytes, as `php artisan key:generate` writes it. */
export const laravelKey: Generator = {
  summary: 'Laravel APP_KEY: base64: and 32 bytes',
  source: 'php artisan key:generate for the cipher AES-256-CBC',
  alphabet: 'A-Za-z0-9+/=:',
  floorBits: 256,
  entropyBits: () => 256,
  generate: (_form, random) => `base64:${Buffer.from(random.bytes(32)).toString('base64')}`,
  matches: value => /^base64:[A-Za-z0-9+/]{43}=$/.test(value),
}
