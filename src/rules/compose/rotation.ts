import { previousName } from '../../core/names.ts'
import { classifySecret } from '../../core/schema/index.ts'
import { strongValue } from '../example-values.ts'
import { inService, interpolationSource, serviceRule } from './container-rule.ts'

const template = '# secrets: generate hex:32\nSESSION_SECRET=\n'
const value = `SESSION_SECRET=${'0f1e2d3c4b5a69788796a5b4c3d2e1f0'.repeat(2)}\n`
const grace = `${value}SESSION_SECRET_OLD=${strongValue}\n`

export const composeRotation = serviceRule({
  id: 'compose-rotation',
  title: 'a service that gets a rotated secret gets its previous value too',
  severity: { development: 'warning', test: 'info', staging: 'error', production: 'error' },
  rationale:
    'in the grace period of a rotation the old value is accepted as NAME_OLD, which the container does not get',
  fix: 'pass NAME_OLD: ${NAME_OLD:-} and NAME_OLD_UNTIL: ${NAME_OLD_UNTIL:-} too, or use env_file',
  source: interpolationSource,
  examples: {
    bad: [
      { template, file: value, compose: inService('SESSION_SECRET: ${SESSION_SECRET:?}') },
      { template, file: grace, compose: inService('SESSION_SECRET: ${SESSION_SECRET}') },
      { template, file: grace, compose: inService('- SESSION_SECRET'), environment: 'production' },
      { file: grace, compose: inService('APP_SECRET: ${SESSION_SECRET:?}') },
      {
        template,
        file: value,
        compose: inService('- SESSION_SECRET=${SESSION_SECRET}'),
        environment: 'staging',
      },
    ],
    good: [
      {
        template,
        file: grace,
        compose: inService(
          'SESSION_SECRET: ${SESSION_SECRET:?}',
          'SESSION_SECRET_OLD: ${SESSION_SECRET_OLD:-}',
        ),
      },
      { template, file: grace, compose: 'services:\n  web:\n    env_file: .env\n' },
      { file: value, compose: inService('SESSION_SECRET: ${SESSION_SECRET:?}') },
      {
        template: '# secrets: generate hex:32\nDB_PASSWORD=\n',
        file: `DB_PASSWORD=${strongValue}\n`,
        compose: inService('DB_PASSWORD: ${DB_PASSWORD:?}'),
      },
      { template, file: value, compose: inService('SESSION_SECRET_FILE: /run/secrets/session') },
    ],
  },
  problem({ variable, known: { name, isSecret, entry }, service, source }) {
    const isPassed =
      variable.from === 'environment' && (variable.isPassedOn || variable.references.length > 0)
    if (!isPassed || !isSecret) return undefined
    const secretClass = classifySecret(name, entry?.form)
    // A password of a service has one value at a time: whoever checks it changes with it.
    if (secretClass === 'database' || secretClass === 'api-key' || secretClass === 'oauth') return undefined
    if (source.variables.some(one => one.name === previousName(name))) return undefined
    const old = previousName(name)
    if (service.inGrace.has(name))
      return { problem: `is in its grace period, and the service does not get ${old}` }
    return entry?.form === undefined
      ? undefined
      : { problem: `comes without ${old}: after a rotation the old value is not accepted`, atMost: 'warning' }
  },
})
