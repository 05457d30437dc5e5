/** Settings that send cookies over TLS only. */
export const cookieSecureNames = [
  'COOKIE_SECURE',
  'COOKIES_SECURE',
  'SECURE_COOKIE',
  'SECURE_COOKIES',
  'SESSION_SECURE',
  'COOKIE_IS_SECURE',
  'USE_SECURE_COOKIES',
]

export const sameSiteNames = [
  'COOKIE_SAMESITE',
  'COOKIE_SAME_SITE',
  'COOKIES_SAMESITE',
  'COOKIES_SAME_SITE',
  'SESSION_SAMESITE',
  'SESSION_SAME_SITE',
]
