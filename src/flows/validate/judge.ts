import { checkRules, type Finding, type RuleReport, type ValueSource } from '../../rules/index.ts'
import { chooseRules } from '../rule-choice.ts'
import type { ValidateReport } from '../validate.ts'
import type { Facts } from './sources.ts'

/** By the project's schema in code too, where the manifest names one. */
export async function judgeValues(
  facts: Facts,
  sources: readonly ValueSource[],
  isChosen?: (id: string) => boolean,
): Promise<RuleReport> {
  const byCode = await withCode(facts, sources)
  return await judge(facts, isChosen === undefined ? byCode : byCode.map(missingOnly), isChosen)
}

/** The sources with what the project's schema in code says of them. */
export async function withCode(
  { context, manifest, ruleOptions }: Facts,
  sources: readonly ValueSource[],
): Promise<readonly ValueSource[]> {
  if (manifest?.schema === undefined || sources.length === 0) return sources
  const { hasCodeSchema, judgeByCode } = await import('../code-schema.ts')
  return hasCodeSchema(manifest, ruleOptions) ? await judgeByCode(context, manifest, sources) : sources
}

/** All that a schema in code can say where nobody has read the values. */
function missingOnly(source: ValueSource): ValueSource {
  const { code } = source
  if (code === undefined) return source
  return { ...source, code: { ...code, issues: code.issues.filter(issue => issue.code === 'missing') } }
}

export async function judge(
  { context, manifest, ruleOptions }: Facts,
  sources: readonly ValueSource[],
  isChosen?: (id: string) => boolean,
): Promise<RuleReport> {
  const { known, levels, names } = await chooseRules(sources, manifest, ruleOptions)
  const input = { sources, names, now: context.clock.now() }
  return checkRules(input, known, { levels, ...(isChosen && { isChosen }) })
}

export function reportOf(
  source: ValidateReport['source'],
  sources: readonly ValueSource[],
  { findings, allowed }: RuleReport,
): ValidateReport {
  const [first] = sources
  return {
    source,
    findings,
    allowed,
    environment: { name: first?.environment ?? 'development', source: first?.environmentSource ?? 'default' },
    files: sources.map(({ kind, path, environment, environmentSource }) => ({
      kind,
      path,
      environment,
      source: environmentSource,
    })),
    counts: countFindings(findings),
  }
}

export function countFindings(findings: readonly Finding[]): ValidateReport['counts'] {
  const count = (severity: Finding['severity']): number =>
    findings.filter(finding => finding.severity === severity).length
  return { error: count('error'), warning: count('warning'), info: count('info') }
}
