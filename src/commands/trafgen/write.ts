import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { QuipuError } from '../../contract/error.js';
import { checkPace } from '../../generator/check-plan.js';
import type { Pace, TrafficSource } from '../../generator/generator.js';
import { pacerFor } from '../../generator/pacer.js';
import { frameOrder } from '../../generator/packets.js';
import { interruption } from '../shared/interrupt.js';
import { openPacketFile } from './packet-file.js';
import type { SendTarget } from './send-target.js';

/** Packets between two looks at whether Ctrl-C was pressed. */
const TURN = 1024;
/** Between packets without a pace, in nanoseconds. */
const NO_GAP = 1000;

export interface WriteSetup {
  readonly target: Extract<SendTarget, { kind: 'file' }>;
  readonly source: TrafficSource;
  readonly pace: Pace;
  /** Undefined: every packet once. */
  readonly count: number | undefined;
  readonly seed: number | undefined;
  readonly shuffled: boolean;
  /** What fields that are left out are filled with: a file has no addresses. */
  readonly surroundings: { readonly mac: Uint8Array };
}

export interface Written {
  readonly frames: number;
  readonly bytes: number;
  readonly seed: number;
}

/**
 * Writes packets down instead of sending them, those of worker 0, with the times at which they would go out from now
 * on. Needs no privilege. Throws QuipuError.
 */
export async function writePackets(setup: WriteSetup): Promise<Written> {
  checkPace(setup, 1);
  const seed = setup.seed ?? randomBytes(4).readUInt32LE();
  const { source, shuffled, surroundings } = setup;
  const share = { worker: 0, workers: 1 };
  const order = frameOrder(source, share, { seed, shuffled, surroundings });
  if (order === null) {
    const what = source.kind === 'text' ? source.name : 'the capture';
    throw new QuipuError('bad-config', `${what}: there is no packet to write`);
  }
  const at = source.kind === 'frames' ? source.at : undefined;
  const pacer = pacerFor(setup.pace, share, at);
  const file = openPacketFile(setup.target);
  const signal = interruption();
  const start = Date.now() * 1000;
  const count = setup.count ?? order.packets.length;
  let frames = 0;
  let bytes = 0;
  try {
    for (; frames < count && !signal.aborted; frames++) {
      const packet = order.packets[order.next()];
      const { length } = packet.bytes;
      await file.write(packet.bytes, start + (pacer?.due ?? frames * NO_GAP) / 1000);
      if (packet.changes) packet.advance();
      pacer?.step(1, length);
      bytes += length;
      if (frames % TURN === TURN - 1) await turn();
    }
  } finally {
    await file.close();
  }
  return { frames, bytes, seed };
}
