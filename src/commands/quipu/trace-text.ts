import type { TracedFrame, TraceStep } from '../../engine/trace.js';
import { summarize } from '../../wire/summary.js';
import { plain, type Style } from '../shared/style.js';
import { table } from '../shared/table.js';

/**
 * A frame's way through the graph for people: its summary, then its steps, then those of its copies, further in. A step
 * that has the JavaScript stack is marked: it is the one that was asked for.
 */
export function traceText(frame: TracedFrame, style: Style = plain): string {
  const bytes = Buffer.from(frame.bytes, 'hex');
  const head = `${summarize(bytes, 0, bytes.length, frame.length)}, ${frame.length} bytes`;
  const { before = 0 } = frame;
  const unseen =
    before === 0
      ? ''
      : `  ... ${before} ${before === 1 ? 'block' : 'blocks'} before: one held it, or it came from another engine\n`;
  return `${style.bold(head)}\n${unseen}${branchText(frame.steps, 0, '  ', style)}`;
}

/** Beside the step whose stack is shown. */
const MARK = '<== here';

function branchText(steps: readonly TraceStep[], branch: number, indent: string, style: Style): string {
  const mine = steps.filter((step) => step.branch === branch);
  const rows = mine.flatMap((step) => [
    [
      step.stack === undefined ? step.block : style.bold(step.block),
      step.type,
      `IDP ${step.idp}`,
      step.direction,
      `${step.micros.toFixed(step.micros % 1 ? 1 : 0)} µs`,
      step.stack === undefined ? ending(step, style) : `${ending(step, style)}  ${MARK}`,
    ],
    ...changesOf(step).map((text) => ['', '', '', '', '', text]),
  ]);
  const own = table(rows, ['left', 'left', 'left', 'left', 'right', 'left'], indent);
  const copies = mine.flatMap((step) =>
    step.copies.map(({ port, branch: copy }) => {
      const head = `${indent}copy ${copy}, from ${step.block} by ${port}\n`;
      return head + branchText(steps, copy, `${indent}  `, style);
    }),
  );
  return own + copies.join('');
}

function ending({ result }: TraceStep, style: Style): string {
  const at = result.indexOf('dropped');
  if (at >= 0) return (at > 0 ? `-> ${result.slice(0, at)}` : '') + style.bad(result.slice(at));
  return result === 'consumed' || result === 'held' || result.startsWith('handed') ? result : `-> ${result}`;
}

/** What the block did to the bytes; offsets count from the first byte of the frame as it left. */
function changesOf({ front, lengthBefore, lengthAfter, changes }: TraceStep): string[] {
  const lines: string[] = [];
  if (front > 0) lines.push(`${front} bytes put in front`);
  if (front < 0) lines.push(`${-front} bytes taken off the front`);
  const back = lengthAfter - lengthBefore - front;
  if (back !== 0) lines.push(`${Math.abs(back)} bytes ${back > 0 ? 'added at' : 'cut off'} the end`);
  for (const { offset, before, after } of changes) lines.push(`byte ${offset}: ${before} -> ${after}`);
  return lines;
}
