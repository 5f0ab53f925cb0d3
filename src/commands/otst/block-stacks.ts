import { QuipuError } from '../../contract/error.js';
import type { ControlClient } from '../../control/client.js';
import { paths } from '../../control/protocol.js';
import type { BlockView } from '../../control/views.js';
import type { TracedFrame } from '../../engine/trace.js';
import { wasInterrupted } from '../shared/interrupt.js';
import { linesOf, writeOut } from '../shared/stream.js';
import { styleFor } from '../shared/style.js';
import { blockText, tiesText } from './block-text.js';
import { parseScriptCall } from './script-calls.js';

export interface BlockWish {
  readonly wanted: number;
  /** In seconds. */
  readonly timeout: number | undefined;
  /** A BPF program, as text. */
  readonly filter: string | undefined;
  readonly json: boolean;
}

/** Prints the paths of the next frames that enter a block, with the JavaScript stack there. Throws QuipuError. */
export async function blockStacks(
  client: ControlClient,
  block: string,
  { wanted, timeout, filter, json }: BlockWish,
  signal: AbortSignal,
): Promise<void> {
  // Asked before: while a frame is followed, all are dispatched.
  const view = await client.request<BlockView>({ op: 'show', name: block });
  const clock = timeout === undefined ? undefined : AbortSignal.timeout(timeout * 1000);
  const stream = await client.stream(paths.trace, { count: wanted, filter, through: block });
  const ends = clock === undefined ? signal : AbortSignal.any([signal, clock]);
  const style = styleFor(process.stdout, process.env);
  let came = 0;
  for await (const line of linesOf(stream, ends)) {
    const frame = JSON.parse(line) as TracedFrame;
    const calls = stackOf(frame).map((call) => parseScriptCall(call));
    const { type, engine, engineWhy } = view;
    const text = json
      ? `${JSON.stringify({ kind: 'block', block, type, engine, engineWhy, frame, stack: calls })}\n`
      : blockText(frame, view, calls, style);
    await writeOut(came++ > 0 && !json ? `\n${text}` : text);
  }
  if (came >= wanted || wasInterrupted() || (signal.aborted && !clock?.aborted)) return;
  const matching = filter === undefined ? '' : ' that the filter accepts';
  const many = wanted === 1 ? `no frame${matching}` : `${came} of ${wanted} frames${matching}`;
  if (!clock?.aborted)
    throw new QuipuError('limit', `${many} passed ${block}: ${await endText(client, block)}`);
  const ties = tiesText(block, await client.request<BlockView[]>({ op: 'show-all' }));
  throw new QuipuError('limit', `${many} passed ${block} within ${timeout} s: ${ties}`);
}

function stackOf({ steps }: TracedFrame): readonly string[] {
  return steps.find(({ stack }) => stack !== undefined)?.stack ?? [];
}

/** Why the daemon ended the stream. */
async function endText(client: ControlClient, block: string): Promise<string> {
  try {
    await client.request<BlockView>({ op: 'show', name: block });
    return 'the daemon ended the trace';
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    return error.code === 'unknown-name' ? 'the block was removed meanwhile' : 'the daemon ended';
  }
}
