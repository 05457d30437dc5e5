import { encodeVapidPrivate, vapidPublicOf } from '../core/key-encoding.ts'
import { safeAlphabet, type SetGenerator } from './generator.ts'

const [publicName, privateName] = ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY']

/** The pair by which a server identifies itself to push services: the raw numbers of a P-256 key in URL-safe base64. */
export const vapid: SetGenerator = {
  summary: 'VAPID key pair for web push, in URL-safe base64',
  source: 'RFC 8292; npx web-push generate-vapid-keys',
  alphabet: safeAlphabet,
  floorBits: 128,
  entropyBits: () => 128,
  matches: value => vapidPublicOf(value) !== undefined,
  publicHalf: value => vapidPublicOf(value),
  set: {
    names: [privateName, publicName],
    async generate(form, { keyPairs }) {
      const value = encodeVapidPrivate(await keyPairs.generate({ type: 'ec', curve: 'P-256' }))
      const publicValue = vapidPublicOf(value)
      if (publicValue === undefined) throw new TypeError('a new key has no public half')
      return [
        { name: privateName, value, form },
        { name: publicName, value: publicValue, form: { kind: 'public-of', of: privateName } },
      ]
    },
  },
}
