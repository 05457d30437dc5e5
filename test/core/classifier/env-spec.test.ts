import { expect, it } from 'vitest'
import { classify } from '../../../src/core/classifier/index.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'
import { buildSchema } from '../../../src/core/schema/index.ts'

function decide(text: string, name: string): string {
  const found = classify(EnvDocument.fromText(text, '.env.schema')).find(each => each.name === name)
  return found?.form ?? found?.decision ?? 'nothing'
}

// The decorators of the @env-spec language that mean what our directives mean.
it.each([
  ['SESSION_SECRET=cache(randomHex(64))\n', 'SESSION_SECRET', 'hex:32'],
  ['SESSION_SECRET=randomHex(64, bytes=true)\n', 'SESSION_SECRET', 'hex:64'],
  ['SESSION_SECRET=randomHex()\n', 'SESSION_SECRET', 'hex:16'],
  ['SESSION_SECRET=cache(randomString(32), ttl="1d")\n', 'SESSION_SECRET', 'alnum:32'],
  ['INSTANCE=cache(randomUuid())\n', 'INSTANCE', 'uuid'],
  ['STRIPE_KEY=varlock(prompt)\n', 'STRIPE_KEY', 'ask'],
  ['# @sensitive=false\nJWT_SECRET=change-me\n', 'JWT_SECRET', 'ask'],
  ['# @public @type=string\nJWT_SECRET=known\n', 'JWT_SECRET', 'keep'],
  ['# @public\nJWT_SECRET=\n', 'JWT_SECRET', 'ask-optional'],
  ['# @public @required\nJWT_SECRET=\n', 'JWT_SECRET', 'ask'],
  ['# @sensitive @type=string(minLength=80)\nJWT_SECRET=\n', 'JWT_SECRET', 'hex:64'],
  ['# @type=string(isLength=32)\nENCRYPTION_KEY=\n', 'ENCRYPTION_KEY', 'chars:32'],
  ['# @required\nSTRIPE_API_KEY=\n', 'STRIPE_API_KEY', 'ask'],
  ['# @required=false\nSTRIPE_API_KEY=your-key\n', 'STRIPE_API_KEY', 'ask-optional'],
  ['# @optional\nSTRIPE_API_KEY=your-key\n', 'STRIPE_API_KEY', 'ask-optional'],
  ['# in words only: @public\nJWT_SECRET=change-me\n', 'JWT_SECRET', 'hex:32'],
  ['# @public\n\nJWT_SECRET=change-me\nA=1\n', 'A', 'keep'],
])('%j: %s %s', (text, name, expected) => {
  expect(decide(text, name)).toBe(expected)
})

it.each([
  ['# @required\nA=\n', true],
  ['# @required=false\nA=x\n', false],
  ['# @optional\nA=x\n', false],
  ['# @optional=false\nA=\n', true],
])('whether it may be empty is read from them too: %j', (text, required) => {
  const template = EnvDocument.fromText(text, '.env.schema')
  expect(buildSchema({ template, environment: 'development' }).get('A')?.required).toBe(required)
})
