import type { ValueTypeDefinition } from '../value-type.ts'

/** A path of a file or directory, relative or not; whether it is there, nobody asks. */
export const pathType: ValueTypeDefinition = {
  id: 'path',
  check: value =>
    /[\0\r\n]/.test(value) || value.trim() !== value || /^[a-z][a-z0-9+.-]+:\/\//i.test(value)
      ? {
          problem: 'must be a path',
          fix: 'write the path alone, on one line, without file:// and blanks around',
        }
      : undefined,
}
