import { type DocumentPage, readRecords, type SecretRecords } from '../../src/core/document/records.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { type JsonFlaw, type JsonObject, readJsonObject } from '../../src/core/json-object.ts'
import type { Secret } from '../../src/core/secret.ts'

// A value of the vault as a JSON object whose fields are variables. `object`: the secret's name, for people.

export function contentOf(value: Secret, object: string): JsonObject {
  const content = readJsonObject(value)
  if (!('flaw' in content)) return content
  throw new SecretsError('provider.invalid_reply', `the value of "${object}" ${flaws[content.flaw]}`, {
    hints: ['a variable with "field" stands in a JSON object: {"user":"…","password":"…"}'],
  })
}

const flaws: Readonly<Record<JsonFlaw, string>> = {
  no_json: 'is no JSON',
  no_object: 'is JSON without fields',
  repeated_key: 'has one field twice, of which readers take one or the other',
}

export function pageOf(content: JsonObject, object: string): DocumentPage {
  return {
    keys: () => content.keys(),
    text(key) {
      const value = content.text(key)
      if (value !== 'not_text') return value
      throw new SecretsError('provider.invalid_reply', `"${key}" of "${object}" is JSON but no text`, {
        hints: ['values are texts: write it again in quotes'],
      })
    },
  }
}

export function recordsIn(page: DocumentPage, object: string): SecretRecords {
  const flaw = (what: string, hint: string) => (): Error =>
    new SecretsError('store.damaged', `what this tool keeps in "${object}" ${what}`, {
      hints: [hint, 'without the field "_secrets_v1" every value there counts as never rotated'],
    })
  return readRecords(page, {
    damaged: flaw('was changed by somebody else', 'undo that change: earlier versions still have it'),
    newer: flaw('has a format that this version does not know', 'use the newer version that wrote it'),
  })
}
