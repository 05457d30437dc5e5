/** Names under which frameworks and projects list the origins that may call from a browser. */
export const originNames = [
  'CORS_ALLOWED_ORIGINS',
  'CORS_ALLOWED_ORIGIN',
  'CORS_ALLOW_ORIGIN',
  'CORS_ALLOW_ORIGINS',
  'CORS_ORIGIN',
  'CORS_ORIGINS',
  'CORS_ORIGIN_WHITELIST',
  'CORS_WHITELIST',
  'CORS_DOMAINS',
  'CORS_HOSTS',
  '=ALLOWED_ORIGINS',
  '=ALLOWED_ORIGIN',
  '=ALLOW_ORIGIN',
  '=ALLOW_ORIGINS',
  'HTTP_ALLOWED_ORIGINS',
  'API_ALLOWED_ORIGINS',
  'WS_ALLOWED_ORIGINS',
  '=CORS',
]

/** Switches that allow every origin at once. */
export const allOriginNames = [
  'CORS_ORIGIN_ALLOW_ALL',
  'CORS_ALLOW_ALL_ORIGINS',
  'CORS_ALLOW_ALL',
  'ALLOW_ALL_ORIGINS',
]

/** `*`, or a pattern that is nothing else. */
export function isAnyOrigin(item: string): boolean {
  return /^(?:\*|\.\*|\^?\.[*+]\$?|(?:https?|\*):\/\/\*(?::\*|\/\*)?)$/.test(item)
}
