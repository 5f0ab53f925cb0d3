import { expect, test } from 'vitest';
import { accountFaults } from '../testing/account.js';
import { makeEngine } from '../testing/engine.js';
import { LabUser } from '../testing/tcp-lab.js';
import { hostSteps, interfaceSteps } from './graph.js';
import { Hosts } from './hosts.js';
import { StackServices } from './services.js';
import { stackTypes } from './types.js';

function station(name: string, address: number[], mac: string, frames = 1024) {
  const hosts = new Hosts();
  const services = new StackServices();
  const node = makeEngine({
    types: stackTypes(hosts, services),
    pool: { size: frames, slotSize: 2048, headroom: 128 },
  });
  node.hook('eth0');
  node.act(...hostSteps(name));
  node.act(...interfaceSteps(name, 1, 'eth0', { mac, mtu: 1500 }));
  const host = hosts.find(name);
  if (!host) throw new Error('no host');
  host.addAddress(host.interfaces[0], Uint8Array.from(address), 24);
  const tcp = services.tcp.get(host);
  if (!tcp) throw new Error('no tcp');
  return { node, host, tcp };
}

type Station = ReturnType<typeof station>;

/** Lets both run for so many milliseconds, frames going over as they come. */
function run(a: Station, b: Station, millis: number) {
  for (let i = 0; i < millis; i++) {
    for (let round = 0; round < 4; round++) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ]) {
        from.node.settle();
        for (const frame of from.node.links.end('eth0').take()) to.node.links.end('eth0').inject(frame);
        to.node.settle();
      }
    }
    a.node.elapse(1000);
    b.node.elapse(1000);
  }
}

/** Lets `a` send a stream to `b`, for so many milliseconds. */
function transfer(a: Station, b: Station, bytes: Uint8Array, millis: number) {
  const accepted: LabUser[] = [];
  b.tcp.tcp.listen({
    ...{ port: 80, address: null, backlog: 4 },
    accept: (connection) => {
      const user = new LabUser();
      user.connection = connection;
      accepted.push(user);
      return user;
    },
  });
  const client = new LabUser();
  a.tcp.run(() => {
    const path = a.tcp.path(40_000, Uint8Array.of(10, 0, 0, 2), 80);
    if (path === null) throw new Error('no path');
    client.connection = a.tcp.tcp.connect(path, client);
    client.write(bytes);
    client.end();
  });
  run(a, b, millis);
  return { client, server: accepted[0] };
}

test.each([
  ['with frames enough', 1024],
  ['with less frames than TCP could use', 24],
])('two hosts find each other and carry a stream, %s', (_, frames) => {
  const a = station('a', [10, 0, 0, 1], '02:00:00:00:00:01', frames);
  const b = station('b', [10, 0, 0, 2], '02:00:00:00:00:02');
  const bytes = new Uint8Array(300_000).map((_byte, i) => i * 7);
  const { client, server } = transfer(a, b, bytes, 150);
  expect(server?.content.equals(bytes)).toBe(true);
  expect(client.failure).toBe(null);
  expect(client.over).toBe(true);
  for (const { node } of [a, b]) {
    expect(accountFaults(node.engine)).toEqual([]);
    expect(node.drops()).toEqual({});
  }
});

test('a call that finds no frame goes on when some are back, and waits for no timeout', () => {
  const a = station('a', [10, 0, 0, 1], '02:00:00:00:00:01', 16);
  const b = station('b', [10, 0, 0, 2], '02:00:00:00:00:02');
  const { pool } = a.node.engine;
  const taken = Array.from({ length: pool.size }, () => pool.allocate()!);
  const { client, server } = transfer(a, b, new Uint8Array(100), 5);
  expect([client.connection.state, server]).toEqual(['syn-sent', undefined]);
  for (const frame of taken) pool.release(frame);
  run(a, b, 50);
  expect(client.over).toBe(true);
});
