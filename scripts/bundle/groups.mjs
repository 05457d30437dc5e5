// Which modules make one file of the bundle. Each file more that a command loads costs more than a few functions that
// it does not call, so what the short commands need together is together.
import { resolve } from 'node:path'

/**
 * The groups for the bundler. `main` is everything that the entry imports outright, and the small things that nearly every
 * command needs: left to itself the bundler takes what lazy parts share with it out into files of their own.
 */
export function groups(root) {
  const entry = resolve(root, 'src/main.ts')
  let outright
  return [
    {
      debugName: 'main',
      name: (id, context) => {
        outright ??= importedBy(entry, context)
        return outright.has(id) || alwaysNeeded.test(id) ? 'main' : null
      },
      test: /./,
      priority: 1,
    },
    // Judging a file changes none.
    { name: 'writing', test: /[\\/]src[\\/]core[\\/]env-file[\\/](?:edit|write|readers)/ },
    {
      name: 'running',
      test: /[\\/]src[\\/](?:commands[\\/]run\.|flows[\\/](?:run|sources)\.|core[\\/](?:run[\\/]|redact[\\/]|parallel)|effects[\\/]run)/,
    },
    {
      name: 'keeping',
      test: /[\\/]src[\\/](?:commands[\\/](?:get|set|list|delete)\.|flows[\\/](?:values|inventory|rotation[\\/](?:select|subject|refusal|engine|look-only))|core[\\/](?:rotation|secret-equality))/,
    },
    { name: 'generating', test: /[\\/]src[\\/](?:commands|flows)[\\/]generate\./ },
    // What few need of the local store apart: its diagnosis, the passphrase of its key.
    { name: 'local', test: /[\\/]providers[\\/]local(?:\.ts|[\\/](?!diagnosis|passphrase|key-file))/ },
    { name: 'core', test: new RegExp(`[\\\\/](?:${reading.join('|')})`) },
  ]
}

const alwaysNeeded =
  /^\0lazy:node:crypto|[\\/]src[\\/](?:core[\\/](?:form|suggest|duration|instant|names|report)|commands[\\/](?:input|table))\.ts/

/** Reading a file with what belongs to it, and judging it by the rules that need no manifest and no production. */
const reading = [
  String.raw`src[\\/]core[\\/](?:der|published|file-names|references|env-file|schema(?![\\/](?:code-|relations|declared))|placeholder|environment|template-name|directories|policy|init-record|fingerprint)`,
  String.raw`src[\\/]core[\\/]manifest[\\/]manifest`,
  String.raw`src[\\/]flows[\\/](?:targets|project|manifest|init-record|text-file|validate[.]|validate[\\/](?:sources|judge)|rule-choice)`,
  String.raw`src[\\/]commands[\\/]validate`,
  String.raw`src[\\/]effects[\\/](?:files[\\/]read|files\.)`,
  String.raw`src[\\/]rules[\\/](?!deployment|special|files|compose|public-name|variable-rule|lifetime)`,
]

/** The module and all that it imports, and so on, lazy imports left out. */
function importedBy(entry, context) {
  const found = new Set([entry])
  for (const id of found) for (const next of context.getModuleInfo(id)?.importedIds ?? []) found.add(next)
  return found
}
