import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const page = resolve(import.meta.dirname, '../../docs/third-party-adapters.md')

/** A file as docs/third-party-adapters.md has it. */
export function fileOfPage(name: string): string {
  const [, block] = readFileSync(page, 'utf8').split(`<!-- file: ${name} -->`)
  const [, text] = /```\w+\n([\s\S]*?)```/.exec(block ?? '') ?? []
  if (text === undefined) throw new Error(`the page has no ${name}`)
  return text
}
