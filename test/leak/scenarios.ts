import { armor, Encrypter, generateX25519Identity } from 'age-encryption'
import { Project } from '../support/cli.ts'
import { canary, oddCanary } from './canary.ts'

export interface Scenario {
  readonly what: string
  readonly words: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Commands that are run before, unchecked. */
  readonly before?: readonly (readonly string[])[]
  /** Where the user asked for the value: the text output, the JSON document. */
  readonly shows?: readonly ('text' | 'json')[]
}

/** A project whose secret is the canary, with a template that says that the secret is ours. */
const project = {
  '.env.example': '# secrets: generate hex:32\nTOKEN=\nOTHER=x\n',
  '.env': `# secrets: generate hex:32\nTOKEN=${canary}\nOTHER='${oddCanary.replaceAll("'", '')}'\n`,
}
/** The same where both are held for secrets by their names. */
const named = { ...project, '.env': project['.env'].replace('OTHER=', 'OTHER_TOKEN=') }
const local = {
  'secrets.yaml':
    'version: 1\nenvironments:\n  development: { provider: local }\nvariables:\n  TOKEN: { secret: true, generate: hex:32 }\n',
}
/** Two stores on this machine. */
const stores =
  'version: 1\nenvironments:\n  production: { provider: local }\n  staging: { provider: dotenv, path: .env }\nvariables: { TOKEN: { secret: true } }\n'
const pushed = {
  ...named,
  'secrets.yaml':
    'version: 1\nenvironments:\n  staging: { provider: local }\n  file: { provider: dotenv, path: file.env }\nvariables:\n  TOKEN: { secret: true }\n',
}
/** An audit log and somebody to be told, with a value where an address is expected. */
const audited = {
  ...project,
  'secrets.yaml':
    'version: 1\nproject: shop\naudit: {}\nenvironments:\n  development: { provider: dotenv, path: .env }\nvariables:\n  TOKEN: { secret: true, generate: hex:32, rotate: { kind: verifier } }\nnotify: { to: [{ slack: OTHER }, { webhook: OTHER, key: TOKEN }, { pagerduty: TOKEN }] }\n',
}
/** A manifest with a value pasted into the wrong place. */
const badManifest = {
  ...project,
  'secrets.yaml': `version: ${canary}\nenvironments: { development: { provider: dotenv, ${canary}: x } }\nfoo: ${canary}\n`,
}
const binary = { ...project, '.env': `TOKEN=${canary}\0\n` }
const badDirective = { ...project, '.env': `# secrets: pending TOKEN="${canary} base\nTOKEN=${canary}\n` }
const twice = { ...project, '.env': `${project['.env']}TOKEN=${canary}\n` }
const broken: readonly Omit<Scenario, 'words'>[] = [
  { what: 'a manifest with a value in it', files: badManifest },
  { what: 'a file that is not text', files: binary },
  { what: 'a damaged directive', files: badDirective },
]

const passphraseEnv = { SECRETS_PASSPHRASE_FILE: 'pass.env', SECRETS_IDENTITY_FILE: 'identity.env' }

/** An identity under that passphrase, and the canary where the passphrase is expected. */
async function protectedBy(passphrase: string): Promise<Readonly<Record<string, string>>> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  encrypter.setScryptWorkFactor(4)
  const sealed = await encrypter.encrypt(`${await generateX25519Identity()}\n`)
  return { 'pass.env': `${canary}\n`, 'identity.env': armor.encode(sealed) }
}

/** What asks for trust, with values pasted where the listing looks. */
const wanting = {
  ...project,
  'secrets.yaml': `version: 1
environments:
  production:
    provider: ./store.mjs
    token: ${canary}
    hooks: { verify: [{ http: "https://user:${canary}@x.test/${canary}?key=${canary}" }] }
variables: { TOKEN: { secret: true, default: ${canary} } }
`,
  'store.mjs': 'export {}\n',
}

