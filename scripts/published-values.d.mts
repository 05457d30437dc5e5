export const publishedSalt: string
export function publishedValues(): readonly string[]
export function signOf(value: string): number
export function publishedModule(): string
