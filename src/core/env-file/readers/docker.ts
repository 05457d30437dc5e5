import { refused, valueOf, type ReaderModel, type Reading } from './model.ts'

/**
 * `docker run --env-file`: everything behind the first `=` is the value, blanks, quotes and `#` included. Lines of
 * 64 KiB and more stop the reader. Fixtures were measured with docker/cli 29.9.
 */
export const dockerReader: ReaderModel = { id: 'docker', head: /^[^\s=#][^\s=]*=$/, read: readDocker }

/** 64 KiB less room for the name. */
const longestBytes = 64 * 1024 - 512

function readDocker(text: string): Reading {
  if (/[\n\r]/.test(text)) return refused
  return Buffer.byteLength(text) > longestBytes ? refused : valueOf(text)
}
