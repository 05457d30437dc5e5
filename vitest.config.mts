import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const setupFiles = ['test/support/setup.ts']
const report = process.env['SECRETS_TEST_REPORT']

/** The files that take less of something in `npm test`. */
const thorough = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map(name => join('test', name))
  .filter(path => path.endsWith('.test.ts') && readFileSync(path, 'utf8').includes('/support/thorough.ts'))

/** One project per kind of proof, so that each can be run alone; `fast` needs no server and no special tool. */
export default defineConfig({
  test: {
    environment: 'node',
    // A test mostly waits for a process of its own: vitest's usual one worker less would leave a core idle.
    maxWorkers: availableParallelism(),
    // Far more than any test takes: a machine may be busy, and a timeout is no assertion.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // `.ci/run` adds up the results of its runs.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          // Loading the same modules for each file would take a fifth of the time; no test changes what others see.
          isolate: false,
          setupFiles,
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/adapters/**',
            'test/architecture.test.ts',
            'test/consumers/**',
            'test/crash/full/**',
            'test/package/**',
            'test/providers-remote/**',
            'test/rotation-suite/**',
            'test/servers/**',
          ],
        },
      },
      {
        extends: true,
        // The files of `fast` that have more to do than three minutes allow (test/support/thorough.ts), with all of it.
        test: {
          name: 'thorough',
          isolate: false,
          setupFiles,
          include: thorough,
          env: { SECRETS_THOROUGH: '1' },
        },
      },
      { extends: true, test: { name: 'architecture', include: ['test/architecture.test.ts'] } },
      {
        extends: true,
        // Against real servers, which scripts/install-servers.sh installs.
        test: {
          name: 'servers',
          setupFiles,
          include: ['test/providers-remote/**/*.test.ts', 'test/servers/**/*.test.ts'],
        },
      },
      {
        extends: true,
        // The built command line over every provider, remote ones on real servers.
        test: {
          name: 'rotation',
          setupFiles,
          include: ['test/rotation-suite/*.test.ts'],
          testTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: { name: 'soak', setupFiles, include: ['test/rotation-suite/soak/**/*.test.ts'] },
      },
      {
        extends: true,
        // With the libraries and frameworks that scripts/install-consumers.sh installs.
        test: { name: 'consumers', setupFiles, include: ['test/consumers/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'crash',
          setupFiles,
          include: ['test/crash/full/**/*.test.ts'],
          testTimeout: 1_500_000,
        },
      },
      {
        extends: true,
        // What is published: the tarball, and the contract suite for the adapters of others.
        test: {
          name: 'package',
          setupFiles,
          include: ['test/package/**/*.test.ts', 'test/adapters/**/*.test.ts'],
          testTimeout: 300_000,
        },
      },
    ],
  },
})
