// Hosts as `createHost` makes them, in real time, joined in memory: for tests of sockets, servers and control sockets. Others, in
// virtual time: host-pair.ts, host-lan.ts, network/network.ts.
import { createHost, type QuipuHost } from '../api/host/host.js';
import type { HostNames } from '../api/host/names.js';
import type { Frame } from '../contract/frame.js';
import type { LinkOpener } from '../contract/link.js';
import { type MemoryEnd, memoryEnd } from '../links/memory/memory.js';

export interface HostPair {
  /** 10.0.0.1 and fd00::1, 10.0.0.2 and fd00::2, in real time. */
  readonly a: QuipuHost;
  readonly b: QuipuHost;
  /** From now on frames go lost. */
  cut(): void;
  close(): void;
}

/** Wires in memory between hosts in this thread: links that name the same `wire`, or none, are the two ends of one. */
export class MemoryWires {
  /** From now on frames go lost. */
  isCut = false;
  private readonly ends: {
    readonly end: MemoryEnd;
    readonly wire: string;
    readonly owner: () => QuipuHost;
  }[] = [];
  private readonly seen: (wire: string, frame: Frame) => void;

  /** `seen` is told of every frame that is sent, before the other end has it. */
  constructor(seen: (wire: string, frame: Frame) => void = () => {}) {
    this.seen = seen;
  }

  /** Opens the links of a host; `owner` answers it once it is made. */
  opener(owner: () => QuipuHost): LinkOpener {
    return (spec, context) => {
      const wire = String(spec.wire);
      const end = memoryEnd(context);
      this.ends.push({ end, wire, owner });
      const send = end.link.send.bind(end.link);
      end.link.send = (frames, from, to) => {
        const sent = send(frames, from, to);
        for (let i = from; i < from + sent; i++) this.seen(wire, frames[i]);
        const other = this.ends.find((one) => one.wire === wire && one.end !== end);
        const taken = end.take();
        if (!this.isCut) for (const bytes of taken) other?.end.inject(bytes);
        other?.owner().lookAtLinks();
        return sent;
      };
      return end.link;
    };
  }
}

/** Two hosts in this thread, joined by a link in memory. `names` are known to the first one; `control` is its control socket. */
export function hostPair(names: HostNames = {}, control?: string): HostPair {
  const wires = new MemoryWires();
  const make = (name: string, last: number, owner: () => QuipuHost): QuipuHost =>
    createHost({
      ...(control === undefined || name !== 'a' ? {} : { control }),
      ...{ name, names, openLink: wires.opener(owner), frames: { count: 1024, bytes: 2048 } },
      links: [
        {
          ...{
            name: 'm',
            link: { kind: 'memory' },
            mac: `02:00:00:00:00:0${last}`,
            ipv6: 'off',
            check: 'off',
          },
          addresses: [`10.0.0.${last}/24`, `fd00::${last}/64`],
        },
      ],
    });
  const a: QuipuHost = make('a', 1, () => a);
  const b: QuipuHost = make('b', 2, () => b);
  return {
    ...{ a, b },
    cut: () => {
      wires.isCut = true;
    },
    close: () => {
      a.close();
      b.close();
    },
  };
}
