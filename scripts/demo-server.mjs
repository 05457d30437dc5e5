// A small web application: it signs a session cookie with the current secret and accepts what the current or, during
// the grace period, the previous secret has signed.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { keyring } from '../dist/runtime.mjs'

const secretName = 'SESSION_SECRET_KEY'
const sign = (user, key) => createHmac('sha256', key).update(user).digest('hex')

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  if (pathname === '/login') {
    const user = searchParams.get('user') ?? 'nobody'
    response.setHeader(
      'set-cookie',
      `session=${user}.${sign(user, keyring(secretName)[0])}; HttpOnly; SameSite=Lax`,
    )
    response.end(`logged in as ${user}\n`)
    return
  }
  const [user = '', signature = ''] =
    /session=([^;]*)/.exec(request.headers.cookie ?? '')?.[1]?.split('.') ?? []
  const isValid = keyring(secretName).some(key => isEqual(signature, sign(user, key)))
  response.statusCode = isValid ? 200 : 401
  response.end(isValid ? `hello ${user}\n` : 'please log in again\n')
})

function isEqual(a, b) {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
