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

export const plugins = [lazyBuiltins, bareNodeVault, lazyAge, asciiOnly]
