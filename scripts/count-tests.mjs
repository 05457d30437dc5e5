// Prints "passed failed skipped" of one vitest JSON report; fails when there is none or it ran nothing.
import { readFileSync } from 'node:fs'

const [file = ''] = process.argv.slice(2)
const report = JSON.parse(readFileSync(file, 'utf8'))
const {
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: todo,
} = report
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
)
if (passed + failed === 0) process.exit(1)
console.log(passed, failed + brokenFiles.length, pending + todo)
