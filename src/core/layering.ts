import { canonicalName } from './environment.ts'

export const layeringIds = ['next', 'vite', 'dotenv-flow'] as const
export type LayeringId = (typeof layeringIds)[number]

/**
 * The files that a framework reads for an environment, the strongest first; the shell counts more than all of them.
 * Facts: next: https://nextjs.org/docs/app/guides/environment-variables (load order; `.env.local` is left out in test; the mode
 * is one of three) · vite: https://vite.dev/guide/env-and-mode and `getEnvFilesForMode` of its source (a file of a mode counts
 * more than `.env.local`; any mode) · dotenv-flow: its README and `getDotenvFilenames` (the same, without `.env.local` in test).
 */
export function layersOf(layering: LayeringId, environment: string): readonly string[] {
  const mode = layering === 'next' ? nextMode(environment) : environment
  const local = mode === 'test' && layering !== 'vite' ? [] : ['.env.local']
  const own = [`.env.${mode}.local`, `.env.${mode}`]
  switch (layering) {
    case 'next':
      return [`.env.${mode}.local`, ...local, `.env.${mode}`, '.env']
    case 'vite':
      return [...own, ...local, '.env']
    case 'dotenv-flow':
      return [...own, ...local, '.env', '.env.defaults']
  }
}

/** Next.js knows three: whatever is built and deployed is its production. */
function nextMode(environment: string): string {
  const known = canonicalName(environment)
  return known === 'development' || known === 'test' ? known : 'production'
}
