import type { ChildProcess } from 'node:child_process'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SchemaReply, SchemaRequest } from '../core/schema/code-schema.ts'
import { SecretsError } from '../core/errors.ts'

/** Why the child has no answer, in its own words. */
export type SchemaFault = 'no-compiler' | 'syntax' | 'outside' | 'threw' | 'no-schema' | 'check-threw'

const limitMilliseconds = 10_000
const mostBytes = 16_777_216

/**
 * Runs the module in a process of its own, with nothing in its environment, and lets it judge. Throws `schema.*`;
 * nothing that the module printed or threw is in the text. Values go through a pipe, never through arguments.
 */
export async function runSchema(
  program: string,
  request: SchemaRequest,
  signal: AbortSignal,
): Promise<SchemaReply> {
  const line = await ask(program, request, signal)
  const reply = readReply(line)
  if (reply === undefined) throw failure('exited')
  if ('fault' in reply) throw failure(reply.fault)
  return reply
}

function ask(program: string, request: SchemaRequest, signal: AbortSignal): Promise<string> {
  const { spawn } = process.getBuiltinModule('node:child_process')
  // Windows starts nothing without it.
  const { SYSTEMROOT } = process.env
  const child = spawn(process.execPath, [program], {
    cwd: dirname(request.path),
    env: process.platform === 'win32' ? { SYSTEMROOT } : {},
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    // A group of its own: what the module starts ends with it.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  return new Promise((resolve, reject) => {
    let text = ''
    const end = (finish: () => void): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      endAll(child)
      finish()
    }
    const stop = (): void => {
      end(() => {
        reject(new SecretsError('usage.interrupted', 'interrupted while the schema was judging'))
      })
    }
    const timer = setTimeout(() => {
      end(() => {
        reject(failure('slow'))
      })
    }, limitMilliseconds)
    signal.addEventListener('abort', stop)
    child.on('error', () => {
      end(() => {
        reject(failure('exited'))
      })
    })
    const answers = child.stdio[3] as NodeJS.ReadableStream
    answers.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (chunk.includes('\n') || text.length > mostBytes)
        end(() => {
          resolve(text)
        })
    })
    child.on('close', () => {
      end(() => {
        resolve(text)
      })
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(textOf(request))
  })
}

function textOf({ path, source, values }: SchemaRequest): string {
  const sets = values.map(one => Object.fromEntries(one))
  return JSON.stringify({ path, url: pathToFileURL(path).href, source, values: sets })
}

/** With everything that it has started; it may be gone already. */
function endAll({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}

/** `undefined` for what is no answer: the module can write to the pipe as well. */
function readReply(text: string): SchemaReply | { readonly fault: SchemaFault } | undefined {
  let reply: unknown
  try {
    reply = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof reply !== 'object' || reply === null) return undefined
  if ('fault' in reply) {
    const { fault } = reply
    return typeof fault === 'string' && Object.hasOwn(faults, fault)
      ? { fault: fault as SchemaFault }
      : undefined
  }
  const { names, required, results } = reply as Readonly<Record<string, unknown>>
  if (![names, required, results].every(one => Array.isArray(one))) return undefined
  return {
    names: (names as readonly unknown[]).filter(one => typeof one === 'string'),
    required: required as readonly unknown[],
    results: results as readonly unknown[],
  }
}

interface FaultText {
  readonly code: 'schema.failed' | 'schema.no_compiler' | 'schema.timed_out'
  readonly message: string
  readonly hint: string
}

const faults: Readonly<Record<SchemaFault | 'exited' | 'slow', FaultText>> = {
  'no-compiler': {
    code: 'schema.no_compiler',
    message: 'the schema is TypeScript, and nothing here can read that',
    hint: 'install esbuild or typescript in the project, use Node 22.18 or later, or write the schema as .mjs',
  },
  syntax: {
    code: 'schema.failed',
    message: 'the schema cannot be read: its syntax is wrong',
    hint: 'see where with its own compiler: npx tsc --noEmit, or node --check',
  },
  outside: {
    code: 'schema.failed',
    message: 'the schema imports another file of the project, which trust does not cover',
    hint: 'write all of it in the one file; packages may be imported',
  },
  threw: {
    code: 'schema.failed',
    message: 'the schema threw an error while it was loaded',
    hint: 'it is run with an empty environment, and prints nothing: run the file by itself to see the error',
  },
  'no-schema': {
    code: 'schema.failed',
    message: 'the module exports no schema, neither as default nor as "schema"',
    hint: 'export a zod object, or what another library with Standard Schema makes',
  },
  'check-threw': {
    code: 'schema.failed',
    message: 'the schema threw an error instead of judging the values',
    hint: 'a check says no with an issue; look for one that throws',
  },
  exited: {
    code: 'schema.failed',
    message: 'the schema ended its process before it had judged the values',
    hint: 'something in it ends the process; run the file by itself to see what it does',
  },
  slow: {
    code: 'schema.timed_out',
    message: 'the schema took longer than 10 seconds',
    hint: 'it may wait for something, or for ever; run the file by itself to see for what',
  },
}

function failure(fault: SchemaFault | 'exited' | 'slow'): SecretsError {
  const { code, message, hint } = faults[fault]
  return new SecretsError(code, message, { hints: [hint] })
}
