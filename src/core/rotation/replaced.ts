import { Secret } from '../secret.ts'

/** A shorter value is found everywhere by chance. */
export const shortestInside = 8

/** Whether `part` stands in `whole`, as it is or percent-encoded. */
export function stands(part: Secret, whole: Secret): boolean {
  const [inner, outer] = [part.reveal(), whole.reveal()]
  if (inner.length < shortestInside) return false
  return outer.includes(inner) || outer.includes(encodeURIComponent(inner))
}

/** `whole` with `newer` in each place of `old`, encoded as that was. */
export function replaceInside(whole: Secret, old: Secret, newer: Secret): Secret {
  const [from, to] = [old.reveal(), newer.reveal()]
  const isPlain = encodeURIComponent(from) === from
  const encoded = whole.reveal().replaceAll(encodeURIComponent(from), () => encodeURIComponent(to))
  return new Secret(isPlain ? encoded : encoded.replaceAll(from, () => to))
}
