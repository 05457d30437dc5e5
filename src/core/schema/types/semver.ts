import type { ValueTypeDefinition } from '../value-type.ts'

/** Semantic Versioning 2.0.0: no `v`, no leading zeros. */
export const semverType: ValueTypeDefinition = {
  id: 'semver',
  check: value =>
    value.length <= 256 && isVersion(value)
      ? undefined
      : { problem: 'must be a version', fix: 'write three numbers, such as 1.4.0 or 2.0.0-rc.1' },
}

function isVersion(value: string): boolean {
  const [version = '', ...build] = value.split('+')
  const dash = version.indexOf('-')
  const numbers = dash === -1 ? version : version.slice(0, dash)
  const before = dash === -1 ? [] : version.slice(dash + 1).split('.')
  return (
    /^(?:0|[1-9]\d{0,15})(?:\.(?:0|[1-9]\d{0,15})){2}$/.test(numbers) &&
    before.every(part => /^[0-9A-Za-z-]+$/.test(part) && !/^0\d+$/.test(part)) &&
    build.length <= 1 &&
    build.every(part => part.split('.').every(one => /^[0-9A-Za-z-]+$/.test(one)))
  )
}
