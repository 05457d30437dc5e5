import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type CliResult, Project, runProcess } from '../support/cli.ts'
import { consumer, consumers, python } from '../support/consumers.ts'

const modules = join(consumers ?? '/', 'node', 'node_modules')

/** A new project, filled, with the files of a minimal application. */
async function start(id: string, files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const project = new Project(files)
  const { code, stderr } = await project.run(['init', '--template', id])
  expect([code, stderr]).toEqual([0, ''])
  return project
}

const valuesOf = (project: Project): Record<string, string> =>
  parseEnv(project.read('.env')) as Record<string, string>

/** Node finds the frameworks there, and the application gets nothing of our environment. */
function node(project: Project, words: readonly string[]): Promise<CliResult> {
  symlinkSync(modules, join(project.path, 'node_modules'))
  const env = project.env({ NEXT_TELEMETRY_DISABLED: '1' })
  return runProcess(process.execPath, words, { cwd: project.path, env })
}

function textBelow(path: string): string {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

// Each framework with its own reader of .env, where it has one, and the settings as its pages name them.
describe.skipIf(consumers === undefined)('templates (needs scripts/install-consumers.sh)', () => {
  // https://flask.palletsprojects.com/en/stable/config/ (from_prefixed_env, SECRET_KEY_FALLBACKS); fallbacks before 3.1.1: GHSA-4grg-w6v8-c28g
  it('flask: the application takes its settings by their prefix, and the previous key', async () => {
    const project = await start('flask')
    expect((await project.run(['rotate', 'FLASK_SECRET_KEY', '--grace', '1h'])).code).toBe(0)
    const program = `
import os
from dotenv import load_dotenv
from flask import Flask, session
assert load_dotenv(os.path.join(facts, ".env"))
app = Flask("app")
app.config.from_prefixed_env()
config = app.config
assert config["DEBUG"] is True and config["SESSION_COOKIE_SECURE"] is False
assert config["SESSION_COOKIE_SAMESITE"] == "Lax" and config["MAX_CONTENT_LENGTH"] == 16777216
assert app.permanent_session_lifetime.total_seconds() == 1800
@app.get("/")
def index():
    session["seen"] = session.get("seen", 0) + 1
    return str(session["seen"])
before = Flask("before")
before.secret_key = os.environ["FLASK_SECRET_KEY_OLD"]
before.add_url_rule("/", view_func=index)
cookie = before.test_client().get("/").headers["Set-Cookie"].split(";")[0]
ask = lambda: app.test_client(use_cookies=False).get("/", headers={"Cookie": cookie})
assert ask().text == "1"
config["SECRET_KEY_FALLBACKS"] = [config["SECRET_KEY_OLD"]]
reply = ask()
assert reply.text == "2", reply.text
assert "SameSite=Lax" in reply.headers["Set-Cookie"]`
    expect(await python(program, project.path)).toBe('done')
  })

  // https://docs.pydantic.dev/latest/concepts/pydantic_settings/ (env_file, NoDecode); https://fastapi.tiangolo.com/tutorial/cors/
  it('fastapi: the settings are read from .env, and the service answers', async () => {
    const project = await start('fastapi')
    const program = `
import os, threading, time, urllib.error, urllib.request
from typing import Annotated
import jwt
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from pydantic import PostgresDsn, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
os.chdir(facts)
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")
    environment: str
    debug: bool = False
    log_level: str = "info"
    jwt_secret_key: str
    jwt_algorithm: str = "HS256"
    access_token_expire_minutes: int = 15
    allowed_origins: Annotated[list[str], NoDecode]
    rate_limit_per_minute: int
    database_url: PostgresDsn
    postgres_password: str
    sentry_dsn: str | None = None
    @field_validator("allowed_origins", mode="before")
    @classmethod
    def split(cls, value): return value.split(",")
settings = Settings()
assert settings.database_url.hosts()[0]["password"] == settings.postgres_password
app = FastAPI(debug=settings.debug)
app.add_middleware(CORSMiddleware, allow_origins=settings.allowed_origins)
@app.get("/me")
def me(token: Annotated[str, Header()]):
    return jwt.decode(token, settings.jwt_secret_key, [settings.jwt_algorithm])
server = uvicorn.Server(uvicorn.Config(app, port=0, log_level=settings.log_level, log_config=None))
thread = threading.Thread(target=server.run)
thread.start()
while not server.started: time.sleep(0.01)
port = server.servers[0].sockets[0].getsockname()[1]
expires = int(time.time()) + settings.access_token_expire_minutes * 60
token = jwt.encode({"sub": "a", "exp": expires}, settings.jwt_secret_key, settings.jwt_algorithm)
request = urllib.request.Request(f"http://127.0.0.1:{port}/me", headers={"token": token, "Origin": "http://localhost:5173"})
reply = urllib.request.urlopen(request)
assert b'"sub":"a"' in reply.read()
assert reply.headers["access-control-allow-origin"] == "http://localhost:5173"
server.should_exit = True
thread.join()`
    expect(await python(program, project.path)).toBe('done')
  })

  // https://docs.djangoproject.com/en/5.2/ref/settings/ and /howto/deployment/checklist/
  it('django: starts, signs in with the previous key, and passes its own deployment check once the lines are changed', async () => {
    const project = await start('django')
    expect((await project.run(['rotate', 'SECRET_KEY', '--grace', '1h'])).code).toBe(0)
    const program = `
import os, sys
from urllib.parse import urlsplit
from dotenv import load_dotenv
assert load_dotenv(os.path.join(facts["path"], ".env"))
os.environ.update(facts["changes"])
env = os.environ
words = lambda name: [word for word in env[name].split(",") if word]
yes = lambda name: {"true": True, "false": False}[env[name]]
import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path
def index(request):
    request.session["seen"] = request.session.get("seen", 0) + 1
    return HttpResponse(str(request.session["seen"]))
urlpatterns = [path("", index)]
settings.configure(
    SECRET_KEY=env["SECRET_KEY"], SECRET_KEY_FALLBACKS=[env["SECRET_KEY_OLD"]], DEBUG=yes("DEBUG"),
    ALLOWED_HOSTS=words("ALLOWED_HOSTS"), CSRF_TRUSTED_ORIGINS=words("CSRF_TRUSTED_ORIGINS"),
    SESSION_COOKIE_SECURE=yes("SESSION_COOKIE_SECURE"), CSRF_COOKIE_SECURE=yes("CSRF_COOKIE_SECURE"),
    SECURE_SSL_REDIRECT=yes("SECURE_SSL_REDIRECT"), SECURE_HSTS_SECONDS=int(env["SECURE_HSTS_SECONDS"]),
    SECURE_HSTS_INCLUDE_SUBDOMAINS=True, SECURE_HSTS_PRELOAD=True,
    EMAIL_HOST=env["EMAIL_HOST"], EMAIL_PORT=int(env["EMAIL_PORT"]), EMAIL_USE_TLS=yes("EMAIL_USE_TLS"),
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies", ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"], MIDDLEWARE=["django.middleware.security.SecurityMiddleware",
      "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
      "django.middleware.clickjacking.XFrameOptionsMiddleware"])
django.setup()
url = urlsplit(env["DATABASE_URL"])
assert (url.scheme, url.username, url.password, url.path) == ("postgresql", env["POSTGRES_USER"], env["POSTGRES_PASSWORD"], "/" + env["POSTGRES_DB"])
from django.core.checks import run_checks
problems = sorted(one.id for one in run_checks(include_deployment_checks=facts["deployed"]))
assert problems == [], problems
if not facts["deployed"]:
    from django.core import signing
    salt = "django.contrib.sessions.backends.signed_cookies"
    from django.contrib.sessions.serializers import JSONSerializer
    cookie = signing.dumps({"seen": 4}, key=env["SECRET_KEY_OLD"], salt=salt, serializer=JSONSerializer, compress=True)
    from django.test import Client
    client = Client(SERVER_NAME="localhost")
    client.cookies["sessionid"] = cookie
    reply = client.get("/")
    assert (reply.status_code, reply.content) == (200, b"5"), (reply.status_code, reply.content)`
    expect(await python(program, { path: project.path, changes: {}, deployed: false })).toBe('done')
    const changes = {
      ...{ DEBUG: 'false', ALLOWED_HOSTS: 'www.example.org', SESSION_COOKIE_SECURE: 'true' },
      ...{ CSRF_COOKIE_SECURE: 'true', SECURE_SSL_REDIRECT: 'true', SECURE_HSTS_SECONDS: '31536000' },
    }
    expect(await python(program, { path: project.path, changes, deployed: true })).toBe('done')
  })

  // https://nodejs.org/api/cli.html (--env-file); https://expressjs.com/en/resources/middleware/session.html (secret as a list)
  it('express: the service starts with --env-file and accepts the session of the previous key', async () => {
    const server = `
const express = require('express')
const session = require('express-session')
const assert = require('node:assert')
const { env } = process
assert.equal(env.NODE_ENV, 'development')
assert.equal(new URL(env.DATABASE_URL).password, env.POSTGRES_PASSWORD)
const store = new session.MemoryStore()
const make = secret => {
  const app = express()
  const cookie = { secure: env.SESSION_COOKIE_SECURE === 'true', maxAge: Number(env.SESSION_IDLE_MINUTES) * 60000 }
  app.use(session({ secret, store, resave: false, saveUninitialized: true, cookie }))
  app.get('/', (req, res) => { req.session.seen = (req.session.seen ?? 0) + 1; res.send(String(req.session.seen)) })
  return new Promise(done => { const server = app.listen(0, '127.0.0.1', () => done(server)) })
}
const ask = async (server, headers = {}) => await fetch('http://127.0.0.1:' + server.address().port, { headers })
async function main() {
  const before = await make(env.SESSION_SECRET_OLD)
  const first = await ask(before)
  const cookie = first.headers.get('set-cookie').split(';')[0]
  const now = await make([env.SESSION_SECRET, env.SESSION_SECRET_OLD])
  assert.equal(await (await ask(now, { cookie })).text(), '2')
  const late = await make(env.SESSION_SECRET)
  assert.equal(await (await ask(late, { cookie })).text(), '1')
  console.log('done')
  process.exit(0)
}
main()
`
    const project = await start('express', { 'server.cjs': server })
    expect((await project.run(['rotate', 'SESSION_SECRET', '--grace', '1h'])).code).toBe(0)
    const { code, stdout, stderr } = await node(project, ['--env-file=.env', 'server.cjs'])
    expect([code, stdout, stderr]).toEqual([0, 'done\n', ''])
  })

  // https://vite.dev/guide/env-and-mode
  it('vite: the bundle has the public variables and nothing else', async () => {
    const files = {
      'index.html': '<!doctype html><script type="module" src="/main.js"></script>',
      'main.js':
        'document.title = import.meta.env.VITE_APP_TITLE + import.meta.env.VITE_API_URL + JSON.stringify(import.meta.env)',
    }
    const project = await start('vite', files)
    const token = `sntrys_${'k'.repeat(40)}`
    project.write(
      '.env',
      project.read('.env').replace('SENTRY_AUTH_TOKEN=', `SENTRY_AUTH_TOKEN=${token}`),
      0o600,
    )
    const { code, stderr } = await node(project, [
      join(modules, 'vite', 'bin', 'vite.js'),
      'build',
      '--logLevel',
      'warn',
    ])
    expect([code, stderr]).toEqual([0, ''])
    const bundle = textBelow(join(project.path, 'dist'))
    const { VITE_API_URL, VITE_APP_TITLE } = valuesOf(project)
    expect([bundle.includes(VITE_API_URL!), bundle.includes(VITE_APP_TITLE!)]).toEqual([true, true])
    expect([bundle.includes(token), bundle.includes('SENTRY_AUTH_TOKEN')]).toEqual([false, false])
  })

  // https://nextjs.org/docs/app/guides/environment-variables; https://authjs.dev/getting-started/deployment (AUTH_SECRET)
  it('nextjs: the pages have the public variables, the server all of them', async () => {
    const page = `
export const getServerSideProps = () => ({ props: { has: [process.env.AUTH_SECRET, process.env.DATABASE_URL].map(v => v.length) } })
export default function Page({ has }) {
  return process.env.NEXT_PUBLIC_APP_NAME + process.env.NEXT_PUBLIC_APP_URL + String(process.env.AUTH_SECRET) + has.join()
}
`
    const project = await start('nextjs', { 'pages/index.js': page, 'package.json': '{}' })
    mkdirSync(join(project.path, 'public'))
    const { code, stdout, stderr } = await node(project, [
      join(modules, 'next', 'dist', 'bin', 'next'),
      'build',
      '--webpack',
    ])
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
    // During a rotation Auth.js is given both: a session of the previous secret goes on.
    const { encode, decode } = consumer<{
      encode(facts: object): Promise<string>
      decode(facts: object): Promise<{ sub?: string }>
    }>('@auth/core/jwt')
    expect((await project.run(['rotate', 'AUTH_SECRET', '--grace', '1h'])).code).toBe(0)
    const { AUTH_SECRET: current, AUTH_SECRET_OLD: previous } = valuesOf(project)
    const token = await encode({ secret: previous, salt: 'x', token: { sub: 'a' } })
    expect((await decode({ secret: [current, previous], salt: 'x', token })).sub).toBe('a')
    await expect(decode({ secret: current, salt: 'x', token })).rejects.toThrow()

    const browser = textBelow(join(project.path, '.next', 'static'))
    const { NEXT_PUBLIC_APP_NAME, NEXT_PUBLIC_APP_URL, POSTGRES_PASSWORD } = valuesOf(project)
    expect([browser.includes(NEXT_PUBLIC_APP_URL!), browser.includes(NEXT_PUBLIC_APP_NAME!)]).toEqual([
      true,
      true,
    ])
    expect([browser.includes(previous!), browser.includes(POSTGRES_PASSWORD!)]).toEqual([false, false])
  })
})
