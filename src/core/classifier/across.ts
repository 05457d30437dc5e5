import type { EnvDocument } from '../env-file/index.ts'
import type { Decision } from './decision.ts'
import { type Decided, findEmbedded, findTwin, followOf, Sources } from './relations.ts'
import { readVariables, type Variable } from './variable.ts'

/** One template of several that are filled together. */
export interface ClassifiedFile {
  readonly document: EnvDocument
  readonly decisions: readonly Decision[]
}

/**
 * Third pass, over templates that are filled together: an address in one that contains the placeholder of a password
 * generated for another, and a password of the account that another one's image makes, follow it. Gives the decisions of each
 * file, in the order given; `fromFile` tells where the source stands. (A secret of the same name in several is one value
 * without that.)
 */
export function relateFiles(files: readonly ClassifiedFile[]): readonly (readonly Decision[])[] {
  const variables = files.map(({ document }) => readVariables(document))
  const passwords = files.map((file, at) => passwordsOf(file, variables[at] ?? []))
  return files.map((file, at) => {
    const names = new Set(file.decisions.map(({ name }) => name))
    const foreign = passwords.flatMap((each, other) => (other === at ? [] : each))
    const sources = new Sources(
      foreign.filter(({ variable }) => !names.has(variable.name.name)).map(each => each.variable),
    )
    if (sources.isEmpty) return file.decisions
    const own = new Map((variables[at] ?? []).map(variable => [variable.name.name, variable]))
    return file.decisions.map(decision => {
      const variable = own.get(decision.name)
      const found = variable && follow(variable, decision, sources)
      if (found === undefined) return decision
      const { form: _form, ...rest } = decision
      const source = foreign.find(each => found.from?.endsWith(`:${each.variable.name.name}`))
      return { ...rest, ...found, ...(source === undefined ? {} : { fromFile: source.file }) }
    })
  })
}

/** What a template generates for the services that it starts. */
function passwordsOf(
  { decisions }: ClassifiedFile,
  variables: readonly Variable[],
): readonly { readonly variable: Variable; readonly file: string }[] {
  const made = new Map(
    decisions.filter(({ decision }) => decision === 'generate').map(each => [each.name, each.file]),
  )
  return variables.flatMap(variable => {
    const file = made.get(variable.name.name)
    const isOfService = variable.name.head === 'password' && variable.name.service !== undefined
    return file === undefined || !isOfService ? [] : [{ variable, file }]
  })
}

function follow(variable: Variable, own: Decision, sources: Sources): Decided | undefined {
  if (own.confidence === 1 || own.decision === 'derive') return undefined
  const twin = findTwin(variable, own, sources)
  // Of two that are generated anyway only the one that an image reads tells who makes the account.
  if (twin !== undefined && (own.decision !== 'generate' || twin.name.isImagePassword)) return followOf(twin)
  return own.decision === 'generate' ? undefined : findEmbedded(variable, sources)
}
