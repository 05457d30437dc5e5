import { inspect } from 'node:util'
import { Secret } from '../../src/core/secret.ts'
import { areEqualSecrets } from '../../src/core/secret-equality.ts'
import type { Expect, Matchers } from './runner.ts'

/** `expect` for runners that have none, or one that takes two different secrets for equal. Shows no secret. */
export const expect: Expect = (found, what) => ({
  ...matchers(found, what, true),
  not: matchers(found, what, false),
})

function matchers(found: unknown, what: string | undefined, isWanted: boolean): Matchers {
  const claim = (holds: boolean, verb: string, wanted?: unknown): void => {
    if (holds === isWanted) return
    const shown = wanted === undefined ? '' : ` ${show(wanted)}`
    const text = `${show(found)} ${isWanted ? 'should' : 'should not'} ${verb}${shown}`
    throw new Error(what === undefined ? text : `${what}: ${text}`)
  }
  return {
    toBe(wanted) {
      claim(Object.is(found, wanted), 'be', wanted)
    },
    toEqual(wanted) {
      claim(areEqual(found, wanted), 'equal', wanted)
    },
    toMatchObject(wanted) {
      claim(doesMatch(found, wanted), 'have all of', wanted)
    },
    toContain(wanted) {
      const holds =
        typeof found === 'string' ? found.includes(String(wanted)) : listOf(found).includes(wanted)
      claim(holds, 'contain', wanted)
    },
    toContainEqual(wanted) {
      const holds = listOf(found).some(one => areEqual(one, wanted))
      claim(holds, 'contain what equals', wanted)
    },
    toHaveLength(wanted) {
      claim(listOf(found).length === wanted, 'have the length', wanted)
    },
    toBeDefined() {
      claim(found !== undefined, 'be defined')
    },
    toBeUndefined() {
      claim(found === undefined, 'be undefined')
    },
  }
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Infinity })
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** A field that is undefined counts as one that is not there. */
function areEqual(one: unknown, other: unknown): boolean {
  if (one instanceof Secret || other instanceof Secret)
    return one instanceof Secret && other instanceof Secret && areEqualSecrets(one, other)
  if (!isObject(one) || !isObject(other)) return Object.is(one, other)
  if (Array.isArray(one) !== Array.isArray(other)) return false
  if (listOf(one).length !== listOf(other).length) return false
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].every(key => areEqual(one[key], other[key]))
}

/** Every field that is wanted, deep down; lists as a whole. */
function doesMatch(found: unknown, wanted: unknown): boolean {
  if (!isObject(wanted) || Array.isArray(wanted) || wanted instanceof Secret) return areEqual(found, wanted)
  return isObject(found) && Object.keys(wanted).every(key => doesMatch(found[key], wanted[key]))
}
