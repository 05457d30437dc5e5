import { findPlaceholder } from '../../core/placeholder.ts'
import { isSecretName } from '../../core/schema/index.ts'
import { strongValue } from '../example-values.ts'
import { inService, interpolationSource, serviceRule } from './container-rule.ts'

export const composeFallback = serviceRule({
  id: 'compose-fallback',
  title: 'no secret has a fallback in the compose file',
  severity: { development: 'warning', test: 'info', staging: 'error', production: 'error' },
  rationale:
    'where the real value is missing the service starts all the same, with one that stands in the repository',
  fix: 'write ${NAME:?} instead, so that a missing value stops the start',
  source: interpolationSource,
  examples: {
    bad: [
      { file: '', compose: inService('DB_PASSWORD: ${DB_PASSWORD:-postgres}') },
      { file: 'DB_PASSWORD=x\n', compose: inService('DB_PASSWORD: ${DB_PASSWORD-changeme}') },
      { file: '', compose: inService('- SESSION_SECRET=${APP_KEY:-dev-secret}'), environment: 'production' },
      { file: '', compose: inService('URL: "postgres://app:${DB_PASSWORD:-app}@db/app"') },
      { file: '', compose: inService(`API_TOKEN: \${API_TOKEN:-${strongValue}}`) },
    ],
    good: [
      { file: `DB_PASSWORD=${strongValue}\n`, compose: inService('DB_PASSWORD: ${DB_PASSWORD:?is not set}') },
      { file: '', compose: inService('PORT: ${PORT:-3000}') },
      { file: '', compose: inService('API_TOKEN: ${API_TOKEN:-}') },
      { file: 'A=1\n', compose: inService('PASSWORD_MIN_LENGTH: ${PASSWORD_MIN_LENGTH:-12}') },
      { file: '', compose: inService(`API_TOKEN: \${API_TOKEN:-\${OTHER_TOKEN:-}}`) },
    ],
  },
  problem({ variable: { references }, known: { isSecret } }) {
    const fallbacks = references.filter(
      ({ name, operator, text }) =>
        operator === '-' && text !== '' && !text.startsWith('${') && (isSecret || isSecretName(name)),
    )
    if (fallbacks.length === 0) return undefined
    return fallbacks.some(({ text }) => findPlaceholder(text) !== undefined)
      ? { problem: 'falls back to a known password' }
      : { problem: 'falls back to a value that stands in the compose file' }
  },
})
