import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { SecretsError } from '../../src/core/errors.ts'
import type { Secret } from '../../src/core/secret.ts'
import { decodeDocument, encodeDocument, type StoreDocument } from './document.ts'

/**
 * A store file is one age file for one X25519 recipient. age hides and protects the content, but says nothing about
 * who wrote it: anybody who knows the recipient can make a file that opens. So the plaintext,
 * `{"mac":"<64 hex>","body":<document>}`, carries an HMAC-SHA-256 of the document's exact bytes under a key that
 * only the holder of the identity can derive.
 */
export async function sealDocument(document: StoreDocument, identity: Secret): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption')
  const body = encodeDocument(document)
  const encrypter = new Encrypter()
  encrypter.addRecipient(await recipientOf(identity))
  const text = `{"mac":"${macOf(body, identity).toString('hex')}","body":${body}}\n`
  return await collect(await encrypter.encrypt(streamOf(Buffer.from(text, 'utf8'))))
}

// Given bytes, the library collects its result through `Response`, which loads Node's whole fetch: a third of what a
// `get` costs. Given a stream it returns a stream.
export function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}

/** All of it, or the error of the first part that does not verify: nothing is used before. */
export async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(parts)
    parts.push(value)
  }
}

/** The public key of an identity. Throws `store.wrong_identity` where the text is none. */
export async function recipientOf(identity: Secret): Promise<string> {
  const { identityToRecipient } = await import('age-encryption')
  try {
    return await identityToRecipient(identity.reveal())
  } catch {
    throw notAnIdentity()
  }
}

/**
 * The document, once the whole file and the inner MAC have verified; nothing is looked at before. `no-identity` when
 * the file is for another recipient (or its header is damaged: the two look the same); throws `store.damaged`.
 */
export async function openSealed(
  bytes: Uint8Array,
  identities: readonly Secret[],
): Promise<StoreDocument | 'no-identity'> {
  const text = await decrypt(bytes, identities)
  if (text === 'no-identity') return text
  const start = /^\{"mac":"([0-9a-f]{64})","body":/.exec(text)
  if (start?.[1] === undefined || !text.endsWith('}\n')) throw notOurs()
  const body = text.slice(start[0].length, -2)
  const mac = Buffer.from(start[1], 'hex')
  if (!identities.some(identity => timingSafeEqual(macOf(body, identity), mac))) throw notOurs()
  return decodeDocument(body)
}

async function decrypt(bytes: Uint8Array, identities: readonly Secret[]): Promise<string> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  try {
    for (const identity of identities) decrypter.addIdentity(identity.reveal())
  } catch {
    throw notAnIdentity()
  }
  try {
    const plain = await collect(await decrypter.decrypt(streamOf(bytes)))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plain)
  } catch (error) {
    // The library gives its errors no codes; the text is fixed by the locked version, and a test holds it.
    if (error instanceof Error && error.message.startsWith('no identity matched')) return 'no-identity'
    throw new SecretsError('store.damaged', 'the store file does not verify')
  }
}

function macOf(body: string, identity: Secret): Buffer {
  const key = hkdfSync('sha256', Buffer.from(identity.reveal()), '', 'secrets/v1/mac', 32)
  return createHmac('sha256', Buffer.from(key)).update(body, 'utf8').digest()
}

function notOurs(): SecretsError {
  return new SecretsError('store.damaged', 'the store file was not written with this identity')
}

export function notAnIdentity(path?: string): SecretsError {
  return new SecretsError(
    'store.wrong_identity',
    'the identity file holds no age identity that can be used',
    {
      hints: [
        'it must hold a line that begins with AGE-SECRET-KEY-1, as age-keygen writes it, or be an age file of that under a passphrase',
      ],
      ...(path === undefined ? {} : { at: { path } }),
    },
  )
}
