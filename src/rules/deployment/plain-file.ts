import { hasReference } from '../../core/schema/index.ts'
import { strongValue } from '../example-values.ts'
import { deployed, findingAt, inProduction, severityIn, type Rule } from '../rule.ts'
import { countedVariables, isUnset } from '../source.ts'

const severity = { ...deployed('warning'), staging: 'off' } as const

export const plainFile: Rule = {
  id: 'plain-file',
  title: 'secrets of production come from a store',
  severity,
  rationale: 'a file is copied, backed up and read by every process of its user, and nobody sees who did',
  fix: 'keep them in a store (Vault, AWS, Azure, Google), or in files that the platform mounts (NAME_FILE)',
  source: {
    title: 'OWASP Secrets Management Cheat Sheet',
    url: 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html',
  },
  examples: {
    bad: inProduction(
      `SESSION_SECRET=${strongValue}\n`,
      `PORT=80\nSTRIPE_API_KEY=${strongValue}\n`,
      `A=1\nDB_PASSWORD=${strongValue}\n`,
      `JWT_SECRET_KEY=${strongValue}\nOTHER_TOKEN=${strongValue.toLowerCase()}\n`,
      `export SMTP_PASSWORD=${strongValue}\n`,
    ),
    good: [
      ...inProduction(
        'SESSION_SECRET_FILE=/run/secrets/session\n',
        'SESSION_SECRET=${VAULT_SESSION_SECRET}\n',
        'PORT=80\nLOG_LEVEL=info\n',
        'SMTP_PASSWORD=\n',
      ),
      { file: `SESSION_SECRET=${strongValue}\n` },
    ],
  },
  check: ({ sources }) =>
    sources.flatMap(source => {
      const weight = severityIn(severity, source.environment)
      if (source.kind !== 'file' || weight === 'off') return []
      const secrets = countedVariables(source).filter(
        ({ value, isSecret }) => isSecret && !isUnset(value) && !hasReference(value),
      )
      const [first] = secrets
      if (first === undefined) return []
      const who =
        secrets.length === 1
          ? `"${first.name}" of ${source.environment} stands`
          : `"${first.name}" and ${String(secrets.length - 1)} more of ${source.environment} stand`
      // Once for a file, at its first secret, where it can be allowed.
      return [
        findingAt(first.at, {
          rule: 'plain-file',
          severity: weight,
          name: first.name,
          message: `${who} in a plain file`,
          fix: 'keep them in a store, or in files that the platform mounts (NAME_FILE)',
        }),
      ]
    }),
}
