import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, isOn, variableRule } from '../variable-rule.ts'

export const tlsVerification: Rule = variableRule({
  id: 'tls-verification',
  title: 'certificates of other services are checked',
  severity: deployed('error', 'error'),
  rationale:
    'without the check anybody on the way can answer in the name of the other side, and read what is sent',
  fix: 'turn the check on; give the authority of your own certificates as a CA file',
  source: {
    title: 'Node.js: NODE_TLS_REJECT_UNAUTHORIZED; CWE-295: Improper Certificate Validation',
    url: 'https://cwe.mitre.org/data/definitions/295.html',
  },
  names: [
    'TLS_REJECT_UNAUTHORIZED',
    'SSL_REJECT_UNAUTHORIZED',
    '=PYTHONHTTPSVERIFY',
    '=GIT_SSL_NO_VERIFY',
    'SSL_VERIFY',
    'VERIFY_SSL',
    'TLS_VERIFY',
    'VERIFY_TLS',
    'VERIFY_CERTS',
    'INSECURE_SKIP_VERIFY',
    'INSECURE_SKIP_TLS_VERIFY',
    'TLS_SKIP_VERIFY',
    'TLS_CHECK_PEER',
  ],
  examples: {
    bad: inProduction(
      'NODE_TLS_REJECT_UNAUTHORIZED=0\n',
      'DB_SSL_REJECT_UNAUTHORIZED=false\n',
      'ELASTICSEARCH_VERIFY_CERTS=False\n',
      'REDIS_INSECURE_SKIP_TLS_VERIFY=true\n',
      'GIT_SSL_NO_VERIFY=1\n',
    ),
    good: [
      ...inProduction(
        'NODE_TLS_REJECT_UNAUTHORIZED=1\n',
        'DB_SSL_REJECT_UNAUTHORIZED=true\n',
        'REDIS_INSECURE_SKIP_TLS_VERIFY=false\n',
        'VERIFY_SSL=/etc/ssl/own-ca.pem\n',
      ),
      { file: 'NODE_TLS_REJECT_UNAUTHORIZED=0\n' },
    ],
  },
  problem({ name, value }) {
    const isNegated = /SKIP|NO_VERIFY/i.test(name)
    return (isNegated ? isOn(value) : isOff(value))
      ? { problem: 'turns the check of certificates off' }
      : undefined
  },
})
