import { deployed, inProduction, type Rule } from '../rule.ts'
import { variablesNamed } from '../source.ts'
import { isOn, itemsIn, variableRule } from '../variable-rule.ts'
import { allOriginNames, isAnyOrigin, originNames } from './origins.ts'

export const corsCredentials: Rule = variableRule({
  id: 'cors-credentials',
  title: 'cookies are not allowed together with any origin',
  severity: deployed('error', 'error'),
  rationale:
    'browsers refuse the pair, and frameworks that answer with the caller instead of * open every session to every page',
  fix: 'list the origins, or leave credentials off',
  source: {
    title: 'Fetch standard: CORS protocol and credentials',
    url: 'https://fetch.spec.whatwg.org/#cors-protocol-and-credentials',
  },
  names: ['CORS_CREDENTIALS', 'CORS_ALLOW_CREDENTIALS', 'CORS_SUPPORTS_CREDENTIALS', 'ALLOW_CREDENTIALS'],
  examples: {
    bad: inProduction(
      'CORS_ORIGIN=*\nCORS_CREDENTIALS=true\n',
      'ALLOWED_ORIGINS=*\nALLOW_CREDENTIALS=1\n',
      'CORS_ALLOW_ALL_ORIGINS=true\nCORS_ALLOW_CREDENTIALS=true\n',
      'CORS_ORIGINS=["*"]\nCORS_SUPPORTS_CREDENTIALS=yes\n',
      'APP_CORS_ORIGINS=.*\nAPP_CORS_ALLOW_CREDENTIALS=True\n',
    ),
    good: [
      ...inProduction(
        'CORS_ORIGIN=https://app.example.org\nCORS_CREDENTIALS=true\n',
        'CORS_CREDENTIALS=true\n',
        'CORS_ORIGIN=\nCORS_CREDENTIALS=true\n',
        'CORS_ALLOW_ALL_ORIGINS=false\nCORS_ALLOW_CREDENTIALS=true\n',
      ),
      { file: 'CORS_ORIGIN=*\nCORS_CREDENTIALS=true\n' },
    ],
  },
  problem({ value }, source) {
    if (!isOn(value)) return undefined
    const wide =
      variablesNamed(source, originNames).find(origins => itemsIn(origins.value).some(isAnyOrigin)) ??
      variablesNamed(source, allOriginNames).find(all => isOn(all.value))
    return wide && { problem: `allows cookies while "${wide.name}" allows every origin` }
  },
})
