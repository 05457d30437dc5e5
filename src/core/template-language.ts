/** Where something else than a value stands: what a program makes of it first. */
interface Language {
  /** For people. */
  readonly name: string
  /** Nothing but that language writes this. */
  readonly sure: RegExp
}

/** First match wins. Every pattern is bounded, so that it cannot backtrack far. */
const languages: readonly Language[] = [
  { name: 'GitHub Actions', sure: /\$\{\{[^{}\n]{0,200}\}\}/ },
  { name: 'ERB', sure: /<%[=\-#]?[^%\n]{0,200}%>/ },
  { name: 'Jinja', sure: /\{%[-+]?[^%\n]{0,200}%\}|\{\{-?\s{0,8}(?:cookiecutter|copier)[.[_]/ },
  { name: 'Handlebars', sure: /\{\{[#/^>!][^{}\n]{0,200}\}\}/ },
]

const braces = /\{\{\{?[^{}\n]{1,200}\}?\}\}/
const wholeBraces = /^\{\{\{?[^{}\n]{1,200}\}?\}\}$/

/** The language whose expression stands in a line or value and can be nothing else. */
export function findLanguage(text: string): string | undefined {
  if (!/[{<][{%]/.test(text)) return undefined
  const sure = languages.find(language => language.sure.test(text))?.name
  return sure ?? (wholeBraces.test(text.trim()) ? 'Jinja or Mustache' : undefined)
}

/**
 * The same in a file of which other lines are written in such a language: there `{{ x }}` inside a value is an expression too,
 * and no text that the application fills in itself ("Hello {{name}}").
 */
export function findLanguageAmong(text: string): string | undefined {
  return findLanguage(text) ?? (braces.test(text) ? 'Jinja or Mustache' : undefined)
}
