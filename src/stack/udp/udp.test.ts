import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { runPair, type TestHost, testHost } from '../../testing/host-pair.js';
import { completeIpv4 } from '../../wire/ipv4.js';
import { UdpSocket, type UdpUser } from './socket.js';
import { Udp, type UdpEnds } from './udp.js';

const quiet: UdpUser = { readable() {}, failed() {} };
const any = null;
const here = Uint8Array.of(10, 0, 0, 1);
const there = Uint8Array.of(10, 0, 0, 2);

function endsOf(localPort: number, remotePort: number, local = here, remote = there): UdpEnds {
  const bytes = Uint8Array.from([...local, ...remote]);
  return { bytes, addressLength: 4, localAt: 0, localPort, remoteAt: 4, remotePort, interfaceIndex: 1 };
}

/** A socket bound at a host, and what it was told. */
function socketAt(at: TestHost, port: number, length: 4 | 16 = 4) {
  const failures: string[] = [];
  const socket = new UdpSocket(length, { readable() {}, failed: (failure) => failures.push(failure) });
  expect(at.udp.udp.bind(socket, null, port)).toBe(true);
  return { socket, failures };
}

function send(
  from: TestHost,
  socket: UdpSocket,
  payload: Uint8Array,
  address: Uint8Array,
  portNumber: number,
) {
  let failure: string | null = 'nothing';
  from.udp.run(() => {
    failure = from.udp.send(socket, payload, { address, portNumber });
  });
  from.node.elapse(0);
  return failure;
}

function isWhole(...hosts: TestHost[]): void {
  for (const { node } of hosts) {
    expect(accountFaults(node.engine)).toEqual([]);
    expect(node.engine.pool.free).toBe(node.engine.pool.size);
    expect(
      Object.keys(node.drops()).filter((name) => /block-error|unbound-port|hop-limit/.test(name)),
    ).toEqual([]);
  }
}

test('a free port number is one that nobody has who could be meant: of another family they may be the same', () => {
  const udp = new Udp(() => 7);
  const bound = (addressLength: 4 | 16, takesMapped = false) => {
    const socket = Object.assign(new UdpSocket(addressLength, quiet), { takesMapped });
    expect(udp.bind(socket, any, 0)).toBe(true);
    return socket.portNumber;
  };
  const first = bound(16);
  expect([bound(4), bound(16, true), bound(4)]).toEqual([first, first + 1, first + 2]);
});

test('a datagram finds the socket that is connected, else bound to the address, else to any', () => {
  const udp = new Udp(() => 7);
  const sockets = [0, 1, 2].map(() => Object.assign(new UdpSocket(4, quiet), { reuse: true }));
  const [wide, exact, connected] = sockets;
  expect(udp.bind(wide, any, 53)).toBe(true);
  expect(udp.bind(exact, here, 53)).toBe(true);
  expect(udp.bind(connected, any, 53)).toBe(true);
  udp.connect(connected, { address: there, portNumber: 9 }, here);
  expect(udp.find(endsOf(53, 9))).toBe(connected);
  expect(udp.find(endsOf(53, 8))).toBe(exact);
  expect(udp.find(endsOf(53, 8, Uint8Array.of(10, 0, 0, 7)))).toBe(wide);
  expect(udp.find(endsOf(54, 9))).toBe(null);
  udp.unbind(exact);
  expect(udp.find(endsOf(53, 8))).toBe(wide);
  udp.disconnect(connected);
  expect(udp.find(endsOf(53, 9))).toBe(connected);
});

test('a port number is given once, by chance when none is named, and again after it is free', () => {
  const udp = new Udp(() => 28_231);
  const bind = (port: number, address: Uint8Array | null = any) => {
    const socket = new UdpSocket(4, quiet);
    return udp.bind(socket, address, port) ? socket : null;
  };
  const first = bind(0);
  expect([first?.portNumber, bind(0)?.portNumber]).toEqual([60_999, 32_768]);
  expect(bind(60_999)).toBe(null);
  expect(bind(60_999, here)).toBe(null);
  expect(udp.bind(new UdpSocket(16, quiet), any, 60_999)).toBe(true);
  expect([bind(7, here), bind(7, there)].map((one) => one !== null)).toEqual([true, true]);
  if (first) udp.unbind(first);
  expect(bind(60_999)).not.toBe(null);
});

