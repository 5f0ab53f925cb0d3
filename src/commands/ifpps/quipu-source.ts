import type { ControlClient } from '../../control/client.js';
import type { BlockView, NodeStatus } from '../../control/views.js';
import type { DropLine } from '../../engine/accounts.js';
import type { DeviceCounters } from '../../linux/procfs/net-dev.js';
import { ProcReader } from '../../linux/procfs/reader.js';
import type { EngineCounts, Sample, SampleSource } from './sample.js';

/** Reasons for which frames are lost on their way out; every other one is of the way in. */
const OUTWARD = new Set(['queue-full', 'link-down', 'link-closed']);
/** Reasons that are faults of a frame, or of the link. */
const INWARD_ERRORS = new Set(['too-long', 'malformed', 'block-error']);
const OUTWARD_ERRORS = new Set(['send-refused']);

/** Samples of a daemon's links and engines, with the machine's CPUs and memory. */
export class QuipuSource implements SampleSource {
  private readonly reader = new ProcReader();
  private readonly client: ControlClient;

  constructor(client: ControlClient) {
    this.client = client;
  }

  async sample(): Promise<Sample> {
    const [status, blocks] = await Promise.all([
      this.client.request<NodeStatus>({ op: 'status' }),
      this.client.request<BlockView[]>({ op: 'show-all' }),
    ]);
    const snapshot = this.reader.read(() => false);
    const engines = status.engines.map(engineCounts);
    return { ...snapshot, devices: linkCounters(blocks), interrupts: new Map(), engines };
  }

  close(): void {
    this.reader.close();
  }
}

function engineCounts({
  engine,
  frames,
  bytes,
  invocations,
  backlog,
}: NodeStatus['engines'][number]): EngineCounts {
  return { engine, frames, bytes, calls: invocations, backlog };
}

/** Links by the name of their block, with their target where a block has several. The block's drops are its first link's. */
export function linkCounters(blocks: readonly BlockView[]): Map<string, DeviceCounters> {
  const links = new Map<string, DeviceCounters>();
  for (const { name, links: own, drops } of blocks) {
    own.forEach((link, i) => {
      const key = own.length === 1 ? name : `${name}:${link.target}`;
      links.set(key, {
        rxBytes: link.bytesIn,
        rxPackets: link.framesIn,
        txBytes: link.bytesOut,
        txPackets: link.framesOut,
        ...lossesOf(i === 0 ? drops : []),
      });
    });
  }
  return links;
}

type Losses = Pick<DeviceCounters, 'rxErrors' | 'rxDrops' | 'txErrors' | 'txDrops'>;

function lossesOf(drops: readonly DropLine[]): Losses {
  const sums = { rxErrors: 0, rxDrops: 0, txErrors: 0, txDrops: 0 };
  for (const { reason, count } of drops) sums[columnOf(reason)] += count;
  return sums;
}

function columnOf(reason: string): keyof Losses {
  if (OUTWARD_ERRORS.has(reason)) return 'txErrors';
  if (INWARD_ERRORS.has(reason)) return 'rxErrors';
  return OUTWARD.has(reason) ? 'txDrops' : 'rxDrops';
}
