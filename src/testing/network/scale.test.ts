import { expect, test } from 'vitest';
import { seededRandom } from '../random.js';
import { Network } from './network.js';
import type { Station } from './station.js';

/** 1,000 hosts. */
const NETWORKS = 25;
const EACH = 40;
/** What a host may take, its pool of 64 frames included: 1,000 of them fit into a process. */
const MOST_BYTES_EACH = 500_000;

function bytesInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What each host sends: some segments long. */
const random = seededRandom(3);
const message = Uint8Array.from({ length: 20_000 }, () => random());

/** Every host sends the message to another; answers how many did not arrive as they were sent. */
function exchange(
  network: Network,
  stations: readonly Station[],
  peer: (index: number) => Uint8Array,
): number {
  let arrived = 0;
  for (const station of stations) {
    station.listen(7, (user) => {
      user.readable = () => {
        user.drain();
        if (user.received === message.length && user.content.equals(message)) arrived++;
      };
    });
  }
  // Not all at one moment: whoever is called would have to take a thousand questions of ARP at once.
  stations.forEach((station, i) => {
    network.after(i * 500, () => {
      station.connect(peer(i), 7, (user) => {
        user.write(message);
        user.end();
      });
    });
  });
  network.until(() => arrived === stations.length, 30_000_000);
  network.run(200_000_000);
  return stations.length - arrived;
}

test(`a star of ${NETWORKS} networks of ${EACH} hosts around a router: each host sends one of the next network a message; memory is bounded`, () => {
  const before = bytesInUse();
  const network = new Network(1);
  const router = network.station('router', { forwarding: true, frames: 1024 });
  const hosts: Station[] = [];
  const address = (at: number, number: number): Uint8Array => Uint8Array.of(10, 1, at % NETWORKS, number);
  for (let at = 0; at < NETWORKS; at++) {
    const middle = network.switch(`switch${at}`);
    network.join(router, middle, { delay: 100, rate: 100_000_000 });
    router.host.addAddress(router.host.interfaces[at], address(at, 254), 24);
    for (let number = 1; number <= EACH; number++) {
      const station = network.station(`h${at}-${number}`, { frames: 64 });
      network.join(station, middle, { delay: 100 });
      const { host } = station;
      host.addAddress(host.interfaces[0], address(at, number), 24);
      host.addRoute({
        prefix: new Uint8Array(4),
        bits: 0,
        gateway: address(at, 254),
        interface: 1,
        metric: 0,
      });
      hosts.push(station);
    }
  }
  expect(exchange(network, hosts, (i) => address(Math.floor(i / EACH) + 1, (i % EACH) + 1))).toBe(0);
  expect(network.left()).toEqual([]);
  expect(bytesInUse() - before).toBeLessThan(hosts.length * MOST_BYTES_EACH);
}, 60_000);

test('a ring of 200 routers: each sends a message to the one ten hops away', () => {
  const network = new Network(2);
  const ring = 200;
  const stations: Station[] = [];
  for (let i = 0; i < ring; i++) stations.push(network.station(`r${i}`, { frames: 64, forwarding: true }));
  const own = (i: number): Uint8Array => Uint8Array.of(10, 0, (i + ring) % ring, 1);
  stations.forEach((station, i) => {
    const next = stations[(i + 1) % ring];
    const out = station.host.interfaces.length;
    network.join(station, next, { delay: 100, rate: 10_000_000 });
    station.host.addAddress(station.host.interfaces[out], own(i), 24);
    const into = next.host.interfaces[next.host.interfaces.length - 1];
    next.host.addAddress(into, Uint8Array.of(10, 0, i, 2), 24);
    // Half the ring is that way, the other half the other way.
    const gateway = Uint8Array.of(10, 0, i, 2);
    for (let hops = 1; hops <= ring / 2; hops++) {
      const prefix = Uint8Array.of(10, 0, (i + hops) % ring, 0);
      station.host.addRoute({ prefix, bits: 24, gateway, interface: out + 1, metric: 1 });
    }
    for (let hops = 1; hops < ring / 2; hops++) {
      const prefix = Uint8Array.of(10, 0, (i - hops + ring) % ring, 0);
      next.host.addRoute({
        prefix,
        bits: 24,
        gateway: own(i),
        interface: next.host.interfaces.length,
        metric: 2,
      });
    }
  });
  expect(exchange(network, stations, (i) => own(i + 10))).toBe(0);
  expect(network.left()).toEqual([]);
}, 60_000);
