import { hasReference } from '../../core/schema/index.ts'
import { plainPassword, strongValue } from '../example-values.ts'
import { isUnset } from '../source.ts'
import { inService, interpolationSource, serviceRule } from './container-rule.ts'

export const composeBaked = serviceRule({
  id: 'compose-baked',
  title: 'no secret stands in the compose file itself',
  severity: { development: 'warning', test: 'info', staging: 'error', production: 'error' },
  rationale:
    'the value is in the repository, and a rotation that writes .env or a store never reaches the container',
  fix: 'write NAME: ${NAME:?} here, and keep the value in .env or in a store',
  source: interpolationSource,
  examples: {
    bad: [
      { file: '', compose: inService(`SESSION_SECRET: ${strongValue}`) },
      { file: '', compose: inService(`- API_TOKEN=${strongValue}`), environment: 'production' },
      { file: '', compose: inService(`DB_PASSWORD: ${plainPassword}`), environment: 'staging' },
      {
        file: `SESSION_SECRET=${strongValue.toLowerCase()}\n`,
        compose: `${inService(`SESSION_SECRET: ${strongValue}`)}    env_file: .env\n`,
      },
      { file: '', compose: inService(`JWT_SECRET: "${strongValue}"`, 'PORT: 80') },
    ],
    good: [
      { file: `SESSION_SECRET=${strongValue}\n`, compose: inService('SESSION_SECRET: ${SESSION_SECRET}') },
      { file: `SESSION_SECRET=${strongValue}\n`, compose: 'services:\n  web:\n    env_file: .env\n' },
      { file: `API_TOKEN=${strongValue}\n`, compose: inService('- API_TOKEN') },
      { file: '', compose: inService('API_TOKEN_FILE: /run/secrets/api') },
      { file: '', compose: inService('PORT: 3000', 'API_TOKEN: ""') },
    ],
  },
  problem({ variable: { from, references, isPassedOn, over }, known: { value, isSecret, name } }) {
    const isWritten = from === 'environment' && references.length === 0 && !isPassedOn
    if (!isWritten || !isSecret || isUnset(value) || hasReference(value) || name.endsWith('_FILE'))
      return undefined
    const [first] = over
    if (first === undefined) return { problem: 'stands in the compose file: a rotated value cannot reach it' }
    const line = `${first.path}:${String(first.line ?? 1)}`
    return { problem: `stands in the compose file and wins over ${line}: a rotated value cannot reach it` }
  },
})
