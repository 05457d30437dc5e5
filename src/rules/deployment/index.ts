import type { Rule } from '../rule.ts'
import { accessTokenLifetime } from './access-token-lifetime.ts'
import { adminAccount } from './admin-account.ts'
import { allowedHosts } from './allowed-hosts.ts'
import { bcryptCost } from './bcrypt-cost.ts'
import { cookieDomain } from './cookie-domain.ts'
import { cookieHttpOnly } from './cookie-httponly.ts'
import { cookieSameSite } from './cookie-samesite.ts'
import { cookieSecure } from './cookie-secure.ts'
import { corsCredentials } from './cors-credentials.ts'
import { cors } from './cors.ts'
import { csrf } from './csrf.ts'
import { databaseTls } from './database-tls.ts'
import { debug } from './debug.ts'
import { defaultCredentials } from './default-credentials.ts'
import { hsts } from './hsts.ts'
import { httpsRedirect } from './https-redirect.ts'
import { jwtAlgorithm } from './jwt-algorithm.ts'
import { localDatabase } from './local-database.ts'
import { loginAttempts } from './login-attempts.ts'
import { passwordLength } from './password-length.ts'
import { plainFile } from './plain-file.ts'
import { rateLimit } from './rate-limit.ts'
import { redisPassword } from './redis-password.ts'
import { refreshTokenLifetime } from './refresh-token-lifetime.ts'
import { sessionIdle } from './session-idle.ts'
import { sessionSettings } from './session-settings.ts'
import { sessionTimeout } from './session-timeout.ts'
import { sqlite } from './sqlite.ts'
import { tlsParameter } from './tls-parameter.ts'
import { tlsVerification } from './tls-verification.ts'
import { trustProxy } from './trust-proxy.ts'

/** Rules that have nothing to say on a developer's machine: loaded when something that is deployed is checked. */
export const deploymentRules: readonly Rule[] = [
  defaultCredentials,
  plainFile,
  sqlite,
  localDatabase,
  databaseTls,
  tlsParameter,
  redisPassword,
  tlsVerification,
  debug,
  cors,
  corsCredentials,
  cookieHttpOnly,
  cookieSecure,
  cookieSameSite,
  cookieDomain,
  csrf,
  httpsRedirect,
  hsts,
  allowedHosts,
  trustProxy,
  jwtAlgorithm,
  accessTokenLifetime,
  refreshTokenLifetime,
  sessionTimeout,
  sessionIdle,
  sessionSettings,
  passwordLength,
  bcryptCost,
  adminAccount,
  loginAttempts,
  rateLimit,
]
