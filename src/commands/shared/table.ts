/** Which way a column's texts lean. */
export type Lean = 'left' | 'right';

/**
 * Rows as lines with aligned columns, two spaces between them, nothing behind the last. Columns lean left unless
 * `leans` says otherwise.
 */
export function table(
  rows: readonly (readonly string[])[],
  leans: readonly Lean[] = [],
  indent = '',
): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
    });
  }
  return rows.map((row) => `${(indent + line(row, widths, leans)).trimEnd()}\n`).join('');
}

function line(row: readonly string[], widths: readonly number[], leans: readonly Lean[]): string {
  const cells = row.map((cell, i) => {
    const space = ' '.repeat(widths[i] - widthOf(cell));
    return leans[i] === 'right' ? space + cell : cell + space;
  });
  return cells.join('  ');
}

/** Colour takes no room. */
function widthOf(cell: string): number {
  return [...cell.replace(COLOUR, '')].length;
}

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
