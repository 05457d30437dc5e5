import { createHash } from 'node:crypto'

/** A file that the manifest names, with what stands in it; `undefined` where there is no such file. */
export interface NamedFile {
  readonly path: string
  readonly sha256: string | undefined
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * One SHA-256 over the manifest's bytes and the files that it names, by name and content. It says nothing of where
 * they lie, so that it is the same on every machine; a file that is missing counts as that. Not the digest of the
 * manifest alone: nobody can make it from a manifest without having looked at what it names.
 */
export function trustDigest(manifest: Uint8Array, files: readonly NamedFile[]): string {
  const named = files
    .map(({ path, sha256: content }) => `file ${JSON.stringify(path)} ${content ?? 'absent'}\n`)
    .sort()
  const text = `secrets trust 1\nmanifest ${sha256(manifest)}\n${named.join('')}`
  return sha256(new TextEncoder().encode(text))
}

const digestPattern = /^[0-9a-f]{64}$/i

/** Lower case; `undefined` for what is no SHA-256. */
export function readDigest(text: string): string | undefined {
  return digestPattern.test(text) ? text.toLowerCase() : undefined
}
