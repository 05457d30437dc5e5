import { describe, expect, it } from 'vitest'
import { formKinds, type FormKind, parseForm } from '../../src/core/form.ts'
import { findLiveKey, looksSecret } from '../../src/core/secret-shape.ts'
import { systemKeyPairs } from '../../src/effects/key-pairs.ts'
import { systemRandom } from '../../src/effects/random.ts'
import { generateParts } from '../../src/generators/index.ts'

// Made of parts, so that no scanner takes them for keys of somebody.
const live = [
  ['sk_', 'live_', '4eC39HqLyjWDarjtT1zdp7dc'],
  ['AK', 'IA', 'QYLPMN5HHHFPZAM2'],
  ['gh', 'p_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'],
  ['xo', 'xb-', '123456789012-abcdefABCDEF'],
  ['SG', '.', 'ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf09kqeF8tAmbihYzrnopKc'],
  ['sk-', 'proj-', 'a1B2c3D4e5F6g7H8i9J0k1L2'],
  ['-----BEGIN RSA ', 'PRIVATE', ' KEY-----\nMIIB'],
].map(parts => parts.join(''))

describe('findLiveKey', () => {
  it.each(live)('finds key %#', text => {
    expect(findLiveKey(text)).toBeDefined()
    expect(findLiveKey(`https://u:${text}@x.test/`)).toBeDefined()
  })

  it.each([
    ['sk_', 'test_', '4eC39HqLyjWDarjtT1zdp7dc'].join(''),
    ['sk_', 'live_', 'your_key_goes_here'].join(''),
    ['AK', 'IA', 'IOSFODNN7EXAMPLE'].join(''),
    'sk-your-key',
    'change-me',
    '',
  ])('leaves %j', text => {
    expect(findLiveKey(text)).toBeUndefined()
  })
})

describe('looksSecret', () => {
  const kinds = (Object.keys(formKinds) as FormKind[]).filter(
    kind => !['pin', 'passphrase', 'public-of', 'rsa', 'bcrypt', 'argon2'].includes(kind),
  )

  it.each([...kinds, 'hex:16', 'base64:24', 'alnum:22', 'rsa:2048:base64', 'ec:jwk'])(
    'sees what is generated as %s',
    async form => {
      const sources = { random: systemRandom, keyPairs: systemKeyPairs }
      for (let round = 0; round < 5; round += 1) {
        const [part] = await generateParts(parseForm(form), sources)
        expect(looksSecret(part!.value.reveal())).toBe(true)
      }
    },
  )

  it.each([
    ...[
      'http://localhost:3000/api/v1',
      'my-long-service-name-here',
      'postgresql+asyncpg',
      'noreply@shop.test',
    ],
    ...['/var/lib/app/data/uploads/2024', 'application/x-www-form-urlencoded', 'SELECT 1', '*/5 * * * *'],
    ...['America/New_York', 'ParentComponentName', 'claude-3-5-sonnet-20241022', '10.0.0.1,10.0.0.2', 'info'],
    ...['registry.test/team/image:1.2.3', '2024-01-01T00:00:00Z', 'AES-256-CBC', 'change-me-please-now-1'],
    ...['<your very long key here>', '', 'internationalization', 'docker-compose.override.yml'],
  ])('leaves %j', text => {
    expect(looksSecret(text)).toBe(false)
  })
})
