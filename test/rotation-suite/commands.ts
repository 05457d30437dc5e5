import { describe, expect, it } from 'vitest'
import { diagnosedSteps, type Finding } from '../../src/core/diagnosis.ts'
import { refusal } from './life.ts'
import { type Place, suiteName } from './place.ts'

const limit = { timeout: 120_000 }

/** Values in every shape that a store and a shell may stumble over. */
const oddValue = 'tab\tquote" back\\slash $dollar #hash 100% ünï ☂ =end'

export function commandTests(place: () => Place, id: string): void {
  describe('the other commands', () => {
    it('set, get, list, delete', limit, async () => {
      const [name, absent] = [suiteName(20), suiteName(21)]
      const runner = await place().runner()
      const value = id === 'dotenv' ? 'plain value' : oddValue
      const set = await runner.json(['set', name], { input: value })
      expect([set.code, set.report.data]).toEqual([
        0,
        { secret: { name, version: expect.any(String) as string } },
      ])
      expect((await place().view(name)).current).toBe(value)
      const got = await runner.run(['get', name])
      expect([got.code, got.stdout]).toEqual([0, value])
      const masked = await runner.run(['get', name, '--json'])
      expect(masked.stdout).not.toContain(JSON.stringify(value).slice(1, -1))
      const shown = await runner.json(['get', name, '--reveal'])
      expect(shown.report.data).toMatchObject({ secret: { name, value } })

      const list = await runner.json(['list'])
      expect(list.code).toBe(0)
      const listed = (list.report.data?.['secrets'] ?? []) as { name: string; environment: string }[]
      expect(listed).toContainEqual(expect.objectContaining({ name, environment: 'production' }))
      expect(listed.map(one => one.name)).not.toContain(absent)
      expect(list.report.data).not.toHaveProperty('value')
      const some = await runner.json(['list', '--prefix', name])
      expect(some.report.data?.['secrets']).toHaveLength(1)

      const deleted = await runner.json(['delete', name])
      expect([deleted.code, deleted.report.data]).toEqual([0, { secret: { name } }])
      expect((await place().view(name)).current).toBeUndefined()
      expect(refusal(await runner.json(['get', name]))).toEqual([1, 'secret.absent'])
      expect(refusal(await runner.json(['delete', name]))).toEqual([1, 'secret.absent'])
    })

    it('a name that is not there: every command says so, and nothing is made', limit, async () => {
      const name = suiteName(22)
      const runner = await place().runner()
      for (const words of [
        ['get', name],
        ['delete', name],
        ['rotate', name, '--yes'],
        ['retire', name],
        ['rollback', name],
        ['status', name],
      ]) {
        expect([words[0], refusal(await runner.json(words))]).toEqual([words[0], [1, 'secret.absent']])
      }
      expect(await place().view(name)).toEqual({})
    })

    it('set and delete are refused while a rotation is open', limit, async () => {
      const name = suiteName(23)
      const runner = await place().runner()
      await runner.set(name, 'first')
      expect((await runner.json(['rotate', name, '--yes'])).code).toBe(0)
      const view = await place().view(name)
      expect(refusal(await runner.json(['set', name], { input: 'other' }))).toEqual([
        1,
        'rotation.grace_open',
      ])
      expect(refusal(await runner.json(['delete', name]))).toEqual([1, 'rotation.grace_open'])
      expect(await place().view(name)).toEqual(view)
    })

    it('provider check says who we are, and promises what the adapter does', limit, async () => {
      const runner = await place().runner()
      const { code, report } = await runner.json(['provider', 'check'])
      const provider = await place().session.connect()
      expect(code).toBe(0)
      expect(report.data?.['checks']).toEqual([
        expect.objectContaining({
          ...{ provider: id, environment: 'production', reachable: true },
          ...{ who: expect.any(String) as string, where: expect.any(String) as string },
          guarantees: provider.rotation?.guarantees,
        }),
      ])
      await provider.close()
    })

    it('set --generate: made there, in its form, shown to nobody', limit, async () => {
      const name = suiteName(27)
      const runner = await place().runner()
      const { code, stdout, stderr } = await runner.run(['set', name, '--generate', 'base64url:32'])
      expect([code, stderr]).toEqual([0, expect.any(String)])
      const { current } = await place().view(name)
      expect(current).toMatch(/^[\w-]{43}$/)
      expect(stdout + stderr).not.toContain(current)
      const again = await runner.json(['set', name, '--generate', 'hex:32'])
      expect(refusal(again)).toEqual([2, 'usage.needs_confirmation'])
      expect((await place().view(name)).current).toBe(current)
    })

    it('history names what is current, previous and earlier', limit, async () => {
      const name = suiteName(28)
      const runner = await place().runner()
      await runner.set(name, 'first')
      await runner.json(['rotate', name, '--yes'])
      const { code, report, stderr } = await runner.json(['history', name])
      expect([code, stderr]).toEqual([0, ''])
      const versions = report.data?.['versions'] as readonly { version: string; role: string }[]
      expect(versions.map(({ role }) => role).filter(role => role !== 'earlier')).toEqual([
        'current',
        'previous',
      ])
      const { current, deadline } = await runner.statusOf(name)
      expect(versions.find(({ role }) => role === 'current')?.version).toBe(current?.version)
      expect(report.data?.['rotations']).toMatchObject([
        { environment: 'production', state: 'grace', last: { previous: { status: 'accepted' }, deadline } },
      ])
    })

    it('delete --purge erases for good, where the store can', limit, async () => {
      const name = suiteName(29)
      const runner = await place().runner()
      await runner.set(name, 'first')
      const refused = await runner.json(['delete', name, '--purge'])
      expect(refused.code).toBe(2)
      expect((await place().view(name)).current).toBe('first')
      const provider = await place().session.connect()
      const erased = await runner.json(['delete', name, '--purge', '--yes'])
      if (provider.purge === undefined) expect(refusal(erased)).toEqual([2, 'usage.invalid_argument'])
      else {
        expect(erased.code).toBe(0)
        expect((await place().view(name)).current).toBeUndefined()
        expect(refusal(await runner.json(['get', name]))).toEqual([1, 'secret.absent'])
      }
      await provider.close()
    })

    it('doctor finds nothing to repair, and has looked at every step', limit, async () => {
      const runner = await place().runner()
      await runner.set(suiteName(26), 'first')
      const { code, report } = await runner.json(['doctor'])
      const findings = (report.data?.['findings'] ?? []) as readonly Finding[]
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
      expect(code).toBe(0)
      const steps = findings.filter(({ check }) => check === 'permission')
      expect(steps.map(({ subject }) => subject)).toEqual([...diagnosedSteps])
    })

    it('one document on stdout, text for people, exit codes of their own', limit, async () => {
      const name = suiteName(24)
      const runner = await place().runner()
      await runner.set(name, 'first')
      const text = await runner.run(['rotate', name, '--yes'])
      expect([text.code, text.stdout.startsWith('{')]).toEqual([0, false])
      expect(text.stdout).toContain(name)
      const { report } = await runner.json(['rotate', name, '--yes'])
      expect(report).toMatchObject({ schema: 1, command: 'rotate', ok: false })
      expect(report.error?.hints.length).toBeGreaterThan(0)
      const usage = await runner.json(['rotate', name, '--due'])
      expect(refusal(usage)).toEqual([2, 'usage.invalid_argument'])
      expect((await runner.run(['status', name, '--json'])).stdout).toMatch(/^\{[^]*\}\n$/)
    })

    it('nobody is contacted before the manifest is trusted, or its digest named', limit, async () => {
      const name = suiteName(25)
      const runner = await place().runner()
      await runner.set(name, 'first')
      if (runner.directory === (await place().untrusted()).directory) {
        await trustOfFiles(place(), name)
        return
      }
      const stranger = await place().untrusted()
      for (const words of [
        ['list'],
        ['get', name],
        ['rotate', name, '--yes'],
        ['status'],
        ['provider', 'check'],
      ]) {
        expect([words[0], refusal(await stranger.json(words))]).toEqual([words[0], [2, 'trust.required']])
      }
      const { stdout } = await stranger.run(['trust', '--print'])
      const sha256 = stdout.trim()
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      const wrong = await stranger.json(['rotate', name, '--yes', '--trust', '0'.repeat(64)])
      expect(refusal(wrong)).toEqual([2, 'trust.required'])
      expect(await place().view(name)).toEqual({ current: 'first' })
      expect((await stranger.json(['rotate', name, '--yes', '--trust', sha256])).code).toBe(0)
      expect((await place().view(name)).previous).toBe('first')
    })
  })
}

/** A store that is a file of the project needs no trust, and takes the digest all the same. */
async function trustOfFiles(place: Place, name: string): Promise<void> {
  const stranger = await place.untrusted()
  expect((await stranger.json(['status', name])).code).toBe(0)
  const { stdout } = await stranger.run(['trust', '--print'])
  expect((await stranger.json(['rotate', name, '--yes', '--trust', stdout.trim()])).code).toBe(0)
  expect((await place.view(name)).previous).toBe('first')
}
