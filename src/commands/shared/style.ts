/** Marks up text for a terminal, or leaves it as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const mark = (code: number, end: number) => (text: string) => `\u001b[${code}m${text}\u001b[${end}m`;

export const plain: Style = { bold: same, dim: same, good: same, bad: same };
const coloured: Style = { bold: mark(1, 22), dim: mark(2, 22), good: mark(32, 39), bad: mark(31, 39) };

/** Colour only for a person at a terminal who has not declined it (no-color.org). */
export function styleFor(
  stream: { isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  return stream.isTTY && !environment.NO_COLOR ? coloured : plain;
}

function same(text: string): string {
  return text;
}