/** Hooks that print what they are given, in several spellings; the last one of a rotation fails. */
const hooked = {
  '.env': project['.env'],
  'secrets.yaml': `version: 1
environments:
  development:
    provider: dotenv
    path: .env
    hooks:
      beforeStage: [{ run: [sh, print.sh, "0"] }]
      verifyStaged: [{ run: [sh, print.sh, "0"], env: [SECRETS_OLD_VALUE] }]
      afterCommit: [{ run: [sh, print.sh, "0"] }]
      verify: [{ run: [sh, print.sh, "1"] }]
variables: { TOKEN: { secret: true, generate: hex:32 } }
`,
  'print.sh': 'tee /dev/stderr; env; printf %s "$SECRETS_OLD_VALUE" | base64; exit "$1"\n',
}
const trusted = [['trust', '--yes']] as const
const manual = {
  '.env': `TOKEN=${canary}\n`,
  'new.env': `${canary}-of-a-person\n`,
  'secrets.yaml':
    'version: 1\nenvironments: { development: { provider: dotenv, path: .env } }\nvariables: { TOKEN: { secret: true, rotate: { kind: manual } } }\n',
}

/** A schema in code that puts the value wherever it can. */
const quoting = {
  ...project,
  'secrets.yaml': 'version: 1\nschema: ./env.schema.mjs\n',
  'env.schema.mjs': `const judge = values => {
  console.log(values)
  console.error(values)
  const word = Object.values(values).join()
  const said = { message: word, code: word, type: word, expected: word, format: word, minimum: word, maximum: word, origin: word, keys: [word] }
  return { issues: [{ ...said, path: [word] }, { ...said, path: ['TOKEN', word] }, { ...said, code: 'too_small', path: ['OTHER'] }, said] }
}
export default { '~standard': { version: 1, vendor: 'test', validate: judge } }
`,
}
const throwing = {
  ...quoting,
  'env.schema.mjs': `import { readFileSync } from 'node:fs'\nthrow new Error(readFileSync('.env', 'utf8'))\n`,
}

/** A value in every place where a rule for production looks at more than on and off. */
const deployed = {
  'deployed.env': [
    `DATABASE_URL=postgresql://app:${canary}@db.example.org/${canary}?sslmode=${canary}`,
    `DB_URL=postgresql+asyncpg://app:${canary}@db.example.org/app?sslmode=require`,
    `REDIS_URL=redis://${canary}:6379`,
    `CORS_ORIGIN=http://${canary}.example.org,*`,
    `VITE_JWT_SECRET=${canary}`,
    `JWT_ALGORITHM=${canary}`,
    `ALGORITHM=HS512`,
    `JWT_SECRET=${canary}`,
    `COOKIE_DOMAIN=${canary}`,
    `SESSION_SECRET=\${SESSION:-${canary}}`,
    `DB_DSN="host=db password=postgres options=${canary}"`,
    `TOKEN_OLD=${canary}`,
    'TOKEN_OLD_UNTIL=2020-01-01T00:00:00Z',
    '',
  ].join('\n'),
}

function withBroken(words: readonly string[]): readonly Scenario[] {
  return broken.map(one => ({ ...one, words }))
}

const rotated = [['rotate', 'TOKEN', '--grace', '1h']] as const

