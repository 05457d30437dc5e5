import { composeValues } from '../../../src/core/compose/env-file.ts'
import { effectiveServices, type EffectiveService } from '../../../src/core/compose/effective.ts'
import { readCompose } from '../../../src/core/compose/read.ts'
import { EnvDocument } from '../../../src/core/env-file/index.ts'

/** The services of one compose file, or of several, with a `.env` (where it is not empty) and other files beside them. */
export function servicesOf(
  compose: string | readonly string[],
  env = '',
  others: Readonly<Record<string, string>> = {},
  shell: Readonly<Record<string, string>> = {},
): readonly EffectiveService[] {
  const texts: Readonly<Record<string, string>> = { ...(env !== '' && { '.env': env }), ...others }
  const document = (path: string): EnvDocument | undefined => {
    const text = texts[path]
    return text === undefined ? undefined : EnvDocument.fromText(text, path)
  }
  const dotenv = document('.env')
  const values = dotenv && composeValues(dotenv, name => shell[name])
  const listed = typeof compose === 'string' ? [compose] : compose
  const files = listed.map((text, at) => ({
    file: readCompose(text, at === 0 ? 'compose.yaml' : `compose.${String(at)}.yaml`),
    directory: '',
  }))
  const extended = Object.entries(texts)
    .filter(([path]) => path.endsWith('.yaml'))
    .map(
      ([path, text]) =>
        [path, { file: readCompose(text, path), directory: path.replace(/[^/]*$/, '') }] as const,
    )
  return effectiveServices({
    files,
    directory: '',
    extended: new Map(extended),
    envFile: document,
    lookup: name => shell[name] ?? values?.get(name),
    hasValues: dotenv !== undefined,
    join: (directory, path) => `${directory}${path.replace(/^\.\//, '')}`,
  })
}
