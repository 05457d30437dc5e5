import type { ValueTypeDefinition } from '../value-type.ts'

/** A key in PEM; line breaks may be written as `\n`, as single-line files have them. */
export const pemType: ValueTypeDefinition = {
  id: 'pem',
  check(value) {
    const block = readPem(value)
    return block?.label.endsWith(' KEY') === true || block?.label === 'KEY'
      ? undefined
      : { problem: 'must be a key in PEM', fix: 'put the whole of the file in quotes, from BEGIN to END' }
  },
}

/** The first block: its label and its DER bytes; `undefined` where there is none or its text is no base64. */
export function readPem(value: string): { readonly label: string; readonly bytes: Uint8Array } | undefined {
  const text = value.replaceAll('\\r', '').replaceAll('\\n', '\n').trim()
  const [, label = ''] = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\s/.exec(text) ?? []
  const end = text.indexOf(`-----END ${label}-----`)
  if (label === '' || end === -1) return undefined
  // Old encrypted keys have header lines, with an empty line after them.
  const body = text.slice(text.indexOf('\n') + 1, end).replace(/^(?:[A-Za-z-]+: [^\n]*\n)+\s*/, '')
  const encoded = body.replace(/\s+/g, '')
  if (encoded === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || encoded.length % 4 !== 0) return undefined
  return { label, bytes: Uint8Array.from(atob(encoded), character => character.charCodeAt(0)) }
}
