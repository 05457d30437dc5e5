// Runs the contract of one provider against a server that is there already: another emulator, or a real account.
// node scripts/test-provider.mjs <id> [--endpoint URL]; credentials come from the environment, as the store's SDK reads them.
import { spawnSync } from 'node:child_process'

const [id, flag, endpoint] = process.argv.slice(2)
if (id === undefined || (flag !== undefined && (flag !== '--endpoint' || endpoint === undefined))) {
  process.stderr.write('usage: npm run test:provider -- <id> [--endpoint URL]\n')
  process.exit(2)
}
const words = [
  'vitest',
  'run',
  '--project',
  'servers',
  'test/providers-remote/contract.test.ts',
  '-t',
  `^${id}`,
]
const { status } = spawnSync('npx', words, {
  stdio: 'inherit',
  env: { ...process.env, SECRETS_TEST_PROVIDER: id, SECRETS_TEST_ENDPOINT: endpoint ?? '' },
})
process.exit(status ?? 1)
