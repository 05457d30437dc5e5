/**
 * `NAME_FILE` names the file that holds the value of `NAME`, as images of Docker read their secrets; some write `NAME__FILE`. Of the
 * two only one may be set.
 */
const endings = ['__FILE', '_FILE'] as const

/** The variables that may name the file of this one. */
export function fileNamesOf(name: string): readonly string[] {
  return endings.map(ending => `${name}${ending}`)
}

/** The variable whose file this one names; undefined for any other name. */
export function ownerOfFile(name: string): string | undefined {
  const ending = endings.find(each => name.endsWith(each))
  return ending === undefined || name.length === ending.length ? undefined : name.slice(0, -ending.length)
}

/** The variable that names the file of this one and has a value; undefined where none has. */
export function fileInUse(name: string, valueOf: (name: string) => string | undefined): string | undefined {
  return fileNamesOf(name).find(each => (valueOf(each) ?? '').trim() !== '')
}
