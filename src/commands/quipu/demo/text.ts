import type { Style } from '../../shared/style.js';

export interface Piece {
  readonly text: string;
  readonly look: keyof Style | null;
}

/** A line of text whose pieces will be marked up: so that it can be measured and cut before. */
export type Marked = Piece[];

export function mark(text: string, look: keyof Style | null = null): Marked {
  return [{ text, look }];
}

/** Cuts a line to so many columns; what was cut off ends with `ellipsis`. */
export function cut(line: Marked, columns: number, ellipsis: string): Marked {
  const length = line.reduce((sum, { text }) => sum + [...text].length, 0);
  if (length <= columns) return line;
  let left = columns - ellipsis.length;
  const result: Marked = [];
  for (const { text, look } of line) {
    if (left <= 0) break;
    const fitting = [...text].slice(0, left);
    left -= fitting.length;
    result.push({ text: fitting.join(''), look });
  }
  if (ellipsis !== '') result.push({ text: ellipsis, look: null });
  return result;
}

export function paint(line: Marked, style: Style): string {
  return line
    .map(({ text, look }) => (look === null ? text : style[look](text)))
    .join('')
    .trimEnd();
}
