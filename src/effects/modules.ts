import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Runs somebody else's module: a path, or the name of a package as it is found from a directory. To be called only for
 * what the user has trusted.
 */
export async function loadModule(name: string, directory: string): Promise<unknown> {
  if (/^\.{1,2}\//.test(name)) return (await import(pathToFileURL(resolve(directory, name)).href)) as unknown
  return await importFrom(directory, name)
}

/**
 * Node finds packages from the module that asks, and this bundle lies elsewhere: a script that claims to lie in the
 * directory asks instead. Node says once that this way is experimental; its users cannot do anything about it.
 */
async function importFrom(directory: string, name: string): Promise<unknown> {
  const { Script, constants } = process.getBuiltinModule('node:vm')
  const ask = new Script('name => import(name)', {
    filename: join(directory, 'secrets.yaml'),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const { emitWarning } = process
  process.emitWarning = () => undefined
  let asked: Promise<unknown>
  try {
    asked = (ask.runInThisContext() as (name: string) => Promise<unknown>)(name)
  } finally {
    process.emitWarning = emitWarning
  }
  return await asked
}
