#!/usr/bin/env node
'use strict'
const { argv, env } = process
if (env.NODE_DEBUG) {
  // Under NODE_DEBUG Node prints headers and whole environments to stderr: start again without it, and keep this
  // process, which cannot switch it off any more, silent. A program that "run" starts gets the variable back.
  process.stderr.write = () => true
  const { NODE_DEBUG, ...rest } = env
  const child = require('node:child_process').spawn(process.execPath, [__filename, ...argv.slice(2)], {
    stdio: 'inherit',
    env: { ...rest, SECRETS_NODE_DEBUG: NODE_DEBUG },
  })
  // A terminal gives its signals to both processes; what is sent to this one alone is passed on.
  const isShared = [0, 1, 2].some(descriptor => require('node:tty').isatty(descriptor))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => (isShared && signal === 'SIGINT') || child.kill(signal))
  child.on('exit', (code, signal) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
    if (signal) process.kill(process.pid, signal)
    process.exitCode = code ?? 2
  })
} else if (argv.length === 3 && (argv[2] === '--version' || argv[2] === '-V')) {
  // Answered before anything is loaded: editors and scripts ask for it at every start.
  process.stdout.write(`${require('../package.json').version}\n`)
} else {
  require('../dist/secrets.cjs')
}
