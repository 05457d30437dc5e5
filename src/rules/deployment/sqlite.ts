import { deployed, inProduction, type Rule } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'

export const sqlite: Rule = variableRule({
  id: 'sqlite',
  title: 'a deployed service keeps its data in a database server',
  severity: deployed('error'),
  rationale: 'a file inside a container is gone with the next deployment, and two machines cannot share it',
  fix: 'use a database server; where one machine with a backup is meant, allow it with that reason',
  source: { title: 'SQLite: Appropriate Uses For SQLite', url: 'https://www.sqlite.org/whentouse.html' },
  names: [
    'DATABASE_URL',
    'DATABASE_URI',
    'DB_URL',
    'DB_URI',
    'DB_CONNECTION',
    'DB_DIALECT',
    'DB_TYPE',
    'DB_ENGINE',
    'DB_DRIVER',
    'DB_CLIENT',
    'DATABASE_TYPE',
    'DATABASE_CLIENT',
    'DATABASE_ENGINE',
    'DATABASE_DRIVER',
  ],
  examples: {
    bad: inProduction(
      'DATABASE_URL=sqlite:///./app.db\n',
      'DATABASE_URL="file:./dev.db"\n',
      'DB_CONNECTION=sqlite\n',
      'SQLALCHEMY_DATABASE_URI=sqlite+aiosqlite:///app.db\n',
      'DB_ENGINE=django.db.backends.sqlite3\n',
      'DATABASE_CLIENT=better-sqlite3\n',
    ),
    good: [
      ...inProduction(
        'DB_CONNECTION=pgsql\n',
        'DATABASE_URL=libsql://app.example.org\n',
        'DB_ENGINE=django.db.backends.postgresql\n',
        'CACHE_URL=sqlite://cache.db\n',
      ),
      { file: 'DATABASE_URL=sqlite:///./app.db\n' },
    ],
  },
  problem: ({ value }) =>
    /^(?:file:|(?:django\.db\.backends\.|better-|aio)?sqlite\d?\b)/i.test(value.trim())
      ? { problem: 'names a database in a file' }
      : undefined,
})
