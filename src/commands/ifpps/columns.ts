/** A column of the screen. */
export interface Column<Row> {
  /** What stands above it, and above those of the same group beside it; empty: nothing. */
  readonly group: string;
  readonly head: string;
  /** Characters, the gap in front of it included. */
  readonly width: number;
  /** The higher, the sooner it is left out where there is little room. 0 stays. */
  readonly rank: number;
  /** Its text, for the room that there is without the gap. Texts lean right, those of the first column left. */
  text(row: Row, room: number): string;
}

const GAP = 2;

export function widthOf<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0);
}

/** The columns without those of the highest rank; all of them when none can go. */
export function fewer<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  const highest = Math.max(...columns.map(({ rank }) => rank));
  return highest === 0 ? columns : columns.filter(({ rank }) => rank < highest);
}

/** As many columns as fit the width, the most important ones. */
export function fitting<Row>(columns: readonly Column<Row>[], width: number): readonly Column<Row>[] {
  let kept = columns;
  while (widthOf(kept) > width) {
    const next = fewer(kept);
    if (next === kept) break;
    kept = next;
  }
  return kept;
}

/** The two lines above the rows. */
export function headLines<Row>(columns: readonly Column<Row>[]): [string, string] {
  let groups = '';
  for (let from = 0; from < columns.length; ) {
    const { group } = columns[from];
    let to = from + 1;
    while (to < columns.length && columns[to].group === group) to++;
    groups += banner(group, widthOf(columns.slice(from, to)));
    from = to;
  }
  const heads = columns.map(({ head, width }, i) => (i === 0 ? head.padEnd(width) : head.padStart(width)));
  return [groups.trimEnd(), heads.join('').trimEnd()];
}

/** `--- group ---`, behind a gap. */
function banner(group: string, width: number): string {
  if (group === '') return ' '.repeat(width);
  const room = width - GAP;
  const dashes = room - group.length - 2;
  if (dashes < 2) return group.slice(0, width - 1).padStart(width);
  const left = dashes >> 1;
  return `${' '.repeat(GAP)}${'-'.repeat(left)} ${group} ${'-'.repeat(dashes - left)}`;
}

export function rowLine<Row>(columns: readonly Column<Row>[], row: Row): string {
  return columns
    .map((column, i) => {
      const room = column.width - (i === 0 ? 0 : GAP);
      const text = column.text(row, room).slice(0, column.width);
      return i === 0 ? text.padEnd(column.width) : text.padStart(column.width);
    })
    .join('')
    .trimEnd();
}
