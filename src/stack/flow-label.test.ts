import { expect, test } from 'vitest';
import { runPair, type TestHost, testHost } from '../testing/host-pair.js';
import { seededRandom } from '../testing/random.js';
import { LabUser } from '../testing/tcp-lab.js';
import { ipv6FlowLabel, ipv6NextHeader } from '../wire/ipv6.js';
import { FlowLabels } from './flow-label.js';
import { UdpSocket } from './udp/socket.js';

const [here, there] = [1, 2].map((last) =>
  Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? last : 0xfd)),
);

test('one flow has one label of twenty bits, never 0; others, other hosts and other secrets have others', () => {
  const labels = new FlowLabels(seededRandom(1));
  const seen = new Set<number>();
  for (let ports = 0; ports < 2000; ports++) {
    const label = labels.of(here, there, 6, ports);
    expect(label).toBe(labels.of(here, there, 6, ports));
    expect(label > 0 && label < 1 << 20).toBe(true);
    seen.add(label);
  }
  // Two of so many may share one.
  expect(seen.size).toBeGreaterThan(1980);
  const others = [
    labels.of(there, here, 6, 1),
    labels.of(here, there, 17, 1),
    new FlowLabels(seededRandom(2)).of(here, there, 6, 1),
  ];
  expect(others).not.toContain(labels.of(here, there, 6, 1));
  expect(labels.of(here.subarray(0, 4), there.subarray(0, 4), 6, 1)).toBe(0);
});

/** Labels of the packets of a protocol that were on the wire, by who sent them. */
function watch(a: TestHost, b: TestHost, millis: number, protocol: number): { a: number[]; b: number[] } {
  const seen = { a: [] as number[], b: [] as number[] };
  runPair(a, b, millis, (frame, fromFirst) => {
    if (frame[12] === 0x86 && ipv6NextHeader(frame, 14) === protocol) {
      seen[fromFirst ? 'a' : 'b'].push(ipv6FlowLabel(frame, 14));
    }
    return frame;
  });
  return seen;
}

test('TCP: each direction of a connection has its label, from the SYN to the end', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
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
  const users = [1000, 1001].map((port) => {
    const user = new LabUser();
    a.tcp.run(() => {
      const path = a.tcp.path(port, b.address6, 80);
      if (path === null) throw new Error('no way');
      if (port === 1001) path.flowLabel = 77;
      user.connection = a.tcp.tcp.connect(path, user);
      user.write(new Uint8Array(10_000));
      user.end();
    });
    return user;
  });
  const seen = watch(a, b, 200, 6);
  expect(users.map((user) => user.failure)).toEqual([null, null]);
  expect(accepted.map((user) => user.received)).toEqual([10_000, 10_000]);
  expect(seen.a.length).toBeGreaterThan(15);
  const [ofA, ofB] = [new Set(seen.a), new Set(seen.b)];
  expect([ofA.size, ofB.size]).toEqual([2, 2]);
  // The label that one has chosen is its own only.
  expect(ofA.has(77) && !ofB.has(77)).toBe(true);
  expect(ofA.has(0) || ofB.has(0)).toBe(false);
});

test('UDP: a label for each peer, or what the socket says; echoes: one there, and the same back', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const socket = new UdpSocket(16, { readable() {}, failed() {} });
  a.udp.udp.bind(socket, null, 1000);
  const send = (portNumber: number) =>
    a.udp.run(() => a.udp.send(socket, new Uint8Array(1), { address: b.address6, portNumber }));
  for (const port of [2000, 2000, 2001]) send(port);
  const { a: labels } = watch(a, b, 5, 17);
  expect(labels).toHaveLength(3);
  expect(labels[0]).toBe(labels[1]);
  expect(labels[2]).not.toBe(labels[1]);
  socket.flowLabel = 5;
  send(2000);
  expect(watch(a, b, 5, 17).a).toEqual([5]);
  for (let i = 0; i < 2; i++) {
    a.icmp.ping({ remote: b.address6, size: 8, hopLimit: null, timeout: 1_000_000, told() {} });
  }
  const echoes = watch(a, b, 5, 58);
  const [label] = echoes.a.filter((one) => one !== 0);
  expect(echoes.a.filter((one) => one === label)).toHaveLength(2);
  expect(echoes.b.filter((one) => one === label)).toHaveLength(2);
});
