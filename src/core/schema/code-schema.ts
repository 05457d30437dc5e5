/** The schema module of a project, which the user has trusted, and the sets of variables that it is to judge. */
export interface SchemaRequest {
  /** Absolute; what it imports is looked for from there. */
  readonly path: string
  /** What is run, whatever the file holds by now. */
  readonly source: string
  readonly values: readonly ReadonlyMap<string, string>[]
}

/** What nobody has looked at yet, but for the lists being lists. */
export interface SchemaReply {
  /** Variables that the schema names, where its library tells. */
  readonly names: readonly string[]
  /** The issues of no variables at all: whatever is missing then is required. */
  readonly required: readonly unknown[]
  /** For each set its issues. */
  readonly results: readonly unknown[]
}
