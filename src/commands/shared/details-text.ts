import { table } from './table.js';

/** Rows of a list that are shown; a block that knows a million flows tells a few. */
const MOST_ROWS = 20;

/** What a block tells of itself, for people: single values in a table, lists and records below their names. */
export function detailsText(details: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(details);
  const single = entries.filter(([, value]) => !isPart(value));
  const parts = entries.filter(([, value]) => isPart(value));
  const rows = single.map(([key, value]) => [key, text(value)]);
  return table(rows, [], '  ') + parts.map(([key, value]) => part(key, value)).join('');
}

/** Whether it needs lines of its own. */
function isPart(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isRecord);
  return isRecord(value) && Object.keys(value).length > 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function part(key: string, value: unknown): string {
  if (!Array.isArray(value)) {
    const rows = Object.entries(value as object).map(([name, one]) => [name, text(one)]);
    return `  ${key}\n${table(rows, [], '    ')}`;
  }
  const list = value as unknown[];
  const shown = list.slice(0, MOST_ROWS);
  const columns = [...new Set(shown.flatMap((row) => (isRecord(row) ? Object.keys(row) : [])))];
  const cells = shown.map((row) =>
    isRecord(row) ? columns.map((name) => (name in row ? text(row[name]) : '')) : [text(row)],
  );
  const more = list.length > MOST_ROWS ? `    and ${list.length - MOST_ROWS} more\n` : '';
  const leans = columns.map((name) => {
    const isNumbers = shown.every((row) => isRecord(row) && typeof row[name] === 'number');
    return isNumbers ? 'right' : 'left';
  });
  return `  ${key}\n${table([columns, ...cells], leans, '    ')}${more}`;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && !value.some((one) => typeof one === 'object'))
    return value.map(String).join(', ');
  return JSON.stringify(value) ?? '';
}
