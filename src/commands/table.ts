import type { Style } from './command.ts'

const colour = /\u001b\[\d+m/g

/** Columns padded to their widest cell, two blanks apart; the last one is not padded. */
export function viewTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
): string {
  const all = [head.map(cell => style.dim(cell)), ...rows]
  const widths = head.map((_, column) => Math.max(...all.map(row => width(row[column] ?? ''))))
  const lines = all.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

function width(cell: string): number {
  return cell.replace(colour, '').length
}