test.each([4, 16] as const)('datagrams of every length arrive, over addresses of %i bytes', (length) => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const to = length === 4 ? b.address4 : b.address6;
  const from = socketAt(a, 1000, length).socket;
  const at = socketAt(b, 2000, length).socket;
  for (const size of [0, 1, 2, 511, 1452, 1472, 1473, 1600, 3000]) {
    const payload = Uint8Array.from({ length: size }, (_, i) => i * 3);
    expect(send(a, from, payload, to, 2000)).toBe(null);
    // Neighbour discovery of IPv6 has no address to ask from until its own is there: give it time.
    runPair(a, b, 3);
    const came = at.queue.shift();
    expect(came?.bytes).toEqual(payload);
    expect(came?.fromPort).toBe(1000);
    expect(came?.from).toEqual(length === 4 ? a.address4 : a.address6);
  }
  expect(send(a, from, new Uint8Array(65_508), to, 2000)).toBe('EMSGSIZE');
  isWhole(a, b);
});

test('a full queue drops what comes, counted, and takes more once it was read', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const from = socketAt(a, 1000).socket;
  const { socket } = socketAt(b, 2000);
  socket.queue.limit = 1000;
  for (let i = 0; i < 8; i++) send(a, from, new Uint8Array(200), b.address4, 2000);
  runPair(a, b, 3);
  expect([socket.queue.length, socket.queue.overflowed]).toEqual([3, 5]);
  expect(b.node.drops()).toEqual({ 'b.udp queue-full': 5 });
  socket.queue.shift();
  send(a, from, new Uint8Array(200), b.address4, 2000);
  runPair(a, b, 3);
  expect(socket.queue.length).toBe(3);
  isWhole(a, b);
});

test('a connected socket hears that nobody listens, one that is not does not', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  for (const length of [4, 16] as const) {
    const to = length === 4 ? b.address4 : b.address6;
    const open = socketAt(a, 1000, length);
    const connected = socketAt(a, 1001, length);
    a.udp.udp.connect(
      connected.socket,
      { address: to, portNumber: 2000 },
      length === 4 ? a.address4 : a.address6,
    );
    for (const { socket } of [open, connected]) send(a, socket, new Uint8Array(5), to, 2000);
    runPair(a, b, 3);
    expect(open.failures).toEqual([]);
    expect(connected.failures).toEqual(['ECONNREFUSED']);
  }
  expect(b.node.block('b.no-port')).toMatchObject({ told: 4 });
  expect([a.node.drops(), b.node.drops()]).toEqual([{}, {}]);
  isWhole(a, b);
});

test('a changed datagram is dropped; none of IPv6 without a checksum, one of IPv4 is taken', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const payload = Uint8Array.of(1, 2, 3);
  for (const [length, at] of [
    [4, 14 + 20],
    [16, 14 + 40],
  ] as const) {
    const to = length === 4 ? b.address4 : b.address6;
    const from = socketAt(a, 1000, length).socket;
    const { socket } = socketAt(b, 2000, length);
    send(a, from, payload, to, 2000);
    runPair(a, b, 3);
    expect(socket.queue.shift()?.bytes).toEqual(payload);
    const isDatagram = (frame: Uint8Array) => frame.length === at + 11;
    send(a, from, payload, to, 2000);
    runPair(a, b, 3, (frame) => (isDatagram(frame) ? frame.with(at + 9, 77) : frame));
    send(a, from, payload, to, 2000);
    runPair(a, b, 3, (frame) => (isDatagram(frame) ? frame.with(at + 6, 0).with(at + 7, 0) : frame));
    expect(socket.queue.length).toBe(length === 4 ? 1 : 0);
  }
  expect(b.node.drops()).toEqual({ 'b.udp bad-checksum': 2, 'b.udp no-checksum': 1 });
  isWhole(a, b);
});

test('broadcasts and groups: only who is allowed sends, only members receive, nobody complains', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const from = socketAt(a, 1000).socket;
  const { socket } = socketAt(b, 2000);
  const [everybody, group] = [Uint8Array.of(255, 255, 255, 255), Uint8Array.of(224, 0, 0, 251)];
  expect(send(a, from, Uint8Array.of(1), everybody, 2000)).toBe('EACCES');
  from.mayBroadcast = true;
  expect(send(a, from, Uint8Array.of(1), everybody, 2000)).toBe(null);
  expect(send(a, from, Uint8Array.of(2), group, 2000)).toBe(null);
  runPair(a, b, 3);
  expect(socket.queue.length).toBe(1);
  socket.groups.push({ group, interfaceIndex: 0 });
  b.udp.joinGroup(group, 0);
  send(a, from, Uint8Array.of(3), group, 2000);
  send(a, from, Uint8Array.of(4), everybody, 2001);
  runPair(a, b, 3);
  expect([socket.queue.shift()?.bytes, socket.queue.shift()?.bytes]).toEqual([
    Uint8Array.of(1),
    Uint8Array.of(3),
  ]);
  expect(b.node.block('b.no-port')).toMatchObject({ told: 0 });
  isWhole(a, b);
});

