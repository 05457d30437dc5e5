import { writeSync } from 'node:fs'
import * as nodeModule from 'node:module'
import type { SchemaFault } from './schema-process.ts'

/**
 * A program of its own (dist/schema-child.mjs): runs the schema module of a project and lets it judge values. It gets
 * one JSON document on stdin, and answers with one line on descriptor 3; stdout and stderr lead nowhere. It never ends
 * by itself: who started it does that, so that nothing which the module leaves running is waited for.
 */
interface Request {
  readonly url: string
  readonly path: string
  readonly source: string
  readonly values: readonly Readonly<Record<string, string>>[]
}

interface Standard {
  readonly validate: (values: unknown) => unknown
}

class Fault extends Error {
  readonly fault: SchemaFault
  constructor(fault: SchemaFault) {
    super(fault)
    this.fault = fault
  }
}

/**
 * In Node's own thread for hooks. The module is loaded from the text that was trusted, whatever the file holds by now;
 * other files than those of installed packages nobody has looked at.
 */
const hooks = `
let own
export function initialize(data) { own = data }
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  if (found.url.startsWith('file:') && found.url !== own.url && !found.url.includes('/node_modules/'))
    throw new Error('secrets:outside')
  return found
}
export async function load(url, context, next) {
  if (url !== own.url) return next(url, context)
  const isModule = own.isModule ?? (context.format === 'commonjs' ? false : context.format === 'module' ? true : undefined)
  const looks = /^\\s*(?:import|export)\\b/m.test(own.source)
  return { format: isModule ?? looks ? 'module' : 'commonjs', source: own.source, shortCircuit: true }
}`

async function answer(): Promise<unknown> {
  const request = JSON.parse(await readAll(process.stdin)) as Request
  const { url, path, values } = request
  const isTyped = /\.[mc]?ts$/.test(path)
  const source = isTyped ? compile(request) : request.source
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hooks)}`, {
    parentURL: url,
    data: { url, source, isModule: isTyped ? true : undefined },
  })
  const { standard, schema } = await load(url)
  const required = await judge(standard, {}).catch(() => undefined)
  const results: unknown[] = []
  for (const one of values) {
    try {
      results.push(await judge(standard, one))
    } catch {
      throw new Fault('check-threw')
    }
  }
  return { names: namesOf(schema), required: required ?? [], results }
}

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** With what the project has: its esbuild, its typescript, else Node itself. */
function compile({ path, source }: Request): string {
  const require = nodeModule.createRequire(path)
  const esbuild = tryLoad(require, 'esbuild')
  const typescript = esbuild === undefined ? tryLoad(require, 'typescript') : undefined
  const strip = (nodeModule as unknown as Record<string, unknown>)['stripTypeScriptTypes']
  try {
    if (esbuild !== undefined) {
      const { transformSync } = esbuild as {
        transformSync: (text: string, options: object) => { code: string }
      }
      return transformSync(source, { loader: 'ts', format: 'esm', target: 'es2022' }).code
    }
    if (typescript !== undefined) return transpile(typescript, source)
    if (typeof strip === 'function') return (strip as (text: string) => string)(source)
  } catch {
    throw new Fault('syntax')
  }
  throw new Fault('no-compiler')
}

function transpile(typescript: unknown, source: string): string {
  const { transpileModule } = typescript as {
    transpileModule: (
      text: string,
      options: object,
    ) => { outputText: string; diagnostics?: readonly { category: number }[] }
  }
  // Numbers of the compiler's own enumerations: ESNext, ES2022.
  const compilerOptions = { module: 99, target: 9, verbatimModuleSyntax: false }
  const { outputText, diagnostics = [] } = transpileModule(source, {
    compilerOptions,
    reportDiagnostics: true,
  })
  if (diagnostics.some(({ category }) => category === 1)) throw new Fault('syntax')
  return outputText
}

function tryLoad(require: NodeJS.Require, name: string): unknown {
  try {
    const loaded: unknown = require(name)
    return loaded
  } catch {
    return undefined
  }
}

async function load(url: string): Promise<{ readonly standard: Standard; readonly schema: unknown }> {
  const exported: unknown = await import(url).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : ''
    throw new Fault(
      said.includes('secrets:outside') ? 'outside' : error instanceof SyntaxError ? 'syntax' : 'threw',
    )
  })
  const own = partOf(exported, 'default')
  const candidates = [partOf(exported, 'schema'), own, partOf(own, 'schema'), partOf(own, 'default')]
  for (const schema of candidates) {
    const standard = partOf(schema, '~standard')
    if (typeof partOf(standard, 'validate') === 'function') return { standard: standard as Standard, schema }
  }
  throw new Fault('no-schema')
}

function partOf(whole: unknown, key: string): unknown {
  const isWhole = (typeof whole === 'object' && whole !== null) || typeof whole === 'function'
  return isWhole ? (whole as Record<string, unknown>)[key] : undefined
}

/** The issues of one set of values, without their messages; what is left is put into words by who asked. */
async function judge(standard: Standard, values: unknown): Promise<readonly unknown[]> {
  const issues = partOf(await standard.validate(values), 'issues')
  if (issues === undefined) return []
  const list: readonly unknown[] = Array.isArray(issues) && issues.length > 0 ? issues.slice(0, 1000) : [{}]
  return list.map(factsOf)
}

const plainKeys = ['code', 'type', 'expected', 'format', 'origin', 'inclusive', 'minimum', 'maximum'] as const

function factsOf(issue: unknown): unknown {
  const path = partOf(issue, 'path')
  const keys = partOf(issue, 'keys')
  return {
    ...Object.fromEntries(plainKeys.map(key => [key, plain(partOf(issue, key))])),
    path: Array.isArray(path) ? path.slice(0, 2).map(part => plain(partOf(part, 'key') ?? part)) : [],
    keys: Array.isArray(keys) ? keys.map(plain) : [],
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  return ['string', 'number', 'boolean'].includes(typeof value) ? value : undefined
}

/** Of zod and of valibot; others do not tell. */
function namesOf(schema: unknown): readonly string[] {
  const fields =
    partOf(schema, 'shape') ?? partOf(partOf(schema, 'def'), 'shape') ?? partOf(schema, 'entries')
  return typeof fields === 'object' && fields !== null ? Object.keys(fields) : []
}

function send(reply: unknown): void {
  const bytes = Buffer.from(`${JSON.stringify(reply)}\n`)
  for (let at = 0; at < bytes.length;) at += writeSync(3, bytes, at)
}

// Something has to go on until the module's promises are settled, and after the answer.
setInterval(() => undefined, 60_000)
answer().then(
  reply => {
    send(reply)
  },
  (error: unknown) => {
    send({ fault: error instanceof Fault ? error.fault : 'threw' })
  },
)
