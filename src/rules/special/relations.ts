import { checkRelations, standingOf, type RelationProblem } from '../../core/schema/index.ts'
import { everywhere, findingAt, severityIn, type Finding, type Rule, type SeverityTable } from '../rule.ts'
import { countedVariables, type ValueSource } from '../source.ts'

const twelveFactor = { title: 'The Twelve-Factor App: Config', url: 'https://12factor.net/config' }
const smtp =
  'variables: { SMTP_HOST: {}, SMTP_USER: {}, AUTH: { default: none }, OAUTH_ID: { requiredWhen: { AUTH: [oauth, oidc] } } }\ngroups: [{ allOrNone: [SMTP_HOST, SMTP_USER] }]'
const database =
  'variables: { DATABASE_URL: {}, DB_HOST: {} }\ngroups: [{ exactlyOne: [DATABASE_URL, DB_HOST] }]'
const mail = 'variables: { MAIL_FROM: { requiredWith: [SMTP_HOST] }, SMTP_HOST: {} }'

export const requirement: Rule = {
  id: 'requirement',
  title: 'variables that need each other are there together, and those that exclude each other are not',
  severity: { development: 'error', test: 'warning', staging: 'error', production: 'error' },
  rationale:
    'half of a configuration fails when it is first used, and two of one kind leave open which counts',
  fix: 'set what is missing, or remove what is too much',
  source: twelveFactor,
  examples: {
    bad: [
      { manifest: smtp, file: 'SMTP_HOST=mailer\n' },
      { manifest: smtp, file: 'AUTH=oidc\n' },
      { manifest: database, file: 'PORT=80\n' },
      { manifest: database, file: 'DATABASE_URL=postgres://db.example.org/app\nDB_HOST=db.example.org\n' },
      { manifest: mail, file: 'SMTP_HOST=mailer\nMAIL_FROM=\n' },
    ],
    good: [
      { manifest: smtp, file: 'SMTP_HOST=mailer\nSMTP_USER=app\nAUTH=basic\n' },
      { manifest: smtp, file: 'AUTH=oauth\nOAUTH_ID=app\n' },
      { manifest: smtp, file: 'AUTH=${AUTH_KIND}\n' },
      { manifest: database, file: 'DB_HOST=db.example.org\n' },
      { manifest: mail, file: 'PORT=80\n' },
    ],
  },
  check: ({ sources }) => findRelations(sources, requirement),
}

const lifetimes =
  'variables: { ACCESS_TTL: { type: duration, lessThan: REFRESH_TTL }, REFRESH_TTL: { type: duration } }'
const addresses = 'variables: { APP_URL: {}, CALLBACK_URL: { startsWith: APP_URL } }'
const queues =
  'variables: { QUEUE: {}, DEAD_QUEUE: { differentFrom: QUEUE }, WORKER_QUEUE: { equals: QUEUE } }'

export const comparison: Rule = {
  id: 'comparison',
  title: 'values stand to each other as the manifest says',
  severity: everywhere('error'),
  rationale: 'each value alone looks right, and only together they break the application',
  fix: 'change one of the two values',
  source: twelveFactor,
  examples: {
    bad: [
      { manifest: lifetimes, file: 'ACCESS_TTL=1h\nREFRESH_TTL=30m\n' },
      {
        manifest: 'variables: { POOL_MIN: { lessThan: POOL_MAX }, POOL_MAX: {} }',
        file: 'POOL_MIN=9\nPOOL_MAX=9\n',
      },
      {
        manifest: addresses,
        file: 'APP_URL=https://a.example.org\nCALLBACK_URL=https://b.example.org/back\n',
      },
      { manifest: queues, file: 'QUEUE=jobs\nDEAD_QUEUE=jobs\n' },
      { manifest: queues, file: 'QUEUE=jobs\nWORKER_QUEUE=job\n' },
    ],
    good: [
      { manifest: lifetimes, file: 'ACCESS_TTL=15m\nREFRESH_TTL=30d\n' },
      { manifest: lifetimes, file: 'ACCESS_TTL=1h\nREFRESH_TTL=${REFRESH}\n' },
      { manifest: lifetimes, file: 'ACCESS_TTL=1h\n' },
      {
        manifest: addresses,
        file: 'APP_URL=https://a.example.org\nCALLBACK_URL=https://a.example.org/back\n',
      },
      { manifest: queues, file: 'QUEUE=jobs\nDEAD_QUEUE=dead\nWORKER_QUEUE=jobs\n' },
    ],
  },
  check: ({ sources }) => findRelations(sources, comparison),
}

const renamed = 'variables: { MAIL_HOST: { deprecated: SMTP_HOST }, SMTP_HOST: { required: true } }'

export const deprecated: Rule = {
  id: 'deprecated',
  title: 'no variable stands there under a name that another one took the place of',
  severity: everywhere('warning'),
  rationale: 'the old name stops working with a later version of the application',
  fix: 'rename it',
  source: twelveFactor,
  examples: {
    bad: [
      { manifest: renamed, file: 'MAIL_HOST=mailer\n' },
      { manifest: renamed, file: 'MAIL_HOST=mailer\nSMTP_HOST=mailer\n' },
      { manifest: renamed, file: 'MAIL_HOST=${HOST}\n' },
      { manifest: renamed, file: 'MAIL_HOST=mailer\n', environment: 'production' },
      { manifest: renamed, template: 'MAIL_HOST=localhost\n', file: 'MAIL_HOST=localhost\n' },
    ],
    good: [
      { manifest: renamed, file: 'SMTP_HOST=mailer\n' },
      { manifest: renamed, file: 'SMTP_HOST=mailer\nMAIL_HOST=\n' },
      { manifest: renamed, file: 'SMTP_HOST=mailer\n# MAIL_HOST=old\n' },
      { manifest: renamed, template: 'MAIL_HOST=localhost\n', file: 'SMTP_HOST=localhost\n' },
      { file: 'MAIL_HOST=mailer\n' },
    ],
  },
  check: ({ sources }) => findRelations(sources, deprecated),
}

function findRelations(sources: readonly ValueSource[], rule: Rule): readonly Finding[] {
  return sources.flatMap(source =>
    problemsOf(source)
      .filter(({ relation }) => relation === rule.id)
      .map(problem => findingOf(problem, source, rule.severity as SeverityTable)),
  )
}

/** Three rules ask. */
const found = new WeakMap<ValueSource, readonly RelationProblem[]>()

function problemsOf(source: ValueSource): readonly RelationProblem[] {
  const known = found.get(source)
  if (known !== undefined) return known
  const values = new Map(countedVariables(source).map(({ name, value }) => [name, value]))
  const problems = checkRelations(source.schema, name =>
    standingOf(values.get(name), values.has(`${name}_FILE`)),
  )
  found.set(source, problems)
  return problems
}

/** At the variable, else where it is declared: the place where it should stand does not exist yet. */
function findingOf(
  { relation, name, problem, fix }: RelationProblem,
  source: ValueSource,
  severity: SeverityTable,
): Finding {
  const variable = countedVariables(source).find(one => one.name === name)
  const at = variable?.at ?? source.schema.get(name)?.at ?? { path: source.path }
  return findingAt(at, {
    rule: relation,
    severity: severityIn(severity, source.environment),
    name,
    message: `"${name}" ${problem}${variable === undefined ? ` in ${source.path}` : ''}`,
    fix,
  })
}
