import type { ProviderLimits } from '../../src/core/provider.ts'

/** Tags of one version, by the service's documentation. */
export const mostTags = 15
/** Those that a version of NAME has of ours at most; the rest is for others. */
export const ownTags = 6

export const limits: ProviderLimits = {
  // Documented as 25k; the smaller reading of it.
  valueBytes: 25_000,
  refuses: value =>
    /\p{Surrogate}/u.test(value.reveal())
      ? 'half of a character outside the basic plane (a lone surrogate)'
      : value.reveal().includes('\0')
        ? 'a zero byte'
        : undefined,
}
