/** The signs that the picture is made of, each one column wide but the last. */
export interface Glyphs {
  readonly knot: string;
  readonly cord: string;
  readonly up: string;
  readonly left: string;
  readonly right: string;
  readonly fork: string;
  readonly branch: string;
  readonly bar: string;
  readonly dot: string;
  readonly ellipsis: string;
  readonly good: string;
}

const drawn: Glyphs = {
  knot: '●',
  cord: '│',
  up: '▲',
  left: '└',
  right: '┘',
  fork: '┬',
  branch: '┴',
  bar: '─',
  dot: '·',
  ellipsis: '…',
  good: '✓',
};

const typed: Glyphs = {
  knot: 'o',
  cord: '|',
  up: '^',
  left: '+',
  right: '+',
  fork: '+',
  branch: '+',
  bar: '-',
  dot: '-',
  ellipsis: '~',
  good: 'ok',
};

/** Drawn ones where the locale says that the terminal knows UTF-8. */
export function glyphsFor(environment: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  return /utf-?8/i.test(locale) ? drawn : typed;
}