test('the broadcast address of a network: all who listen hear, only who is allowed sends; no calls, no echoes', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const all = Uint8Array.of(10, 0, 0, 255);
  const from = socketAt(a, 1000).socket;
  const heard = [2000, 2000].map((port) => {
    const socket = new UdpSocket(4, { readable() {}, failed() {} });
    socket.reuse = true;
    b.udp.udp.bind(socket, null, port);
    return socket;
  });
  expect(send(a, from, Uint8Array.of(1), all, 2000)).toBe('EACCES');
  from.mayBroadcast = true;
  expect(send(a, from, Uint8Array.of(1), all, 2000)).toBe(null);
  expect(send(a, from, Uint8Array.of(1), all, 2001)).toBe(null);
  const seen: Uint8Array[] = [];
  runPair(a, b, 3, (frame) => {
    seen.push(frame);
    return frame;
  });
  expect(seen.map((frame) => [...frame.subarray(0, 6)])).toEqual([Array(6).fill(0xff), Array(6).fill(0xff)]);
  expect(heard.map((socket) => socket.queue.length)).toEqual([1, 1]);
  // The same for one host alone is not for all of them.
  const single = seen[0].slice();
  single.set([2, 0, 0, 0, 0, 2]);
  b.node.links.end('eth0').inject(single);
  runPair(a, b, 1);
  expect(b.node.drops()).toEqual({ 'b.udp no-member': 1, 'b.ip-route not-for-us': 1 });
  expect(a.tcp.path(1, all, 80)).toBe(null);
  expect(a.tcp.path(1, Uint8Array.of(224, 0, 0, 5), 80)).toBe(null);
  a.icmp.ping({ remote: all, size: 8, hopLimit: null, timeout: 1000, told() {} });
  runPair(a, b, 3);
  expect(b.node.drops()['b.icmp to-group']).toBe(1);
  // Nobody sends from it: who answered would speak to all.
  const forged = seen[0].slice();
  forged.set(all, 14 + 12);
  completeIpv4(forged, 14);
  b.node.links.end('eth0').inject(forged);
  runPair(a, b, 1);
  expect(b.node.drops()['b.ip-input bad-source']).toBe(1);
  isWhole(a, b);
});

test('whatever comes, nothing but counted drops: mutated datagrams and errors', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { minLength: 1, maxLength: 12 }),
      fc.nat(120),
      fc.boolean(),
      (changes, cut, isFour) => {
        const [a, b] = [testHost('a', 1), testHost('b', 2)];
        const length = isFour ? 4 : 16;
        const { socket } = socketAt(a, 1000, length);
        a.udp.udp.connect(
          socket,
          { address: isFour ? b.address4 : b.address6, portNumber: 2000 },
          isFour ? a.address4 : a.address6,
        );
        socketAt(b, 2001, length);
        const mutate = (frame: Uint8Array) => {
          const changed = frame.slice(0, Math.max(14, frame.length - cut));
          for (const [at, value] of changes) if (at + 14 < changed.length) changed[at + 14] = value;
          return changed;
        };
        for (const port of [2000, 2001]) {
          send(a, socket, new Uint8Array(40), isFour ? b.address4 : b.address6, port);
          runPair(a, b, 1);
          send(a, socket, new Uint8Array(40), isFour ? b.address4 : b.address6, port);
          runPair(a, b, 1, mutate);
        }
        for (const host of [a, b]) {
          host.node.elapse(120_000_000); // reassembly and neighbours give up what they hold
          isWhole(host);
        }
      },
    ),
    { numRuns: 150, seed: 5 },
  );
});

test('a group is of one interface, where that was named: for members and for the way there', () => {
  const a = testHost('a', 1);
  const group = Uint8Array.of(239, 1, 1, 1);
  const other = a.host.addInterface('eth1', 1500, Uint8Array.of(2, 0, 0, 0, 0, 9));
  expect([0, 1, other.index].map((at) => a.udp.joinGroup(group, at))).toEqual([1, 1, other.index]);
  expect([a.udp.interfaceOf('eth1'), a.udp.interfaceOf(here), a.udp.interfaceOf('eth2')]).toEqual([2, 1, 0]);
  for (const at of [1, 1, 2]) a.udp.leaveGroup(group, at);
  expect(a.host.interfaces.map(({ groups }) => groups.get(group))).toEqual([undefined, undefined]);

  const udp = new Udp(() => 7);
  const socket = new UdpSocket(4, quiet);
  udp.bind(socket, any, 53);
  socket.groups.push({ group, interfaceIndex: 2 });
  const hears = (interfaceIndex: number) => udp.members({ ...endsOf(53, 9, group), interfaceIndex }, false);
  expect([hears(1), hears(2)]).toEqual([[], [socket]]);
  socket.groups.push({ group, interfaceIndex: 0 });
  expect(hears(1)).toEqual([socket]);
});
