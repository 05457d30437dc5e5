/** Longer words than this are nobody's typing error of a known word, and would cost time. */
const longest = 64

/**
 * The candidate that `word` was probably meant to be: the nearest one by Damerau–Levenshtein distance (optimal string
 * alignment, ignoring case), at most a third of the word's length away; the first of several equally near ones.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > longest) return undefined
  const lower = word.toLowerCase()
  let best: string | undefined
  let bound = Math.max(1, Math.floor(word.length / 3))
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > bound) continue
    const distance = editDistance(lower, candidate.toLowerCase(), bound)
    // A word of two letters is one edit away from too many others: only its case or order may differ.
    if (distance > bound || (distance > 0 && distance >= candidate.length - 1)) continue
    if (best !== undefined && distance === bound) continue
    best = candidate
    bound = distance
    if (distance === 0) break
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours; `bound + 1` where there are more than `bound`. */
export function editDistance(a: string, b: string, bound: number): number {
  let previous: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    let smallest = row
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1
      let value = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + cost)
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (isSwap) value = Math.min(value, at(previous, column - 2) + 1)
      current.push(value)
      smallest = Math.min(smallest, value)
    }
    // A swap reaches two rows back, so one row alone beyond the bound is not yet the end.
    if (smallest > bound + 1) return bound + 1
    previous = last
    last = current
  }
  return Math.min(at(last, b.length), bound + 1)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
