import { type Column, fitting, headLines, rowLine } from './columns.js';
import { perSecond } from './counting.js';
import { mebiText, rateText, UNKNOWN, wholeText } from './figures.js';
import { type Line, type Picture, plainLine } from './picture.js';
import type { EngineReading } from './reading.js';

/** The daemon's engines: what each does in a second; no lines without a daemon. */
export function engineTable({ reading }: Picture, width: number): Line[] {
  const { engines, elapsedMs } = reading;
  if (engines.length === 0) return [];
  const rate = (
    head: string,
    rank: number,
    part: (counted: NonNullable<EngineReading['counted']>) => number,
    text: (value: number, room: number) => string = rateText,
  ): Column<EngineReading> => ({
    group: '',
    head,
    width: 11,
    rank,
    text: ({ counted }, room) =>
      counted === null || elapsedMs === null ? UNKNOWN : text(perSecond(part(counted), elapsedMs), room),
  });
  const columns: Column<EngineReading>[] = [
    { group: '', head: 'engine', width: 7, rank: 0, text: ({ engine }) => `${engine}` },
    rate('frames/s', 0, ({ frames }) => frames),
    rate('MiB/s', 1, ({ bytes }) => bytes, mebiText),
    rate('calls/s', 0, ({ calls }) => calls),
    { group: '', head: 'backlog', width: 9, rank: 0, text: ({ backlog }, room) => wholeText(backlog, room) },
    { group: '', head: 'frames', width: 13, rank: 2, text: ({ frames }, room) => wholeText(frames, room) },
  ];
  const shown = fitting(columns, width);
  const [, heads] = headLines(shown);
  return [{ text: heads, look: 'head' }, ...engines.map((engine) => plainLine(rowLine(shown, engine)))];
}
