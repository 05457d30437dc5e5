#!/usr/bin/env node
'use strict'
const { argv, env } = process
if (env.NODE_DEBUG) {
  // Under NODE_DEBUG Node prints headers and whole environments to stderr: start again without it, and keep this
  // process, which cannot switch it off any more, silent.
  process.stderr.write = () => true
  const { NODE_DEBUG: _, ...rest } = env
  const options = { stdio: 'inherit', env: rest }
  const child = require('node:child_process').spawnSync(
    process.execPath,
    [__filename, ...argv.slice(2)],
    options,
  )
  if (child.signal) process.kill(process.pid, child.signal)
  process.exitCode = child.status ?? 2
} else if (argv.length === 3 && (argv[2] === '--version' || argv[2] === '-V')) {
  // Answered before anything is loaded: editors and scripts ask for it at every start.
  process.stdout.write(`${require('../package.json').version}\n`)
} else {
  require('../dist/secrets.cjs')
}
