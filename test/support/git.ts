import { execFileSync } from 'node:child_process'
import type { Project } from './cli.ts'

/** Real git in the project's directory, as somebody whose own settings do not count; gives what it prints. */
export function git(project: Project, ...words: readonly string[]): string {
  const own = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...own, ...words], { cwd: project.path, encoding: 'utf8', stdio: 'pipe' })
}
