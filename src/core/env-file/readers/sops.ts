import { refused, valueOf, type ReaderModel, type Reading } from './model.ts'

/** SOPS' dotenv store: everything behind `=` is the value, quotes included; `\n` is its one escape. */
export const sopsReader: ReaderModel = { id: 'sops', head: /^[^\s=#][^\s=]*=$/, read: readSops }

function readSops(text: string): Reading {
  return /[\n\r]/.test(text) ? refused : valueOf(text.replaceAll('\\n', '\n'))
}
