import { SecretsError } from './errors.ts'

/** A variable's name as every reader and store adapter accepts it. */
export const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/

/** Throws `usage.bad_name`; a name that is none may be a pasted value, so it is not repeated. */
export function checkName(name: string): string {
  if (namePattern.test(name)) return name
  throw new SecretsError('usage.bad_name', 'that is not the name of a variable', {
    hints: ['a name has letters, digits and "_", and does not begin with a digit'],
  })
}

/** Where the previous value stands during the grace period. */
export function previousName(name: string): string {
  return `${name}_OLD`
}

/** Where a value stands that readers accept before anybody signs with it. */
export function nextName(name: string): string {
  return `${name}_NEXT`
}

/** The name whose companion this is (`X_OLD`, `X_NEXT`, `X_OLD_UNTIL`); undefined for an ordinary name. */
export function ownerOfCompanion(name: string): string | undefined {
  return /^(.+?)(?:_OLD|_NEXT|_OLD_UNTIL)$/.exec(name)?.[1]
}
