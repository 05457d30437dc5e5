/** What the suite asks of a test runner: Vitest, Jest, Mocha and `node:test` have the first two. */
export interface Definitions {
  describe(title: string, define: () => void): unknown
  /** `timeout`: milliseconds, of the one test that takes long; runners that do not know it pass it over. */
  it(title: string, run: () => Promise<void>, timeout?: number): unknown
}

export interface Runner extends Definitions {
  readonly expect: Expect
}

/** The part of the usual `expect` that the suite uses: values compared as a whole, secrets by what they hold. */
export type Expect = (found: unknown, what?: string) => Matchers & { readonly not: Matchers }

export interface Matchers {
  toBe(wanted: unknown): void
  toEqual(wanted: unknown): void
  toMatchObject(wanted: object): void
  toContain(wanted: unknown): void
  toContainEqual(wanted: unknown): void
  toHaveLength(wanted: number): void
  toBeDefined(): void
  toBeUndefined(): void
}
