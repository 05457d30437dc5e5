import { afterAll, describe, expect, it } from 'vitest'
import { type AzureSession, harness, startAzure } from '../providers/azure.harness.ts'
import {
  fieldsHarness,
  fieldView,
  names,
  original,
  shared,
  startFields,
  textOf,
  withText,
  writeText,
} from '../providers/azure-fields.ts'
import { rotationContract } from '../contract/rotation-contract.ts'
import { guarantees } from '../../providers/azure/rotation.ts'

afterAll(() => harness.close?.())

describe('azure, a field of a JSON value', () => {
  rotationContract({ describe, expect, it }, fieldsHarness, {
    guarantees,
    hasAnnounce: false,
    hasDestroy: false,
  })
})
