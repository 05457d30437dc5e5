import { join } from 'node:path'

/** Beside the built file, in a clone as in the installed package. */
const directory = join(__dirname, '..', 'templates')

interface TemplateEntry {
  readonly title: string
  readonly files: readonly string[]
}

/** Loaded at the first use: only `init` reads templates. */
function readFile(path: string): Promise<Buffer> {
  return process.getBuiltinModule('node:fs/promises').readFile(path)
}

async function readIndex(): Promise<Readonly<Record<string, TemplateEntry>>> {
  return JSON.parse((await readFile(join(directory, 'index.json'))).toString('utf8')) as Record<
    string,
    TemplateEntry
  >
}

export async function templateIds(): Promise<readonly string[]> {
  return Object.keys(await readIndex())
}

export async function templateTitles(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(Object.entries(await readIndex()).map(([id, { title }]) => [id, title]))
}

/** The files of a shipped template; `undefined` for an unknown id. */
export async function readTemplate(
  id: string,
): Promise<readonly { readonly path: string; readonly bytes: Uint8Array }[] | undefined> {
  const index = await readIndex()
  const entry = Object.hasOwn(index, id) ? index[id] : undefined
  if (entry === undefined) return undefined
  const read = async (path: string): Promise<{ path: string; bytes: Uint8Array }> => ({
    path,
    bytes: await readFile(join(directory, id, path)),
  })
  return await Promise.all(entry.files.map(read))
}
