import type { QuipuHost } from '../api/host/host.js';
import { createHost } from '../api/host/host.js';
import type { HostNames } from '../api/host/names.js';
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

/** Two hosts in this thread, joined by a link in memory. `names` are known to the first one; `control` is its control socket. */
export function hostPair(names: HostNames = {}, control?: string): HostPair {
  const ends: { end: MemoryEnd; owner: () => QuipuHost }[] = [];
  let isCut = false;
  const opener =
    (owner: () => QuipuHost): LinkOpener =>
    (_spec, context) => {
      const end = memoryEnd(context);
      ends.push({ end, owner });
      const { link } = end;
      const send = link.send.bind(link);
      link.send = (frames, from, to) => {
        const sent = send(frames, from, to);
        const sentFrames = end.take();
        const other = ends.find((one) => one.end !== end);
        if (other && !isCut) for (const bytes of sentFrames) other.end.inject(bytes);
        other?.owner().lookAtLinks();
        return sent;
      };
      return link;
    };
  const make = (name: string, last: number, owner: () => QuipuHost): QuipuHost =>
    createHost({
      ...(control === undefined || name !== 'a' ? {} : { control }),
      ...{ name, names, openLink: opener(owner), frames: { count: 1024, bytes: 2048 } },
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
      isCut = true;
    },
    close: () => {
      a.close();
      b.close();
    },
  };
}
