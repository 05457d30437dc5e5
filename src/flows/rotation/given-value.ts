import type { Context } from '../../context.ts'
import { SecretsError } from '../../core/errors.ts'
import { findKind } from '../../core/rotation/kinds/index.ts'
import type { Secret } from '../../core/secret.ts'
import { areEqualSecrets } from '../../core/secret-equality.ts'
import type { SecretFacts } from '../inventory.ts'
import { readValue, requireFitting } from '../values.ts'
import type { RotateRequest } from './rotate.ts'

/** Whether a person brings the new value of this secret. */
export function isGiven({ variable }: SecretFacts): boolean {
  const kind = variable?.rotate?.kind
  return kind !== undefined && findKind(kind).value === 'given'
}

/** One value is for one secret, by name, of a kind that takes one. */
export function refuseValue(
  context: Context,
  facts: SecretFacts,
  { which, valueFile }: RotateRequest,
): SecretsError | undefined {
  const isNamed = which !== 'all' && which.names.length === 1
  if (!isGiven(facts)) {
    return valueFile === undefined
      ? undefined
      : new SecretsError(
          'usage.invalid_argument',
          `the new value of "${facts.name}" is made here, not given`,
          {
            hints: [
              `if a person brings it, say so in the manifest: ${facts.name}: { rotate: { kind: manual } }`,
            ],
          },
        )
  }
  if (isNamed && (valueFile !== undefined || context.terminal.isInteractive)) return undefined
  return new SecretsError(
    'rotation.kind_required',
    `a person has to bring the new value of "${facts.name}"`,
    {
      hints: [
        `secrets rotate ${facts.name} --value-file <file>`,
        'or run it in a terminal: it asks without echo',
      ],
    },
  )
}

/** Refuses a value that is in use already: nothing would be rotated, and the old one would return. */
export async function readGivenValue(
  context: Context,
  { name, target }: SecretFacts,
  valueFile: string | undefined,
): Promise<Secret> {
  const value = await readValue(context, valueFile, false)
  requireFitting(target, name, value)
  for (const version of ['current', 'previous'] as const) {
    const known = await target.provider.read(name, version, context.signal)
    if (known === undefined || !areEqualSecrets(known.value, value)) continue
    throw new SecretsError(
      'usage.invalid_argument',
      `the value for "${name}" is its ${version} one already`,
      {
        hints: ['a rotation needs a value that was not in use before'],
      },
    )
  }
  return value
}
