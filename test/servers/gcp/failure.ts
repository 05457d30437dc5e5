/** google.rpc.Code names that this service answers with, and their HTTP statuses (googleapis: google/rpc/code.proto). */
const statuses = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  UNIMPLEMENTED: 501,
} as const

export type Status = keyof typeof statuses

export class Failure extends Error {
  readonly status: Status

  constructor(status: Status, message: string) {
    super(message)
    this.status = status
  }

  get code(): number {
    return statuses[this.status]
  }
}

/** What neither a recording nor the documentation settles. */
export function unsettled(what: string): Failure {
  return new Failure('UNIMPLEMENTED', `this test server does not know what the service does: ${what}`)
}

export function invalid(message = 'Request contains an invalid argument.'): Failure {
  return new Failure('INVALID_ARGUMENT', message)
}
