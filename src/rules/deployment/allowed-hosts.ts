import { deployed, inProduction, type Rule } from '../rule.ts'
import { itemsIn, variableRule } from '../variable-rule.ts'

export const allowedHosts: Rule = variableRule({
  id: 'allowed-hosts',
  title: 'the service answers for its own host names only',
  severity: deployed('error'),
  rationale: 'with any name allowed, links in mails and caches lead where the sender of a request wants',
  fix: 'list the host names of the service',
  source: {
    title: 'Django settings: ALLOWED_HOSTS',
    url: 'https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts',
  },
  names: ['ALLOWED_HOSTS', 'ALLOWED_HOST', 'TRUSTED_HOSTS', 'TRUSTED_HOST', 'HOST_WHITELIST'],
  examples: {
    bad: inProduction(
      'ALLOWED_HOSTS=*\n',
      'DJANGO_ALLOWED_HOSTS=example.org,*\n',
      'TRUSTED_HOSTS=["*"]\n',
      'ALLOWED_HOSTS=.*\n',
      'MCP_ALLOWED_HOSTS="*"\n',
    ),
    good: [
      ...inProduction(
        'ALLOWED_HOSTS=app.example.org\n',
        'DJANGO_ALLOWED_HOSTS=.example.org,www.example.org\n',
        'ALLOWED_HOSTS=\n',
        'TRUSTED_HOSTS=^app\\.example\\.org$\n',
      ),
      { file: 'ALLOWED_HOSTS=*\n' },
    ],
  },
  problem: ({ value }) =>
    itemsIn(value).some(item => /^(?:\*|\.\*?|\^?\.[*+]\$?)$/.test(item))
      ? { problem: 'allows every host name' }
      : undefined,
})
