/** Files that may name the packages of a workspace; who reads them is in `workspaces.ts`. */
const workspaceFileNames = [
  'package.json',
  'pnpm-workspace.yaml',
  'composer.json',
  'Cargo.toml',
  'go.work',
] as const

export type WorkspaceFile = (typeof workspaceFileNames)[number]

export const workspaceFiles: ReadonlySet<string> = new Set(workspaceFileNames)

/** Other people's code: its templates are not ours to fill. */
const foreignDirectories = new Set(['node_modules', 'vendor', 'bower_components', '__pycache__', 'venv'])

export function isOwnDirectory(name: string): boolean {
  return !name.startsWith('.') && !foreignDirectories.has(name)
}
