import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CaptureReader } from '../../wire/capture-file.js';
import { seededRandom } from '../random.js';
import { address6Of, addressOf, giveAddress } from './addresses.js';
import { TraceHash } from './capture.js';
import type { WireConditions } from './conditions.js';
import { Network } from './network.js';
import { failedSeeds } from './seeds.js';
import type { Lane } from './wire.js';

function pattern(length: number, seed = 1): Uint8Array {
  const next = seededRandom(seed);
  return Uint8Array.from({ length }, () => next());
}

/** A lane into a box, outside of any host. */
function wireToBox(conditions: WireConditions) {
  const network = new Network(1);
  const arrived: { at: number; bytes: Uint8Array }[] = [];
  const begin = network.now;
  const box = { deliver: (bytes: Uint8Array) => arrived.push({ at: network.now - begin, bytes }) };
  const wire = network.join({ deliver() {} }, box, conditions);
  return { network, wire, lane: wire.there, arrived };
}

function send(lane: Lane, count: number, length = 1000): void {
  for (let i = 0; i < count; i++) lane.send(new Uint8Array(length).fill(i));
}

describe('a wire', () => {
  test('delays, and lets frames wait for each other at its rate', () => {
    const { network, lane, arrived } = wireToBox({ delay: 500, rate: 1_000_000 });
    send(lane, 3);
    network.run(10_000);
    expect(arrived.map(({ at, bytes }) => [at, bytes[0]])).toEqual([
      [1500, 0],
      [2500, 1],
      [3500, 2],
    ]);
  });

  test('loses what finds no room in its queue, is too long, or is sent while it is cut', () => {
    const { network, wire, lane, arrived } = wireToBox({ rate: 1_000_000, queue: 2500, mtu: 1486 });
    send(lane, 3);
    send(lane, 1, 1501);
    wire.cut();
    send(lane, 1);
    network.run(10_000);
    wire.mend();
    send(lane, 1, 1500);
    network.run(10_000);
    expect(arrived).toHaveLength(3);
    expect(lane.fates).toMatchObject({ sent: 3, 'queue-full': 1, 'too-long': 1, cut: 1 });
  });

  test('loses, doubles, holds back and corrupts by chance, as often as it is told', () => {
    const shares = { loss: 0.1, duplication: 0.1, reordering: 0.1, holdBack: 50, corruption: 0.1 };
    const { network, lane, arrived } = wireToBox(shares);
    for (let i = 0; i < 2000; i++) {
      lane.send(new Uint8Array(100));
      network.run(1);
    }
    network.run(100);
    const { fates } = lane;
    for (const fate of ['lost', 'doubled', 'held-back', 'corrupted'] as const) {
      expect(fates[fate], fate).toBeGreaterThan(100);
      expect(fates[fate], fate).toBeLessThan(300);
    }
    expect(arrived).toHaveLength(2000 - fates.lost + fates.doubled);
    const changed = arrived.filter(({ bytes }) => bytes.some((byte) => byte !== 0));
    expect(changed).toHaveLength(fates.corrupted);
    for (const { bytes } of changed) expect(bits(bytes)).toBe(1);
  });

  test('jitter reorders', () => {
    const { network, lane, arrived } = wireToBox({ delay: 100, jitter: 100 });
    send(lane, 20);
    network.run(1000);
    const order = arrived.map(({ bytes }) => bytes[0]);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect(order).toHaveLength(20);
  });
});

function bits(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

/** Two hosts behind a switch that send each other something over bad wires, until all is over. */
function smallTalk(seed: number) {
  const network = new Network(seed);
  const trace = new TraceHash();
  network.taps.push(trace.tap);
  const hub = network.switch('hub');
  for (const number of [1, 2, 3]) {
    const station = network.station(`h${number}`);
    network.join(station, hub, { delay: 1000, jitter: 500, loss: 0.02, duplication: 0.02, rate: 1_000_000 });
    giveAddress(station, number);
  }
  const [a, b] = network.stations;
  const bytes = pattern(50_000);
  const served = b.listen(80);
  const users = [addressOf(2), address6Of(2)].map((address) =>
    a.connect(address, 80, (user) => {
      user.write(bytes);
      user.end();
    }),
  );
  network.until(() => users.every((user) => user.over) && served.every((user) => user.over));
  network.run(130_000_000);
  return { network, trace: trace.value, users, served, bytes };
}

test('hosts find each other through a switch, in both families, and leave nothing', () => {
  const { network, users, served, bytes } = smallTalk(5);
  expect(users.map((user) => user.failure)).toEqual([null, null]);
  expect(served.map((user) => user.content.equals(bytes))).toEqual([true, true]);
  expect(network.left()).toEqual([]);
  // The third host hears what is for all, and no more.
  expect(network.wires[2].there.carried).toBeLessThan(2000);
});

test('the same seed gives the same frames at the same times, another one others', () => {
  expect(smallTalk(7).trace).toBe(smallTalk(7).trace);
  expect(smallTalk(7).trace).not.toBe(smallTalk(8).trace);
});

test('a router passes packets on, and tells of those that do not fit', () => {
  const network = new Network(3);
  const router = network.station('router', { forwarding: true });
  const [a, b] = ['a', 'b'].map((name) => network.station(name));
  network.join(a, router, { delay: 1000 });
  network.join(router, b, { delay: 1000, interfaceMtu: 1000 });
  const near = [
    [10, 0, 1],
    [10, 0, 2],
  ];
  [a, b].forEach((station, i) => {
    const { host } = station;
    host.addAddress(host.interfaces[0], Uint8Array.of(...near[i], 2), 24);
    router.host.addAddress(router.host.interfaces[i], Uint8Array.of(...near[i], 1), 24);
    const gateway = Uint8Array.of(...near[i], 1);
    host.addRoute({ prefix: new Uint8Array(4), bits: 0, gateway, interface: 1, metric: 0 });
  });
  const bytes = pattern(100_000);
  const [served, user] = [b.listen(80), a.connect(Uint8Array.of(10, 0, 2, 2), 80, (one) => one.write(bytes))];
  user.closesBack = true;
  network.until(() => served[0]?.received === bytes.length, 60_000_000);
  expect(served[0]?.content.equals(bytes)).toBe(true);
});

test('a seed that fails is run again, and what was on its wires is written down', () => {
  const failed = failedSeeds([1, 2], 'small', (network, seed) => {
    const [a, b] = [network.station('a'), network.station('b')];
    network.join(a, b);
    giveAddress(a, 1);
    giveAddress(b, 2);
    a.connect(addressOf(2), 80, () => {});
    network.run(1_000_000);
    return seed === 2 ? ['it is two'] : [];
  });
  expect(failed).toHaveLength(1);
  const [, file] = /^seed 2: it is two \(on its wires: (.*)\)$/.exec(failed[0]) ?? [];
  expect(file).toMatch(/small-2\.pcapng$/);
  expect(existsSync(file)).toBe(true);
  const reader = new CaptureReader();
  reader.push(readFileSync(file));
  let count = 0;
  while (reader.next() !== null) count++;
  rmSync(dirname(file), { recursive: true });
  expect(count).toBeGreaterThanOrEqual(4); // ARP, its answer, SYN, RST
});
