import { afterAll, expect } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import { removeSeeds } from './cli.ts'

afterAll(removeSeeds)

// Private fields are invisible to toEqual: without this, any two Secrets would be "equal".
expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    const isSecretA = a instanceof Secret
    const isSecretB = b instanceof Secret
    if (!isSecretA && !isSecretB) return undefined
    return isSecretA && isSecretB && areEqualSecrets(a, b)
  },
])
