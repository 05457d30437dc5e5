/** The environments that a profile knows; any other one counts as production. */
export type ProfiledKind = 'test' | 'staging' | 'production'

/** What a setting is in an environment: a value, `environment` for its name, or `ask` where only a person knows it. */
export interface ProfileLine {
  readonly id: string
  /** The last words of the names that it is about; with `=` before it a whole name. */
  readonly names: readonly string[]
  /** What a template has for a developer's machine; any other value is somebody's choice. */
  readonly from: RegExp
  /** Switches are written as the template writes them (`True`, `1`, `on`). Absent: the template's value serves there too. */
  readonly to: Readonly<Partial<Record<ProfiledKind, string>>>
  /** Completes "in production …". */
  readonly reason: string
  /** The public standard, guide or manual that asks for it. */
  readonly source: { readonly title: string; readonly url: string }
}

const off = /^(?:false|0|no|off|disabled?)$/i
const on = /^(?:true|1|yes|on|enabled?)$/i
const everywhereOn = { staging: 'on', production: 'on' } as const
const everywhereOff = { staging: 'off', production: 'off' } as const
const asked = { staging: 'ask', production: 'ask' } as const
const developer = /^(?:dev|development|local)$/i
/** One or several addresses, of which one is this machine or everybody. */
const local =
  /(?:^|[\s,;"'[/@])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?=[:/\s,;"'\]]|$)|^\[?["']?\*["']?\]?$/i

const owasp = (title: string, page: string): ProfileLine['source'] => ({
  title: `OWASP ${title} Cheat Sheet`,
  url: `https://cheatsheetseries.owasp.org/cheatsheets/${page}_Cheat_Sheet.html`,
})
const sessions = owasp('Session Management', 'Session_Management')
const strictTransport = owasp('HTTP Strict Transport Security', 'HTTP_Strict_Transport_Security')
const transport = owasp('Transport Layer Security', 'Transport_Layer_Security')
const logging = owasp('Logging', 'Logging')
const parity = { title: 'The Twelve-Factor App: Config', url: 'https://12factor.net/config' }

/** The registry, in the order in which it is asked: one line each. */
export const profileLines: readonly ProfileLine[] = [
  {
    id: 'node-environment',
    names: ['=NODE_ENV'],
    from: developer,
    to: { test: 'test', staging: 'production', production: 'production' },
    reason: 'libraries of Node know production and test only, and are slower and talk more in any other',
    source: {
      title: 'Node.js: development and production',
      url: 'https://nodejs.org/en/learn/getting-started/nodejs-the-difference-between-development-and-production',
    },
  },
  {
    id: 'environment-name',
    names: [
      '=ENVIRONMENT',
      '=APP_ENV',
      '=FLASK_ENV',
      '=RAILS_ENV',
      '=DJANGO_ENV',
      '=RACK_ENV',
      '=APP_ENVIRONMENT',
    ],
    from: developer,
    to: { test: 'environment', staging: 'environment', production: 'environment' },
    reason: 'the application takes itself for the environment that is named there',
    source: parity,
  },
  {
    id: 'debug',
    names: [
      ...[
        'DEBUG',
        'DEBUG_MODE',
        'DEBUG_ENABLED',
        'ENABLE_DEBUG',
        'WP_DEBUG_DISPLAY',
        'DISPLAY_ERRORS',
        'DEBUG_TOOLBAR',
      ],
      ...['DEBUGBAR_ENABLED', 'TELESCOPE_ENABLED', 'SQLALCHEMY_ECHO', '=DEV_MODE'],
    ],
    from: on,
    to: everywhereOff,
    reason: 'pages of errors show code and settings to everybody',
    source: owasp('Error Handling', 'Error_Handling'),
  },
  {
    id: 'log-level',
    names: ['LOG_LEVEL', 'LOGLEVEL', 'LOGGING_LEVEL', 'LOGGER_LEVEL'],
    from: /^(?:debug|trace|verbose|silly|all)$/i,
    to: { staging: 'info', production: 'info' },
    reason: 'messages for developers carry what people typed, tokens among it',
    source: logging,
  },
  {
    id: 'cookie-secure',
    names: [
      ...['COOKIE_SECURE', 'COOKIES_SECURE', 'SECURE_COOKIE', 'SECURE_COOKIES', 'SESSION_SECURE'],
      ...['COOKIE_IS_SECURE', 'USE_SECURE_COOKIES'],
    ],
    from: off,
    to: everywhereOn,
    reason: 'cookies are sent over TLS only',
    source: sessions,
  },
  {
    id: 'cookie-httponly',
    names: [
      ...['SESSION_COOKIE_HTTPONLY', 'SESSION_COOKIE_HTTP_ONLY', 'SESSION_HTTP_ONLY', 'SESSION_HTTPONLY'],
      ...[
        'AUTH_COOKIE_HTTPONLY',
        'AUTH_COOKIE_HTTP_ONLY',
        '=COOKIE_HTTPONLY',
        '=COOKIE_HTTP_ONLY',
        'COOKIES_HTTP_ONLY',
      ],
    ],
    from: off,
    to: everywhereOn,
    reason: 'no script reads the cookie of a session',
    source: sessions,
  },
  {
    id: 'cookie-samesite',
    names: [
      ...['COOKIE_SAMESITE', 'COOKIE_SAME_SITE', 'COOKIES_SAMESITE', 'COOKIES_SAME_SITE'],
      ...['SESSION_SAMESITE', 'SESSION_SAME_SITE'],
    ],
    from: /^none$/i,
    to: { staging: 'lax', production: 'lax' },
    reason: 'other sites do not send the cookie along',
    source: sessions,
  },
  {
    id: 'csrf',
    names: [
      ...[
        'CSRF_ENABLED',
        'CSRF_PROTECTION',
        'CSRF_PROTECTION_ENABLED',
        'ENABLE_CSRF',
        'ENABLE_CSRF_PROTECTION',
      ],
      ...['CSRF_CHECK', 'USE_CSRF'],
    ],
    from: off,
    to: everywhereOn,
    reason: 'requests that another site makes are refused',
    source: owasp('Cross-Site Request Forgery Prevention', 'Cross-Site_Request_Forgery_Prevention'),
  },
  {
    id: 'csrf-off',
    names: ['DISABLE_CSRF', 'CSRF_DISABLED', 'SKIP_CSRF'],
    from: on,
    to: everywhereOff,
    reason: 'requests that another site makes are refused',
    source: owasp('Cross-Site Request Forgery Prevention', 'Cross-Site_Request_Forgery_Prevention'),
  },
  {
    id: 'https-redirect',
    names: [
      ...[
        'FORCE_HTTPS',
        'FORCE_SSL',
        'ENFORCE_HTTPS',
        'REQUIRE_HTTPS',
        'SECURE_SSL_REDIRECT',
        'HTTPS_REDIRECT',
      ],
      ...['ENABLE_HTTPS_REDIRECT', 'REDIRECT_HTTP_TO_HTTPS', 'HTTPS_ONLY'],
    ],
    from: off,
    to: everywhereOn,
    reason: 'nobody is let in without TLS',
    source: transport,
  },
  {
    id: 'hsts',
    names: ['HSTS_ENABLED', 'ENABLE_HSTS', 'HSTS_ENABLE', '=HSTS'],
    from: off,
    to: { production: 'on' },
    reason: 'browsers that were here once never ask without TLS again',
    source: strictTransport,
  },
  {
    id: 'hsts-age',
    names: ['HSTS_MAX_AGE', 'HSTS_SECONDS'],
    from: /^0$/,
    to: { production: '31536000' },
    reason: 'browsers remember for a year to use TLS',
    source: strictTransport,
  },
  {
    id: 'rate-limit',
    names: [
      ...[
        'RATE_LIMIT_ENABLED',
        'RATE_LIMITS_ENABLED',
        'RATE_LIMITING_ENABLED',
        'RATELIMIT_ENABLED',
        'RATELIMIT_ENABLE',
      ],
      ...['ENABLE_RATE_LIMIT', 'ENABLE_RATE_LIMITING'],
    ],
    from: off,
    to: everywhereOn,
    reason: 'passwords cannot be tried at any speed',
    source: owasp('Authentication', 'Authentication'),
  },
  {
    id: 'tls-verification',
    names: ['=NODE_TLS_REJECT_UNAUTHORIZED', 'TLS_VERIFY', 'SSL_VERIFY', 'VERIFY_SSL', 'VERIFY_TLS'],
    from: off,
    to: everywhereOn,
    reason: 'the other side has to show who it is',
    source: transport,
  },
  {
    id: 'origins',
    names: [
      ...[
        'CORS_ALLOWED_ORIGINS',
        'CORS_ALLOWED_ORIGIN',
        'CORS_ALLOW_ORIGIN',
        'CORS_ALLOW_ORIGINS',
        'CORS_ORIGIN',
      ],
      ...[
        'CORS_ORIGINS',
        'CORS_ORIGIN_WHITELIST',
        'CORS_WHITELIST',
        'CORS_DOMAINS',
        'CORS_HOSTS',
        'TRUSTED_ORIGINS',
      ],
      ...['ALLOWED_ORIGINS', 'ALLOWED_ORIGIN', '=ALLOW_ORIGIN', '=ALLOW_ORIGINS'],
    ],
    from: local,
    to: asked,
    reason: 'only the addresses of the deployment may call from a browser, and nobody else knows them',
    source: owasp('HTML5 Security', 'HTML5_Security'),
  },
  {
    id: 'hosts',
    names: ['ALLOWED_HOSTS', 'ALLOWED_HOST', 'TRUSTED_HOSTS', 'TRUSTED_HOST'],
    from: local,
    to: asked,
    reason: 'a request for another host is refused, and nobody else knows the names of the deployment',
    source: {
      title: 'Django: host header validation',
      url: 'https://docs.djangoproject.com/en/stable/topics/security/#host-header-validation',
    },
  },
  {
    id: 'public-address',
    names: [
      '=APP_URL',
      '=SITE_URL',
      '=BASE_URL',
      '=PUBLIC_URL',
      '=FRONTEND_URL',
      '=NEXTAUTH_URL',
      '=AUTH_URL',
    ],
    from: local,
    to: asked,
    reason: 'links in mails and redirects lead to the address of the deployment',
    source: parity,
  },
]
