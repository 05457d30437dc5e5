/** One value as its file has it. */
export interface ReferringValue {
  readonly name: string
  readonly value: string
}

/** `${A}`, `${A:-default}`, `$A`; not `\$A` and `$$A`, which mean the sign itself. */
const reference = /(?<![\\$])\$(?:\{([A-Za-z_]\w*)|([A-Za-z_]\w*))/g

/** The names that a value is made of, each once. */
export function referencedNames(value: string): readonly string[] {
  if (!value.includes('$')) return []
  return [...new Set([...value.matchAll(reference)].map(([, braced, bare]) => braced ?? bare ?? ''))]
}

/**
 * The names that cannot be worked out, because each is made of the next and the last one of the first: name → the way round,
 * which begins and ends with it. `A=${A}` is none: it hands on what the process has. Linear in the size of the values.
 */
export function findCycles(values: readonly ReferringValue[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(values.map(({ name }) => name))
  const edges = new Map(
    values.map(({ name, value }) => [
      name,
      referencedNames(value).filter(other => other !== name && known.has(other)),
    ]),
  )
  const found = new Map<string, readonly string[]>()
  for (const group of groupsOf(edges)) {
    if (group.length < 2) continue
    const members = new Set(group)
    for (const name of group) found.set(name, wayRound(name, edges, members))
  }
  return found
}

type Edges = ReadonlyMap<string, readonly string[]>

/** Names that reach each other (Tarjan's strongly connected components), without recursion: a file may hold a long chain. */
function groupsOf(edges: Edges): readonly (readonly string[])[] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const groups: string[][] = []
  const lower = (name: string, to: number): void => {
    low.set(name, Math.min(low.get(name) ?? to, to))
  }
  for (const start of edges.keys()) {
    if (order.has(start)) continue
    const path = [{ name: start, next: 0 }]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { name } = top
      if (top.next === 0) {
        order.set(name, order.size)
        low.set(name, order.size - 1)
        open.push(name)
        isOpen.add(name)
      }
      const other = edges.get(name)?.[top.next]
      top.next += 1
      if (other !== undefined) {
        if (!order.has(other)) path.push({ name: other, next: 0 })
        else if (isOpen.has(other)) lower(name, order.get(other) ?? 0)
        continue
      }
      path.pop()
      const above = path.at(-1)
      if (above !== undefined) lower(above.name, low.get(name) ?? 0)
      if (low.get(name) !== order.get(name)) continue
      const group = open.splice(open.lastIndexOf(name))
      for (const each of group) isOpen.delete(each)
      groups.push(group)
    }
  }
  return groups
}

/** The shortest way from a name back to itself. */
function wayRound(name: string, edges: Edges, members: ReadonlySet<string>): readonly string[] {
  const from = new Map<string, string>()
  for (let front = [name]; front.length > 0;) {
    const next: string[] = []
    for (const at of front) {
      for (const other of edges.get(at) ?? []) {
        if (other === name) return [name, ...backTo(name, at, from), name]
        if (!members.has(other) || from.has(other)) continue
        from.set(other, at)
        next.push(other)
      }
    }
    front = next
  }
  return [name, name]
}

function backTo(name: string, end: string, from: ReadonlyMap<string, string>): readonly string[] {
  const way: string[] = []
  for (let at: string | undefined = end; at !== undefined && at !== name; at = from.get(at)) way.unshift(at)
  return way
}
