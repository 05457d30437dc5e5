import type { TargetConfig } from '../../src/context.ts'
import type { Finding } from '../../src/core/diagnosis.ts'
import { factsKey } from '../../src/core/document/records.ts'
import { SecretsError } from '../../src/core/errors.ts'
import { namePattern, previousName } from '../../src/core/names.ts'
import type { Provider, SecretInfo, SecretName } from '../../src/core/provider.ts'
import type { RotationStore } from '../../src/core/rotation/port.ts'
import { createPlaces, type StorePlaces } from '../../src/core/store-names.ts'
import { requirePath } from './settings.ts'

/** What one document offers; its names are its keys. */
export type DocumentProvider = Pick<Provider, 'list' | 'read' | 'write' | 'remove'> &
  Required<Pick<Provider, 'writeIf' | 'readAll' | 'versions' | 'purge' | 'diagnose' | 'rotation'>>

/** A document by its path; `keys` are the ones that the manifest names, which need not look like variables. */
export type OpenDocument = (path: string, keys: ReadonlySet<string>) => DocumentProvider

/**
 * The documents of a target as one store: a variable stands in the usual document under its own name, or where its `ref`
 * (a path of the mount) and `field` (a key there) say. `readAll` is left out where there are several documents, because
 * nothing reads those at one moment.
 */
export function openPlaces(
  target: TargetConfig,
  usualPath: string,
  open: OpenDocument,
): DocumentProvider | Omit<DocumentProvider, 'readAll'> {
  const places = placesOf(target, usualPath)
  const keys = new Map<string, Set<string>>([[usualPath, new Set()]])
  for (const { object, field = '' } of places.declared.values()) {
    keys.set(object, (keys.get(object) ?? new Set()).add(field))
  }
  const documents = new Map([...keys].map(([path, own]) => [path, open(path, own)]))
  const usual = documents.get(usualPath) ?? open(usualPath, new Set())
  if (places.declared.size === 0) return usual
  const at = (name: SecretName): { readonly document: DocumentProvider; readonly key: string } => {
    const { object, field = name } = places.placeOf(name)
    return { document: documents.get(object) ?? usual, key: field }
  }
  const nameAt = (path: string, key: string): SecretName | undefined =>
    places.nameAt({ object: path, field: key })
  const route = <Verb extends RoutedVerb>(verb: Verb): DocumentProvider[Verb] =>
    ((name: SecretName, ...rest: never[]) => {
      const { document, key } = at(name)
      return (document[verb] as Routed)(key, ...rest)
    }) as DocumentProvider[Verb]
  const all: Omit<DocumentProvider, 'readAll'> = {
    list: (prefix, signal) => listAll(documents, nameAt, prefix, signal),
    read: route('read'),
    write: route('write'),
    writeIf: route('writeIf'),
    remove: route('remove'),
    versions: route('versions'),
    purge: route('purge'),
    diagnose: ({ names, ...question }, signal) =>
      worstOf(
        [...documents.values()].map(document => {
          const own = names.map(at).filter(place => place.document === document)
          return document.diagnose({ ...question, names: own.map(({ key }) => key) }, signal)
        }),
      ),
    rotation: routeRotation(usual.rotation, name => {
      const { document, key } = at(name)
      return { store: document.rotation, key }
    }),
  }
  if (documents.size > 1) return all
  const readAll: DocumentProvider['readAll'] = async signal =>
    (await usual.readAll(signal)).flatMap(held => {
      const name = nameAt(usualPath, held.name)
      return name === undefined ? [] : [{ ...held, name }]
    })
  return { ...all, readAll }
}

type RoutedVerb = 'read' | 'write' | 'writeIf' | 'remove' | 'versions' | 'purge'
type Routed = (key: string, ...rest: never[]) => unknown

/** Every verb of the port begins with the name. */
function routeRotation(
  usual: RotationStore,
  find: (name: SecretName) => { readonly store: RotationStore; readonly key: string },
): RotationStore {
  const { guarantees, ...verbs } = usual
  const routed = (Object.keys(verbs) as (keyof typeof verbs)[]).map(verb => [
    verb,
    (name: SecretName, ...rest: never[]) => {
      const { store, key } = find(name)
      return (store[verb] as Routed)(key, ...rest)
    },
  ])
  return { guarantees, ...(Object.fromEntries(routed) as typeof verbs) }
}

async function* listAll(
  documents: ReadonlyMap<string, DocumentProvider>,
  nameAt: (path: string, key: string) => SecretName | undefined,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<SecretInfo> {
  const found: SecretInfo[] = []
  for (const [path, document] of documents) {
    for await (const info of document.list('', signal)) {
      const name = nameAt(path, info.name)
      if (name?.startsWith(prefix) === true) found.push({ ...info, name })
    }
  }
  yield* found.sort((one, other) => (one.name < other.name ? -1 : 1))
}

const weights = ['ok', 'info', 'warning', 'error'] as const

/** One finding for each thing that was looked at: the worst over all documents. */
async function* worstOf(diagnoses: readonly AsyncIterable<Finding>[]): AsyncIterable<Finding> {
  const worst = new Map<string, Finding>()
  for (const diagnosis of diagnoses) {
    for await (const finding of diagnosis) {
      const key = JSON.stringify([finding.check, finding.subject])
      const before = worst.get(key)
      const isWorse =
        before === undefined || weights.indexOf(finding.severity) > weights.indexOf(before.severity)
      if (isWorse) worst.set(key, finding)
    }
  }
  yield* worst.values()
}

function placesOf(target: TargetConfig, usualPath: string): StorePlaces {
  const names = Object.entries(target.names ?? {}).map(([name, { ref, field }]) => {
    if (field !== undefined && !isKey(field)) throw wrongField(target, name)
    return [
      name,
      {
        ...(ref === undefined ? {} : { ref: requirePath(target, 'ref', ref) }),
        ...(field === undefined ? {} : { field }),
      },
    ]
  })
  return createPlaces(Object.fromEntries(names) as TargetConfig['names'], {
    placeOf: name => ({ object: usualPath, field: name }),
    nameAt: ({ object, field = '' }) => (object === usualPath && namePattern.test(field) ? field : undefined),
    previousOf: ({ object, field = '' }) => ({ object, field: previousName(field) }),
  })
}

/** It is also the last segment of the path in which a staged value waits. */
function isKey(field: string): boolean {
  return (
    /^[^/\u0000-\u001f\u007f]{1,200}$/.test(field) &&
    field.isWellFormed() &&
    ![factsKey, '.', '..'].includes(field)
  )
}

function wrongField({ id }: TargetConfig, name: SecretName): SecretsError {
  return new SecretsError(
    'manifest.invalid',
    `target "${id}" places "${name}" in a field that cannot be one`,
    {
      hints: [
        'field: jwt_secret, a key of the path, without slashes',
        `"${factsKey}" is kept for the facts of rotations`,
      ],
    },
  )
}
