/** Prefixes of bundlers that write a variable's value into the page. */
export const publicPrefixes: readonly string[] = [
  'VITE_',
  'NEXT_PUBLIC_',
  'REACT_APP_',
  'EXPO_PUBLIC_',
  'NUXT_PUBLIC_',
  'PUBLIC_',
  'GATSBY_',
  'VUE_APP_',
]

export function isPublicName(name: string): boolean {
  return publicPrefixes.some(prefix => name.startsWith(prefix))
}
