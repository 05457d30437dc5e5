import type { VersionId, VersionInfo } from '../../src/core/provider.ts'
import type { VersionFacts } from './client.ts'
import { decodeCurrent } from './tags.ts'

type Listed = VersionFacts & { readonly version: VersionId }

/**
 * Newest first. The vault lists by id, which is random, and its times have whole seconds: within one second the
 * versions that this tool wrote say which one they replaced, of all others the order is not known.
 */
export function inOrder(versions: readonly Listed[], object: string): readonly VersionInfo[] {
  const byId = new Map(versions.map(one => [one.version, one]))
  const depths = new Map<VersionId, number>()
  const depthOf = (one: Listed): number => {
    const known = depths.get(one.version)
    if (known !== undefined) return known
    // Against a loop in tags that somebody edited.
    depths.set(one.version, 0)
    const { after } = decodeCurrent(one.tags, one.version, object)
    const before = after === undefined ? undefined : byId.get(after)
    const depth = before?.created === one.created ? depthOf(before) + 1 : 0
    depths.set(one.version, depth)
    return depth
  }
  return [...versions]
    .sort((one, other) => other.created - one.created || depthOf(other) - depthOf(one))
    .map(({ version, created }) => ({ version, created }))
}
