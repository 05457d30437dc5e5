import type { ValueTypeDefinition } from '../value-type.ts'

/** `sqlite:///app.db`, `sqlite+aiosqlite:///app.db`, `sqlite::memory:`, `file:./dev.db`. */
export const sqliteUrlType: ValueTypeDefinition = {
  id: 'sqlite-url',
  check: value =>
    /^(?:sqlite3?(?:\+[a-z0-9]{1,20})?|file):[^\s\0]+$/i.test(value)
      ? undefined
      : { problem: 'must be the address of an SQLite file', fix: 'write sqlite:///path or file:path' },
}
