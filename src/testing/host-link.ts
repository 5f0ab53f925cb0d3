import type { Frame } from '../contract/frame.js';
import { createHostRings, type HostRingOptions, hostChannel } from '../links/shared/host-rings.js';
import { openRingLink } from '../links/shared/ring-link.js';
import { SharedLink } from '../links/shared/shared.js';
import { createDoorbell, DOORBELL } from '../linux/doorbell.js';
import { EventFd } from '../linux/event-fd.js';
import { makeEngine } from './engine.js';
import { numberedFrame } from './frames.js';

/** Both ends of the link between a node and a host, each with a pool and a clock of its own. */
export function joined(options: HostRingOptions & { pool?: number } = {}) {
  const doorbell = createDoorbell();
  const bell = new EventFd();
  const words = new Int32Array(doorbell);
  words[DOORBELL.eventFd] = bell.fd;
  const rings = createHostRings(doorbell, { ringBytes: 1 << 14, ...options });
  const make = () => makeEngine({ pool: { size: options.pool ?? 64, slotSize: 2048, headroom: 56 } });
  const [node, host] = [make(), make()];
  const contextOf = ({ engine, clock }: typeof node) => ({ pool: engine.pool, clock, random: () => 0 });
  const near = new SharedLink('host h1', hostChannel('h1', rings), contextOf(node));
  const spec = { kind: 'node', on: 'sw0', rings };
  const link = openRingLink(spec, contextOf(host));
  const event = new EventFd(rings.event);
  const frames = ({ engine }: typeof node, ...all: Uint8Array[]) =>
    all.map((bytes) => {
      const frame = engine.pool.allocate()!;
      frame.fill(bytes);
      return frame;
    });
  const numbered = (of: typeof node, ...numbers: number[]) =>
    frames(of, ...numbers.map((n) => numberedFrame(n)));
  /** Looks until there is nothing, as an engine's turns do. */
  const take = () => {
    const got: Frame[] = [];
    for (;;) {
      const into: Frame[] = [];
      if (link.receive(into, 64) === 0) return got;
      got.push(...into);
    }
  };
  const open = () => openRingLink(spec, contextOf(host));
  return { node, host, near, link, rings, event, bell, words, frames, numbered, take, open };
}
