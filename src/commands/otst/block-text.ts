import type { BlockView } from '../../control/views.js';
import type { TracedFrame } from '../../engine/trace.js';
import { traceText } from '../quipu/trace-text.js';
import { plain, type Style } from '../shared/style.js';
import { table } from '../shared/table.js';
import type { ScriptCall } from './script-calls.js';

type RunningBlock = Pick<BlockView, 'name' | 'type' | 'engine' | 'engineWhy'>;

/** A frame's path, and below it the JavaScript calls that lead to the block, the latest first. */
export function blockText(
  frame: TracedFrame,
  view: RunningBlock,
  calls: readonly ScriptCall[],
  style: Style = plain,
): string {
  return [
    traceText(frame, style),
    `${style.bold(`JavaScript stack where it enters ${view.name} (${view.type})`)}:\n`,
    callsText(calls, style),
    engineLine(view),
  ].join('');
}

/** Node's own calls are only counted: they say nothing of the graph. */
function callsText(calls: readonly ScriptCall[], style: Style): string {
  const own = calls.filter(({ of }) => of !== 'node');
  const rows = own.map(({ call, file, line }) => [call || '(module)', `${file}:${line}`]);
  const others = calls.length - own.length;
  const rest = others === 0 ? '' : style.dim(`  and ${others} of Node's own below`);
  return table(rows, [], '  ') + (rest === '' ? '' : `${rest}\n`);
}

/** A followed frame is never run by a fused function: these have no calls of blocks in them. */
function engineLine({ engine, engineWhy }: RunningBlock): string {
  return engine === 'fused'
    ? `Other frames run it fused, without these calls (${engineWhy}); one that is followed is dispatched.\n`
    : `Other frames are dispatched like this one (${engineWhy}).\n`;
}

/** Whether frames can come to a block at all, as half a sentence. */
export function tiesText(
  name: string,
  blocks: readonly Pick<BlockView, 'name' | 'edges' | 'links'>[],
): string {
  const own = blocks.find((block) => block.name === name);
  if (own === undefined) return 'the block was removed meanwhile';
  const ways = [
    ...own.links.map(({ target }) => `link ${target}`),
    ...blocks.flatMap((block) =>
      block.edges.filter(({ to }) => to === name).map(({ port }) => `${block.name}:${port}`),
    ),
  ];
  if (ways.length === 0)
    return `it is not tied: no block and no link leads to it; "fbctl bind ${name} BLOCK" ties it`;
  return `it is tied, and frames may come from ${ways.join(', ')}, but none did`;
}
