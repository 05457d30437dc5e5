import { expect, it } from 'vitest'
import { readNeeds } from '../../../src/core/compose/needs.ts'

it('finds what compose takes from its .env, and what stands there', () => {
  const { references, literals } = readNeeds(`services:
  db:
    image: \${REGISTRY:-docker.io}/postgres
    environment:
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD:?set it} # \${COMMENT}
      POSTGRES_USER: app
      PORT: 5432
      EMPTY:
  api:
    command: run --password $REDIS_PASSWORD --price $$5 --raw $$RAW
    volumes: ["\${PWD}:/app", "\${DATA_DIR}:/data"]
    environment:
      - DATABASE_URL=postgres://app:\${POSTGRES_PASSWORD}@db/shop
      - MODE=fast=1
      - FROM_SHELL
      - LATER=\${LATER}
      - AGAIN=\${LATER-x}
`)
  expect(references).toEqual([
    { name: 'POSTGRES_PASSWORD', line: 5 },
    { name: 'REDIS_PASSWORD', line: 10 },
    { name: 'DATA_DIR', line: 11 },
  ])
  expect(literals).toEqual([
    { name: 'POSTGRES_USER', value: 'app', line: 6 },
    { name: 'PORT', value: '5432', line: 7 },
    { name: 'MODE', value: 'fast=1', line: 14 },
  ])
})

it.each([
  '',
  'services: [',
  '- a',
  'services:\n  a: 1\n',
  'services:\n  a:\n    environment: x\n',
  '\0',
  'a: *b',
])('has nothing to say of %j', text => {
  expect(readNeeds(text)).toEqual({ references: [], literals: [] })
})
