import { deployed, inProduction, type Rule } from '../rule.ts'
import { isOff, isOn, variableRule } from '../variable-rule.ts'

export const debug: Rule = variableRule({
  id: 'debug',
  title: 'debugging is off where others can reach the service',
  severity: deployed('error'),
  rationale:
    'error pages of a debug mode show settings, queries and source, and some run code that a visitor sends',
  fix: 'set it to false',
  source: {
    title: 'Django deployment checklist; Flask: Debugging application errors',
    url: 'https://docs.djangoproject.com/en/stable/howto/deployment/checklist/#debug',
  },
  names: [
    'DEBUG',
    'DEBUG_MODE',
    'DEBUG_ENABLED',
    'ENABLE_DEBUG',
    'WP_DEBUG_DISPLAY',
    'DISPLAY_ERRORS',
    'DEBUG_TOOLBAR',
    'DEBUGBAR_ENABLED',
    'TELESCOPE_ENABLED',
    'SQLALCHEMY_ECHO',
    'CRAFT_DEV_MODE',
    '=DEV_MODE',
  ],
  examples: {
    bad: inProduction(
      'DEBUG=true\n',
      'APP_DEBUG=1\n',
      'FLASK_DEBUG=1\n',
      'DJANGO_DEBUG=True\n',
      'WP_DEBUG_DISPLAY=true\n',
      'DEBUG=*\n',
      'app__debug=yes\n',
    ),
    good: [
      ...inProduction(
        'DEBUG=false\n',
        'APP_DEBUG=0\n',
        'DEBUG=app:http\n',
        'LOG_LEVEL=debug\n',
        'FLASK_DEBUG=\n',
      ),
      { file: 'DEBUG=true\n' },
      { file: 'APP_DEBUG=true\n', environment: 'test' },
    ],
  },
  problem({ value }) {
    if (isOff(value)) return undefined
    if (isOn(value)) return { problem: 'turns debugging on' }
    // The names of Node's debug module: everything includes headers and bodies.
    return value.trim() === '*'
      ? {
          problem: 'writes every debug message to the log',
          fix: 'name the parts, or leave it empty',
          atMost: 'warning',
        }
      : undefined
  },
})
