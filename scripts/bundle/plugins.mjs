// What of the libraries is left out of the bundle, loaded later, or kept from printing, and why.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * Parts of Node that are loaded at their first use: commander asks for child_process for executable subcommands, which we
 * have none of, and a file without rotation records needs no fingerprints, hence no node:crypto (a tenth of the start).
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  resolveId(source, importer = '') {
    const isLazy =
      (source === 'node:child_process' && /[\\/]commander[\\/]/.test(importer)) ||
      (source === 'node:crypto' && /[\\/]src[\\/]core[\\/]/.test(importer))
    return isLazy ? `\0lazy:${source}` : null
  },
  load(id) {
    if (!id.startsWith('\0lazy:')) return null
    const name = id.slice('\0lazy:'.length)
    // Functions only: a class of the module that somebody imports is then missing, which fails the build.
    const functions = Object.keys(require(name)).filter(key => /^[a-z]\w*$/.test(key))
    return functions
      .map(key => `export const ${key} = (...words) => process.getBuiltinModule('${name}').${key}(...words)`)
      .join('\n')
  },
}

/**
 * What node-vault loads besides itself is never used: the Vault adapter gives it a transport of its own in place of
 * axios, and leaves out its checks, templates and debug output. 330 KB less, and nothing that could print a value.
 */
const bareNodeVault = {
  name: 'bare-node-vault',
  resolveId(source, importer) {
    const isNodeVault = /[\\/]node-vault[\\/]/.test(importer ?? '')
    return isNodeVault && ['axios', 'debug', 'mustache', 'tv4'].includes(source) ? '\0unused' : null
  },
  load(id) {
    return id === '\0unused' ? { code: 'module.exports = () => undefined', moduleType: 'js' } : null
  },
}

/** age's post-quantum keys, which are bundled into a file of their own. */
export const hybridKeys = createRequire(require.resolve('age-encryption')).resolve(
  '@noble/post-quantum/hybrid.js',
)

/**
 * Kinds of keys that few have are most of age's code: post-quantum identities are loaded at their first use; P-256
 * recipients belong to plugins, which cannot be used here.
 */
const lazyAge = {
  name: 'lazy-age',
  resolveId(source, importer) {
    if (!/[\\/]age-encryption[\\/]/.test(importer ?? '')) return null
    if (source === '@noble/post-quantum/hybrid.js') return '\0lazy-hybrid'
    return source === '@noble/curves/nist.js' ? '\0no-p256' : null
  },
  load(id) {
    if (id === '\0no-p256') return 'export const p256 = undefined'
    if (id !== '\0lazy-hybrid') return null
    const lazy = name =>
      `export const ${name} = new Proxy({}, { get: (_, key) => require('../hybrid.cjs').${name}[key] })`
    return ['MLKEM768X25519', 'MLKEM768P256'].map(lazy).join('\n')
  },
}

/** One character beyond Latin-1 makes V8 hold the whole file in two bytes a character, and read it at half the speed. */
const asciiOnly = {
  name: 'ascii-only',
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== 'chunk') continue
      // Outside of strings, templates and patterns, which all know this escape, no such character stands in the output.
      file.code = file.code.replaceAll(
        /[^\0-\x7f]/g,
        unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    }
  },
}

/** The AWS SDK prints on stderr that a later version of it will need a later Node: nothing that a user could act on. */
const quietAws = {
  name: 'quiet-aws',
  transform(code, id) {
    if (!/[\\/]@aws-sdk[\\/]core[\\/].*[\\/]client[\\/]/.test(id)) return null
    const asked = 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED === "true"'
    return code.includes(asked) ? { code: code.replace(asked, 'true') } : null
  },
}

/**
 * The Google SDK is used in its REST mode: what only gRPC needs (grpc-js, its loader, a second copy of the protos) is
 * left out, and so are the other API versions. Its debug output, which GOOGLE_SDK_NODE_LOGGING turns on and which
 * prints whole requests with tokens and values, is not there either.
 */
const bareGoogle = {
  name: 'bare-google',
  resolveId(source, importer) {
    const from = importer?.replaceAll('\\', '/') ?? ''
    const isSdk = from.includes('/@google-cloud/secret-manager/')
    if (isSdk && source === 'google-gax') return '\0google-gax'
    if (source === 'google-logging-utils') return '\0google-logging-utils'
    // Proxies of the environment are not used.
    if (source === 'https-proxy-agent' && /\/gaxios\//.test(from)) return '\0unused'
    // For the metadata server only; Node has its own.
    if (source === 'node-fetch' && /\/(?:gaxios|google-gax)\//.test(from)) return '\0node-fetch'
    return isSdk && /v1beta|protos\/protos$/.test(source) ? '\0unused' : null
  },
  load(id) {
    if (id === '\0google-gax') {
      const rest = JSON.stringify(require.resolve('google-gax/fallback'))
      const code = `const rest = require(${rest})
        const quiet = { info() {} }
        module.exports = { fallback: rest, loggingUtils: { log: () => quiet }, decodeAnyProtosInArray: all => all }`
      return { code, moduleType: 'js' }
    }
    if (id === '\0node-fetch')
      return { code: 'module.exports = { default: globalThis.fetch }', moduleType: 'js' }
    if (id !== '\0google-logging-utils') return null
    const code = `const quiet = Object.assign(() => undefined, { info() {}, debug() {}, warn() {}, error() {} })
      module.exports = { log: () => quiet }`
    return { code, moduleType: 'js' }
  },
}

export const plugins = [lazyBuiltins, bareNodeVault, quietAws, bareGoogle, lazyAge, asciiOnly]
