// The main job on real input: a template becomes a .env with strong secrets, it validates, a secret is rotated, a
// cookie from before stays accepted for the grace period and is refused afterwards. No server of ours, no account.
// Everything is done by the real command line in a fresh directory; a step that goes otherwise fails the demo.
import { spawn, spawnSync } from 'node:child_process'
import { cp, mkdtemp } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const root = resolve(import.meta.dirname, '..')
const cli = join(root, 'bin', 'secrets.js')
const directory = await mkdtemp(join(tmpdir(), 'secrets-demo-'))
const secretName = 'SESSION_SECRET_KEY'
let server

try {
  await runDemo()
  say(`Done. Everything is still there to look at: ${directory}`)
} catch (error) {
  console.error(`\ndemo failed: ${error.message}\nthe directory stays: ${directory}`)
  process.exitCode = 1
} finally {
  server?.kill()
}

async function runDemo() {
  await cp(join(root, 'templates', 'fullstack'), directory, { recursive: true })
  say(`A full-stack project with templates, freshly cloned into ${directory}`)
  secrets(['init'], 0)
  secrets(['validate'], 0)
  const port = await startServer()
  const cookie = (await request(port, '/login?user=alice')).cookie
  await expectAnswer(port, cookie, 200, 'a cookie signed before the rotation')

  secrets(['rotate', secretName, '--grace', '3s'], 0)
  const { deadline, state } = statusOf(secretName)
  expect(state === 'grace', 'the secret is in its grace period')
  await expectAnswer(port, cookie, 200, 'the same cookie after the rotation')
  secrets(['status'], 0)

  say('Waiting for the deadline …')
  await wait(Math.max(0, Date.parse(deadline) - Date.now()) + 50)
  secrets(['rotate', '--due'], 0)
  await expectAnswer(port, cookie, 401, 'the same cookie after the old value was retired')
  secrets(['status'], 0)
  expect(statusOf(secretName).state === 'steady', 'the secret is steady again')
}

function secrets(words, expected) {
  console.log(`\n$ secrets ${words.join(' ')}`)
  const { status } = spawnSync(process.execPath, [cli, ...words], { cwd: directory, stdio: 'inherit' })
  expect(status === expected, `"secrets ${words[0]}" ends with ${expected}`)
}

function statusOf(name) {
  const words = ['status', name, '--json']
  const { stdout } = spawnSync(process.execPath, [cli, ...words], { cwd: directory, encoding: 'utf8' })
  return JSON.parse(stdout).data.secrets[0]
}

async function startServer() {
  say('A web server starts; it signs session cookies through the runtime helper')
  const env = { ...process.env, SECRETS_ENV_FILE: join(directory, 'backend', '.env') }
  const options = { env, stdio: ['ignore', 'pipe', 'inherit'] }
  server = spawn(process.execPath, [join(root, 'scripts', 'demo-server.mjs')], options)
  for await (const line of server.stdout) return Number(line)
  throw new Error('the web server did not start')
}

function request(port, path, cookie) {
  return new Promise((resolveAnswer, reject) => {
    const headers = cookie === undefined ? {} : { cookie }
    get({ port, path, headers, host: '127.0.0.1' }, response => {
      response.resume()
      const [set] = response.headers['set-cookie'] ?? []
      resolveAnswer({ code: response.statusCode, cookie: set?.split(';')[0] })
    }).on('error', reject)
  })
}

async function expectAnswer(port, cookie, expected, what) {
  const { code } = await request(port, '/', cookie)
  say(`${what}: ${code === 200 ? 'accepted' : 'refused'} (${code})`)
  expect(code === expected, `${what} is answered with ${expected}`)
}

function expect(isTrue, what) {
  if (!isTrue) throw new Error(`expected that ${what}`)
}

function say(text) {
  console.log(`\n# ${text}`)
}
