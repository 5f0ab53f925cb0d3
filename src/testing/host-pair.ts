// Hosts with one link each and what they offer to applications, in virtual time, a frame at a time: for tests of UDP, ICMP, tunnels,
// and of what a single host answers. Others: host-lan.ts, memory-hosts.ts, network/network.ts.
import { hostSteps, interfaceSteps } from '../stack/graph.js';
import type { Host } from '../stack/host.js';
import { Hosts } from '../stack/hosts.js';
import { type HostServices, StackServices } from '../stack/services.js';
import { stackTypes } from '../stack/types.js';
import { makeEngine, type TestEngine } from './engine.js';

/** A host on one memory link, in virtual time. */
export interface TestHost extends HostServices {
  readonly node: TestEngine;
  readonly host: Host;
  readonly address4: Uint8Array;
  readonly address6: Uint8Array;
}

/** A host with the addresses 10.0.0.`number`/24 and fd00::`number`/64 on the link `eth0`; no address is checked or made by itself. */
export function testHost(
  name: string,
  number: number,
  options: { mtu?: number; slotSize?: number } = {},
): TestHost {
  const { mtu = 1500, slotSize = 4096 } = options;
  const hosts = new Hosts();
  const services = new StackServices();
  const node = makeEngine({
    types: stackTypes(hosts, services),
    pool: { size: 256, slotSize, headroom: 128 },
    seed: number,
  });
  node.hook('eth0');
  node.act(...hostSteps(name));
  const mac = `02:00:00:00:00:0${number}`;
  node.act(...interfaceSteps(name, 1, 'eth0', { mac, mtu, ipv6: 'off', check: 'off', reportGroups: false }));
  const host = hosts.find(name);
  const offered = host && services.of(host);
  if (!offered) throw new Error('the host is not whole');
  const address4 = Uint8Array.of(10, 0, 0, number);
  const address6 = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number);
  host.addAddress(host.interfaces[0], address4, 24);
  host.addAddress(host.interfaces[0], address6, 64);
  return { node, host, ...offered, address4, address6 };
}

/** What the wire between two hosts does to a frame: passes it on, changed or not, or swallows it (null). */
export type Wire = (frame: Uint8Array, fromFirst: boolean) => Uint8Array | null;

/** Lets both hosts run for so many milliseconds, frames going over as they come. */
export function runPair(a: TestHost, b: TestHost, millis: number, wire: Wire = (frame) => frame): void {
  for (let i = 0; i < millis; i++) {
    for (let moved = 1, rounds = 0; moved > 0 && rounds < 100; rounds++) {
      moved = carry(a, b, (frame) => wire(frame, true)) + carry(b, a, (frame) => wire(frame, false));
    }
    a.node.elapse(1000);
    b.node.elapse(1000);
  }
}

function carry(from: TestHost, to: TestHost, wire: (frame: Uint8Array) => Uint8Array | null): number {
  from.node.settle();
  const frames = from.node.links.end('eth0').take();
  for (const frame of frames) {
    const left = wire(frame);
    if (left !== null) to.node.links.end('eth0').inject(left);
  }
  to.node.settle();
  return frames.length;
}
