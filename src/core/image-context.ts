/** What a build sees: names of files and directories are relative to its context, with `/` between them. */

const instruction = /^\s*(?:COPY|ADD)\s+/i

/**
 * Whether a Dockerfile copies that file of its context, as far as its text tells: a source that is the file, one of
 * its directories, or a pattern for one of them. What is copied from another stage or image is not of this context.
 */
export function isCopied(dockerfile: string, path: string): boolean {
  return instructionsOf(dockerfile).some(line => sourcesOf(line).some(source => covers(source, path)))
}

/** Lines with their continuations joined, comments left out. */
function instructionsOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).filter(line => !/^\s*#/.test(line))
  return lines
    .join('\n')
    .replaceAll(/[\\`][ \t]*\n/g, ' ')
    .split('\n')
    .filter(line => instruction.test(line))
}

function sourcesOf(line: string): readonly string[] {
  const words = line.replace(instruction, '').trim().split(/\s+/)
  if (words.some(word => word.startsWith('--from='))) return []
  const paths = words.filter(word => !word.startsWith('--'))
  const listed = paths.join(' ')
  const all = listed.startsWith('[') ? listed.replaceAll(/[[\]"]/g, '').split(/\s*,\s*/) : paths
  return all.slice(0, -1)
}

function covers(source: string, path: string): boolean {
  const parts = source.split('/').filter(part => part !== '' && part !== '.')
  const own = path.split('/')
  return parts.length <= own.length && parts.every((part, at) => matches(part, own[at] ?? ''))
}

/** `*` and `?` of Go's filepath.Match, which Docker uses; anything rarer counts as no match. */
function matches(pattern: string, name: string): boolean {
  const text = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${text.replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`, 's').test(name)
}

/** Names of files that say how an image is built. */
export function isDockerfile(name: string): boolean {
  return (
    /^(?:Dockerfile|Containerfile)(?:\..+)?$|\.Dockerfile$/i.test(name) && !name.endsWith('.dockerignore')
  )
}

/** Whether an ignore file keeps that file out of the build, by Docker's own rules (@balena/dockerignore is held to them). */
export async function isLeftOut(ignoreFile: string, path: string): Promise<boolean> {
  const { default: dockerignore } = await import('@balena/dockerignore')
  return dockerignore().add(ignoreFile.split(/\r?\n/)).ignores(path)
}