/** Per command, good and failing. A command of the registry that is not here fails the test. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  init: [
    { what: 'a value is there already', words: ['init'], files: project },
    {
      what: 'explain a template with a committed value',
      words: ['init', '--explain'],
      files: { '.env.example': `SECRET_KEY=${canary}\n` },
    },
    {
      what: 'a template with a committed value',
      words: ['init'],
      files: { '.env.example': `STRIPE_API_KEY=${canary}\n` },
    },
    { what: 'an unknown template', words: ['init', '--template', canary] },
    {
      what: 'a check of values',
      words: ['init', '--check'],
      files: { ...project, '.env.example': 'TOKEN=change-me\nNEW_SECRET=\nOTHER=y\n' },
    },
    {
      what: 'values that differ from those of the template',
      words: ['init'],
      files: { '.env.example': `PORT=1\nTITLE=${canary}\n`, '.env': `PORT=${canary}\nTITLE=${canary}\n` },
      before: [['init', '--from', '.env.example']],
    },
    { what: 'a missing source', words: ['init', '--from', 'nowhere'], files: project },
    {
      what: 'a template from values',
      words: ['init', '--reverse', '.env', '--to', 'out/.env.example'],
      files: {
        '.env': `# ${canary}\nTOKEN=${canary}\nURL=http://u:${canary}@x.test/?a=${canary}\nnonsense ${canary}\nA=x # ${canary}\n#B=${canary}\n`,
      },
    },
    {
      what: 'a value that may not stand in a template',
      words: ['init', '--reverse', '.env', '--to', 'out/.env.example', '--set', 'TOKEN=keep'],
      files: project,
    },
    { what: 'a value for a decision', words: ['init', '--set', `TOKEN=${canary}`], files: project },
    { what: 'a value for a form', words: ['init', '--set', `TOKEN=generate:${canary}`], files: project },
    { what: 'a value for a name', words: ['init', '--set', `${canary}=ask`], files: project },
    { what: 'a value for a decision and a name', words: ['init', '--set', canary], files: project },
    ...withBroken(['init']),
  ],
  generate: [
    { what: 'an unknown kind', words: ['generate', canary] },
    { what: 'a bad number', words: ['generate', 'hex', '--bytes', canary] },
    { what: 'a bad size of a key', words: ['generate', 'ec', '--bits', canary] },
    { what: 'a bad part of a form', words: ['generate', `rsa:2048:${canary}`] },
    { what: 'a bad name in a form', words: ['generate', `public-of:${canary}`] },
    { what: 'a bad name', words: ['generate', 'vapid', '--name', `A,9${canary}`] },
    { what: 'a bad alphabet', words: ['generate', 'password', '--alphabet', canary.slice(0, 1)] },
  ],
  schema: [
    { what: 'types', words: ['schema', 'types'], files: project },
    { what: 'types to be checked', words: ['schema', 'types', '--check'], files: project },
    {
      what: 'a template with values',
      words: ['schema', 'types'],
      files: {
        '.env.example': `TOKEN=${canary}\n# required\nURL=http://u:${canary}@x.test\n# TITLE=${canary}\n`,
      },
    },
    { what: 'a value for a word', words: ['schema', canary], files: project },
    ...withBroken(['schema', 'types']),
  ],
  validate: [
    { what: 'values', words: ['validate'], files: project },
    {
      what: 'typed values that are wrong',
      words: ['validate'],
      files: {
        '.env.example': 'PORT=3000\nURL=http://x.test\nDEBUG=true\n',
        '.env': `PORT=${canary}\nURL=${canary}\nDEBUG=${canary}\nUNKNOWN=${canary}\nnonsense ${canary}\n`,
      },
    },
    { what: 'a missing file', words: ['validate', 'nowhere'], files: project },
    { what: 'a secret twice', words: ['validate'], files: twice },
    {
      what: 'settings that fail in production',
      words: ['validate', 'deployed.env', '--env', 'production'],
      files: deployed,
    },
    ...['github', 'junit', 'sarif', 'json'].map(form => ({
      what: `a report: ${form}`,
      words: ['validate', 'deployed.env', '--env', 'production', '--output', form],
      files: deployed,
    })),
    {
      what: 'reports in files',
      words: ['validate', '--output', 'sarif=out.sarif', '--output', 'text=out.txt'],
      files: project,
    },
    {
      what: 'a schema in code that quotes values',
      words: ['validate'],
      files: quoting,
      before: [['trust', '--yes']],
    },
    {
      what: 'a schema in code that throws a value',
      words: ['validate'],
      files: throwing,
      before: [['trust', '--yes']],
    },
    {
      what: 'values and patterns',
      words: ['validate'],
      files: {
        ...project,
        'secrets.yaml': `version: 1\nvariables: { TOKEN: { pattern: 'a+' }, OTHER: { pattern: '(${canary}' } }\n`,
      },
    },
    {
      what: 'values that are compared',
      words: ['validate'],
      files: {
        ...project,
        'secrets.yaml': `version: 1
variables:
  TOKEN: { equals: OTHER, lessThan: OTHER, startsWith: OTHER, deprecated: OTHER }
  OTHER: {}
  ABSENT: { requiredWith: [TOKEN], requiredWhen: { OTHER: x } }
groups: [{ notBoth: [TOKEN, OTHER] }, { allOrNone: [ABSENT, TOKEN] }]
`,
      },
    },
    {
      what: 'values of stores',
      words: ['validate', '--source', 'provider', '--values'],
      files: { ...project, 'secrets.yaml': stores },
      before: [['set', 'TOKEN', '--env', 'production', '--value-file', '.env']],
    },
    {
      what: 'a compose file',
      words: ['validate', '--compose', 'compose.yaml'],
      files: {
        ...project,
        'compose.yaml': `services:\n  web:\n    env_file: .env\n    environment: { TOKEN: ${canary}, A: "\${${canary}:-${canary}}", B: "\${X?${canary}}", C: "5$ ${canary}" }\n`,
      },
    },
    {
      what: 'a compose file that cannot be read',
      words: ['validate', '--compose', 'compose.yaml'],
      files: { ...project, 'compose.yaml': `services: { web: { environment: { TOKEN: [${canary}] } } }\n` },
    },
    {
      what: 'files of a framework',
      words: ['validate', '--layering', 'next'],
      files: project,
    },
    {
      what: 'a value that does not fit its JSON Schema',
      words: ['validate'],
      files: {
        '.env': `TOKEN='{"${canary}":"${canary}","a":["${canary}"]}'\n`,
        'secrets.yaml': `version: 1\nvariables: { TOKEN: { type: json, schema: { properties: { a: { items: { type: integer } } }, additionalProperties: false } } }\n`,
      },
    },
    { what: 'a value as a source', words: ['validate', '--source', canary], files: project },
    { what: 'repairs', words: ['validate', '--fix'], files: twice },
    {
      what: 'a list of what is known',
      words: ['validate', '--baseline', 'out.json', '--update-baseline'],
      files: project,
    },
    { what: 'a value as a base', words: ['validate', '--changed', '--base', canary], files: project },
    { what: 'a value as a form', words: ['validate', '--output', canary], files: project },
    { what: 'a value as a rule', words: ['validate', '--rule', canary], files: project },
    { what: 'a value as a level', words: ['validate', '--rule', `weak=${canary}`], files: project },
    ...withBroken(['validate']),
  ],
  rules: [
    { what: 'all', words: ['rules'], files: project },
    { what: 'a value as an id', words: ['rules', canary], files: project },
  ],
  status: [
    { what: 'steady', words: ['status'], files: project },
    { what: 'in grace', words: ['status'], files: project, before: rotated },
    { what: 'an unknown name', words: ['status', canary], files: project },
    ...withBroken(['status']),
  ],
  doctor: [
    { what: 'a file', words: ['doctor'], files: project },
    { what: 'the local store', words: ['doctor'], files: local },
    { what: 'a store that is not trusted', words: ['doctor'], files: wanting },
    { what: 'in grace', words: ['doctor'], files: project, before: rotated },
    ...withBroken(['doctor']),
  ],
  rotate: [
    { what: 'an emergency', words: ['rotate', 'TOKEN', '--emergency', '--yes'], files: project },
    {
      what: 'a value as what leaked',
      words: ['rotate', 'TOKEN', '--emergency', '--compromised', canary],
      files: project,
    },
    {
      what: 'receivers whose addresses are values',
      words: ['rotate', 'TOKEN'],
      files: audited,
      before: [['trust', '--yes']],
    },
    { what: 'a rotation', words: ['rotate', 'TOKEN'], files: project },
    { what: 'a dry run', words: ['rotate', 'TOKEN', '--dry-run'], files: project },
    { what: 'in grace', words: ['rotate', 'TOKEN'], files: project, before: rotated },
    {
      what: 'a second place',
      words: ['rotate', 'TOKEN'],
      files: { ...project, '.env': `${project['.env']}URL=https://u:${canary}@x.test/\n` },
    },
    { what: 'a secret twice', words: ['rotate', 'TOKEN'], files: twice },
    { what: 'an unknown option', words: ['rotate', `--${canary}`], files: project },
    { what: 'a value as an argument', words: ['rotate', canary], files: project },
    { what: 'a bad grace', words: ['rotate', 'TOKEN', '--grace', canary], files: project },
    { what: 'hooks that print it', words: ['rotate', 'TOKEN'], files: hooked, before: trusted },
    { what: 'hooks of a dry run', words: ['rotate', 'TOKEN', '--dry-run'], files: hooked },
    { what: 'a value of a person', words: ['rotate', 'TOKEN', '--value-file', 'new.env'], files: manual },
    { what: 'the same value again', words: ['rotate', 'TOKEN', '--value-file', '.env'], files: manual },
    { what: 'a plan', words: ['rotate', 'TOKEN', '--plan', 'plan.json'], files: project },
    {
      what: 'a plan with a value in it',
      words: ['rotate', '--apply', '.env.example'],
      files: { '.env.example': `{"format":"${canary}"}`, '.env': `TOKEN=${canary}\n` },
    },
    { what: 'a value as a plan', words: ['rotate', '--apply', canary], files: project },
    ...withBroken(['rotate', 'TOKEN']),
  ],
  retire: [
    { what: 'too early', words: ['retire', 'TOKEN'], files: project, before: rotated },
    {
      what: 'after the deadline',
      words: ['retire', 'TOKEN'],
      files: project,
      before: [['rotate', 'TOKEN', '--grace', '0s']],
    },
    ...withBroken(['retire', 'TOKEN']),
  ],
  rollback: [
    { what: 'a rollback', words: ['rollback', 'TOKEN'], files: project, before: rotated },
    { what: 'nothing to go back to', words: ['rollback', 'TOKEN'], files: project },
    ...withBroken(['rollback', 'TOKEN']),
  ],
  run: [
    { what: 'a program that prints it', words: ['run', '--', 'printenv', 'OTHER_TOKEN'], files: named },
    { what: 'a program that prints the file', words: ['run', '--', 'cat', '.env'], files: named },
    { what: 'a value as a program', words: ['run', '--', canary], files: project },
    { what: 'a value before the dashes', words: ['run', canary, '--', 'true'], files: project },
    { what: 'a value as a name', words: ['run', '--only', canary, '--', 'true'], files: project },
    { what: 'a missing file', words: ['run', '--from', 'nowhere', '--', 'true'], files: project },
    {
      what: 'a value for a loader',
      words: ['run', '--', 'true'],
      files: { '.env': `LD_PRELOAD=${canary}\nTOKEN=${canary}\n` },
    },
    {
      what: 'a value that no environment can carry',
      words: ['run', '--', 'true'],
      files: { '.env': `TOKEN=${canary.repeat(5000)}\n` },
    },
    {
      what: 'more than the system takes',
      words: ['run', '--', 'true'],
      files: {
        '.env': Array.from({ length: 60 }, (_, at) => `V${String(at)}=${canary.repeat(3500)}\n`).join(''),
      },
    },
    { what: 'in grace', words: ['run', '--', 'env'], files: named, before: rotated },
    ...withBroken(['run', '--', 'true']),
  ],
  get: [
    { what: 'into a pipe', words: ['get', 'TOKEN'], files: project, shows: ['text'] },
    { what: 'revealed', words: ['get', 'TOKEN', '--reveal'], files: project, shows: ['text', 'json'] },
    { what: 'an unknown name', words: ['get', canary], files: project },
    { what: 'a value too many', words: ['get', 'TOKEN', canary], files: project },
    ...withBroken(['get', 'TOKEN']),
  ],
  set: [
    { what: 'from a pipe', words: ['set', 'TOKEN'], files: project, input: canary },
    { what: 'into the local store', words: ['set', 'TOKEN'], files: local, input: canary },
    { what: 'a value as an argument', words: ['set', 'TOKEN', canary], files: project },
    { what: 'a value as an option', words: ['set', 'TOKEN', `--value=${canary}`], files: project },
    {
      what: 'a value that cannot be written',
      words: ['set', 'TOKEN'],
      files: project,
      input: `${canary}'"\`\n$x`,
    },
    {
      what: 'a value that is too large',
      words: ['set', 'TOKEN'],
      files: project,
      input: canary.repeat(5000),
    },
    { what: 'a missing value file', words: ['set', 'TOKEN', '--value-file', 'nowhere'], files: project },
    { what: 'in grace', words: ['set', 'TOKEN'], files: project, before: rotated, input: canary },
    { what: 'generated over a value', words: ['set', 'TOKEN', '--generate', 'hex:32'], files: project },
    { what: 'generated, confirmed', words: ['set', 'TOKEN', '--generate', '--yes'], files: project },
    { what: 'a value as a form', words: ['set', 'NEW', '--generate', canary], files: project },
    ...withBroken(['set', 'TOKEN']),
  ],
  list: [
    { what: 'names', words: ['list'], files: project },
    { what: 'a prefix', words: ['list', '--prefix', canary], files: project },
    ...withBroken(['list']),
  ],
  history: [
    { what: 'one version', words: ['history', 'TOKEN'], files: project },
    { what: 'in grace', words: ['history', 'TOKEN'], files: project, before: rotated },
    { what: 'the local store', words: ['history', 'TOKEN'], files: local },
    { what: 'an unknown name', words: ['history', canary], files: project },
    ...withBroken(['history', 'TOKEN']),
  ],
  delete: [
    { what: 'a secret', words: ['delete', 'TOKEN'], files: project },
    { what: 'for good, unconfirmed', words: ['delete', 'TOKEN', '--purge'], files: project },
    { what: 'for good', words: ['delete', 'TOKEN', '--purge', '--yes'], files: project },
    { what: 'an unknown name', words: ['delete', canary], files: project },
    ...withBroken(['delete', 'TOKEN']),
  ],
  provider: [
    { what: 'list', words: ['provider', 'list'], files: project },
    { what: 'check', words: ['provider', 'check'], files: project },
    { what: 'check the local store', words: ['provider', 'check'], files: local },
    { what: 'a store that is not trusted', words: ['provider', 'check'], files: wanting },
    {
      what: 'a passphrase that opens',
      words: ['provider', 'passphrase', '--remove'],
      files: await protectedBy(canary),
      env: passphraseEnv,
    },
    {
      what: 'a new passphrase',
      words: ['provider', 'passphrase', '--new-file', 'pass.env'],
      files: await protectedBy(canary),
      env: passphraseEnv,
    },
    {
      what: 'a passphrase that does not open',
      words: ['provider', 'passphrase', '--new-file', 'pass.env'],
      files: await protectedBy('another'),
      env: passphraseEnv,
    },
    { what: 'an unknown word', words: ['provider', canary], files: project },
    ...withBroken(['provider', 'check']),
  ],
  push: [
    { what: 'a plan', words: ['push', '--env', 'staging', '--dry-run', '--all'], files: pushed },
    { what: 'unconfirmed', words: ['push', '--env', 'staging'], files: pushed },
    { what: 'created', words: ['push', '--env', 'staging', '--yes'], files: pushed },
    {
      what: 'another value is there',
      words: ['push', '--env', 'staging', '--yes'],
      files: pushed,
      before: [
        ['push', 'OTHER_TOKEN', '--env', 'staging', '--yes'],
        ['push', '--from', '.env', '--env', 'staging'],
      ],
    },
    {
      what: 'a value that the store cannot hold',
      words: ['push', '--env', 'file', '--yes', '--all'],
      files: { ...pushed, '.env': `TOKEN='${canary}"\\\`\n$x'\nBIG_TOKEN=${canary.repeat(5000)}\n` },
    },
    { what: 'a value as a name', words: ['push', canary, '--env', 'staging'], files: pushed },
    ...withBroken(['push', '--env', 'development']),
  ],
  audit: [
    {
      what: 'reads, changes and their reason',
      words: ['audit', 'show'],
      files: audited,
      before: [
        ['get', 'TOKEN'],
        ['trust', '--yes'],
        ['rotate', 'TOKEN'],
        ['run', '--', 'true'],
      ],
    },
    { what: 'a verification', words: ['audit', 'verify'], files: audited, before: [['get', 'TOKEN']] },
    {
      what: 'lines that are none',
      words: ['audit', 'show'],
      files: {
        ...audited,
        'secrets.yaml': audited['secrets.yaml'].replace('audit: {}', 'audit: { path: log.env }'),
        'log.env': `${canary}\n{"seq":1,"prev":"${canary}"}\n`,
      },
    },
    { what: 'an export', words: ['audit', 'export'], files: audited, before: [['get', 'TOKEN']] },
    {
      what: 'an export as CSV',
      words: ['audit', 'export', '--format', 'csv'],
      files: audited,
      before: [['get', 'TOKEN']],
    },
    { what: 'a value for a verb', words: ['audit', canary], files: audited },
    { what: 'a value for a name', words: ['audit', 'show', '--name', canary], files: audited },
    { what: 'a value for a time', words: ['audit', 'show', '--since', canary], files: audited },
    { what: 'a value for a type', words: ['audit', 'show', '--type', canary], files: audited },
    ...withBroken(['audit', 'show']),
  ],
  trust: [
    { what: 'a listing', words: ['trust'], files: wanting },
    { what: 'recorded', words: ['trust', '--yes'], files: wanting },
    { what: 'printed', words: ['trust', '--print'], files: wanting },
    { what: 'taken back', words: ['trust', '--revoke'], files: wanting, before: [['trust', '--yes']] },
    { what: 'a value as a digest', words: ['trust', '--trust', canary], files: wanting },
    { what: 'a value as a digest elsewhere', words: ['list', '--trust', canary], files: wanting },
    ...withBroken(['trust']),
  ],
}

export async function prepare({ files = {}, before = [] }: Scenario): Promise<Project> {
  const made = new Project()
  for (const [name, content] of Object.entries(files)) made.write(name, content, 0o600)
  for (const words of before) await made.run(words)
  return made
}
