// Hosts with any number of links on cables that all of them hear, in virtual time: for tests of what neighbours say to each other
// (ARP, neighbour discovery, groups, forwarding). Others: host-pair.ts, memory-hosts.ts, network/network.ts.
import { hostSteps, type InterfaceOptions, interfaceSteps } from '../stack/graph.js';
import type { Host } from '../stack/host.js';
import { Hosts } from '../stack/hosts.js';
import type { HostInterface } from '../stack/interface.js';
import { stackTypes } from '../stack/types.js';
import { makeEngine, type TestEngine } from './engine.js';

/** A host of a test: its engine, and what hangs on it. */
export interface Station {
  readonly name: string;
  readonly node: TestEngine;
  readonly host: Host;
  /** The interface on the link with this name. */
  at(link: string): HostInterface;
}

/** Makes a host with memory links of these names. Its hardware addresses are `02:00:00:00:NUMBER:LINK`, links from 1 on. */
export function makeStation(
  number: number,
  links: readonly string[] = ['lan'],
  options: Partial<InterfaceOptions> = {},
  slotSize = 70_000,
): Station {
  const name = `h${number}`;
  const hosts = new Hosts();
  const node = makeEngine({
    types: stackTypes(hosts),
    pool: { size: 512, slotSize, headroom: 128 },
    seed: number,
  });
  node.hook(...links);
  node.act(...hostSteps(name));
  for (const [i, link] of links.entries()) {
    const mac = `02:00:00:00:0${number}:0${i + 1}`;
    node.act(...interfaceSteps(name, i + 1, link, { mac, mtu: 1500, reportGroups: false, ...options }));
  }
  const host = hosts.find(name);
  if (host === undefined) throw new Error('no host');
  const at = (link: string) => {
    const found = host.interfaces.find((one) => one.name === link);
    if (found === undefined) throw new Error(`no interface ${link}`);
    return found;
  };
  return { name, node, host, at };
}

/** Links with the same name are one cable, which everybody on it hears. */
export class Lan {
  readonly stations: readonly Station[];
  /** What was sent, by whom and where. */
  readonly sent: { from: string; link: string; frame: Uint8Array }[] = [];
  /** Decides what is lost: false, and nobody hears it. */
  passes: (frame: Uint8Array, from: string) => boolean = () => true;

  constructor(...stations: Station[]) {
    this.stations = stations;
  }

  /** Lets so many milliseconds pass, in steps of `step`. */
  run(millis: number, step = 10): void {
    for (let at = 0; at < millis; at += step) {
      this.exchange();
      for (const { node } of this.stations) node.elapse(step * 1000);
    }
    this.exchange();
  }

  /** Carries frames until nobody sends any more. */
  exchange(): void {
    for (let round = 0; round < 100; round++) {
      let moved = 0;
      for (const from of this.stations) {
        from.node.settle();
        for (const link of from.host.interfaces) moved += this.carry(from, link.name);
      }
      if (moved === 0) return;
    }
    throw new Error('frames keep going');
  }

  private carry(from: Station, link: string): number {
    const frames = from.node.links.end(link).take();
    for (const frame of frames) {
      this.sent.push({ from: from.name, link, frame });
      if (!this.passes(frame, from.name)) continue;
      for (const to of this.stations) {
        if (to === from || !to.host.interfaces.some((one) => one.name === link)) continue;
        to.node.links.end(link).inject(frame);
        to.node.settle();
      }
    }
    return frames.length;
  }
}
