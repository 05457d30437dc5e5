const controls =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g
const controlsOrColour =
  /\u001b\[\d{1,2}m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/**
 * Names, paths and server texts may carry control characters that move the cursor, write to the clipboard or turn the
 * order of letters: shown as escapes. Newlines and the colour sequences that we make ourselves stay.
 */
export function printable(text: string): string {
  return text.replace(controlsOrColour, found => (found.length > 1 ? found : escaped(found)))
}

/** Without our own colours: in a JSON text the escapes are JSON's, so that it means the same. */
export function escapeControls(text: string): string {
  return text.replace(controls, escaped)
}

/** A text of somebody else inside a line of ours: it can neither end the line nor colour it. */
export function printableInline(text: string): string {
  return escapeControls(text.replace(/[\t\n]/g, escaped))
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
