import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { TestCircuit } from '../../testing/circuit.js';
import { MemoryWires } from '../../testing/memory-hosts.js';
import { createHost, type QuipuHost } from './host.js';
import type { HostSocket } from './socket.js';

const MTU = 4000;
const families = [
  [4, '10.0.0.2'],
  [6, 'fd00::2'],
] as const;
/** Longest packet that went by each link. */
let longest: Record<string, number> = {};
let packets: Record<string, number> = {};
/** Numbers of circuits on what went by the link of circuits. */
let numbers = new Set<number>();
/** Called when a packet is on its way. */
let onSent = () => {};
let hosts: QuipuHost[] = [];

afterEach(() => {
  expect(numbers).not.toContain(0);
  for (const host of hosts) {
    const { pool } = host.engine;
    host.close();
    expect(pool.free).toBe(pool.size);
  }
});

/**
 * Two hosts with two links between them: `eth`, which routes lead to, and `vc` without hardware addresses, to which none does.
 * Their addresses are 10.0.0.1 and 2, or fd00::1 and 2.
 */
function twoWays(family: 4 | 6 = 4): { a: QuipuHost; b: QuipuHost } {
  longest = { eth: 0, vc: 0 };
  packets = { eth: 0, vc: 0 };
  numbers = new Set();
  onSent = () => {};
  const wires = new MemoryWires((wire, { length, circuit }) => {
    if (wire === 'vc') numbers.add(circuit);
    longest[wire] = Math.max(longest[wire], length);
    packets[wire]++;
    onSent();
  });
  const make = (name: string, last: number, owner: () => QuipuHost): QuipuHost => {
    const quiet = { ipv6: 'off', check: 'off' } as const;
    const mac = `02:00:00:00:00:0${last}`;
    const host = createHost({
      ...{ name, openLink: wires.opener(owner), frames: { count: 1024, bytes: 8192 } },
      links: [
        {
          ...quiet,
          name: 'eth',
          link: { kind: 'memory', wire: 'eth' },
          mac,
          addresses: [family === 4 ? `10.0.0.${last}/24` : `fd00::${last}/64`],
        },
        { ...quiet, name: 'vc', link: { kind: 'memory', wire: 'vc' }, mtu: MTU, addresses: [] },
      ],
    });
    hosts.push(host);
    return host;
  };
  hosts = [];
  const a: QuipuHost = make('a', 1, () => a);
  const b: QuipuHost = make('b', 2, () => b);
  return { a, b };
}

function circuitOf(host: QuipuHost): TestCircuit {
  const circuit = new TestCircuit(host.nextCircuit(), MTU);
  host.addCircuit(circuit, 'vc');
  return circuit;
}

/** Sends so many bytes and answers once the other end has them, whole. */
async function transfer(from: Socket, to: Socket, bytes: number): Promise<void> {
  const data = randomBytes(bytes);
  const hash = createHash('sha256');
  let came = 0;
  const done = new Promise<void>((resolve) => {
    const take = (chunk: Buffer) => {
      hash.update(chunk);
      came += chunk.length;
      if (came < bytes) return;
      to.off('data', take);
      resolve();
    };
    to.on('data', take);
  });
  from.write(data);
  await done;
  expect(hash.digest('hex')).toBe(createHash('sha256').update(data).digest('hex'));
}

/** Listens at b, calls from a, and answers both ends. */
async function joined(
  a: QuipuHost,
  b: QuipuHost,
  circuit?: TestCircuit,
  address = '10.0.0.2',
  port = 80,
): Promise<[HostSocket, HostSocket]> {
  const server = b.listen(port);
  await once(server, 'listening');
  const took = once(server, 'connection');
  const socket = a.connect({ host: address, port, ...(circuit ? { circuit } : {}) });
  await once(socket, 'connect');
  const [peer] = (await took) as [HostSocket];
  return [socket, peer];
}

test('a socket attached before it calls uses the circuit alone, with segments as long as that carries', async () => {
  const { a, b } = twoWays();
  const [socket, peer] = await joined(a, b, circuitOf(a));
  const before = packets.eth;
  await transfer(socket, peer, 100_000);
  expect(packets.vc).toBeGreaterThan(24);
  // The answers come by the route: the other end is attached to nothing, and its SYN told of 1460 bytes.
  expect(longest.vc).toBeLessThanOrEqual(1500);
  expect(packets.eth).toBeGreaterThan(before);
  socket.destroy();
});

test.each(
  families,
)('IPv%i, with both ends attached from the beginning: nothing goes by the route', async (family, address) => {
  const { a, b } = twoWays(family);
  const [there, back] = [circuitOf(a), circuitOf(b)];
  const [socket, peer] = await joined(a, b, there, address);
  peer.attach(back);
  await transfer(socket, peer, 10_000);
  const before = packets.eth;
  await transfer(socket, peer, 200_000);
  await transfer(peer, socket, 200_000);
  expect(packets.eth).toBe(before);
  // What the caller sends is as long as the listener's SYN allowed, what comes back as the caller's: the circuit's.
  expect(longest.vc).toBe(MTU);
  socket.destroy();
});

test('when the circuit closes, the connection goes on by the route and nobody watches it any more', async () => {
  const { a, b } = twoWays();
  const circuit = circuitOf(a);
  const [socket, peer] = await joined(a, b);
  await transfer(socket, peer, 50_000);
  expect(packets.vc).toBe(0);
  socket.attach(circuit);
  await transfer(socket, peer, 50_000);
  const used = packets.vc;
  expect(used).toBeGreaterThan(10);
  expect(circuit.watched).toBe(2);
  circuit.close();
  await transfer(socket, peer, 50_000);
  expect(packets.vc).toBe(used);
  expect(circuit.watched).toBe(0);
  socket.destroy();
});

test('a circuit that is not open yet counts from when it is', async () => {
  const { a, b } = twoWays();
  const circuit = circuitOf(a);
  circuit.become('opening');
  const [socket, peer] = await joined(a, b, circuit);
  await transfer(socket, peer, 50_000);
  expect([packets.vc, socket.beneath?.path.largestSegment]).toEqual([0, 1460]);
  circuit.become('open');
  await transfer(socket, peer, 50_000);
  expect(packets.vc).toBeGreaterThan(10);
  expect(socket.beneath?.path.largestSegment).toBe(MTU - 40);
  socket.destroy();
});

test('a circuit that opens while the addresses of a name are called is that of the call that is answered', async () => {
  const { a, b } = twoWays();
  const circuit = circuitOf(a);
  circuit.become('opening');
  onSent = () => circuit.become('open');
  const server = b.listen(80);
  await once(server, 'listening');
  const found = ['10.0.0.2', '10.0.0.3'].map((address) => ({ address, family: 4 }));
  const socket = a.connect({
    ...{ host: 'name', port: 80, circuit },
    lookup: (_name, _options, done) => done(null, found),
  });
  await once(socket, 'connect');
  expect([packets.vc, socket.beneath?.path.circuit]).toEqual([0, circuit]);
  socket.destroy();
});

test('a circuit that carries less than before: shorter segments', async () => {
  const { a, b } = twoWays();
  const [there, back] = [circuitOf(a), circuitOf(b)];
  const [socket, peer] = await joined(a, b, there);
  peer.attach(back);
  await transfer(peer, socket, 200_000);
  expect(longest.vc).toBe(MTU);
  back.carry(1000);
  await transfer(peer, socket, 10);
  longest.vc = 0;
  await transfer(peer, socket, 200_000);
  expect(longest.vc).toBe(1000);
  socket.destroy();
});

test('when nobody has told TCP that a circuit carries less, the host’s own ICMP does, of this connection alone', async () => {
  const { a, b } = twoWays();
  const circuit = circuitOf(a);
  const [socket, peer] = await joined(a, b, circuit);
  await transfer(socket, peer, 50_000);
  circuit.mtu = 1000;
  longest.vc = 0;
  await transfer(socket, peer, 50_000);
  expect([longest.vc, socket.beneath?.segment]).toEqual([1000, 960]);
  const [other] = await joined(a, b, undefined, '10.0.0.2', 81);
  expect(other.beneath?.segment).toBe(1460);
  for (const one of [socket, other]) one.destroy();
});

test.each(
  families,
)('IPv%i, a circuit too narrow for any segment: none leaves by it', async (family, host) => {
  const { a } = twoWays(family);
  const circuit = circuitOf(a);
  circuit.carry(50);
  const socket = a.connect({ host, port: 80, circuit });
  const lost = () => a.engine.drops().reduce((sum, { count }) => sum + count, 0);
  for (let turns = 0; lost() === 0 && turns < 1000; turns++) await new Promise((done) => setImmediate(done));
  expect([packets.vc, lost()]).toEqual([0, 1]);
  socket.destroy();
  await once(socket, 'close');
});

test('attached twice, or when it is over, a socket watches a circuit once, or not at all', async () => {
  const { a, b } = twoWays();
  const circuit = circuitOf(a);
  const [socket] = await joined(a, b, circuit);
  const { congestion } = socket.beneath ?? {};
  socket.attach(circuit);
  await new Promise((resolve) => setImmediate(resolve));
  expect([circuit.watched, socket.beneath?.congestion === congestion]).toEqual([2, true]);
  socket.destroy();
  socket.attach(null).attach(circuit);
  expect(circuit.watched).toBe(1);
  a.close();
  expect([circuit.watched, circuit.state]).toEqual([0, 'open']);
});

test('another host’s circuit is none of ours: routes are asked', async () => {
  const { a, b } = twoWays();
  circuitOf(a);
  const [socket, peer] = await joined(a, b, circuitOf(b));
  await transfer(socket, peer, 10_000);
  expect(packets.vc).toBe(0);
  socket.destroy();
  expect(() => a.addCircuit(new TestCircuit(1, MTU), 'vc')).toThrow('circuit 1 is there already');
});

test('a socket that is destroyed leaves its circuit alone', async () => {
  const { a, b } = twoWays();
  const circuit = circuitOf(a);
  const [socket] = await joined(a, b, circuit);
  expect(circuit.watched).toBe(2);
  socket.destroy();
  await once(socket, 'close');
  expect(circuit.watched).toBe(1);
  expect(circuit.state).toBe('open');
});

test('datagrams for the host itself do not leave by the circuit', async () => {
  const { a } = twoWays();
  const receiver = a.udp('udp4');
  receiver.bind(9000);
  await once(receiver, 'listening');
  const sender = a.udp('udp4').attach(circuitOf(a));
  for (const address of ['10.0.0.1', '127.0.0.1']) {
    const came = once(receiver, 'message');
    sender.send(Buffer.from('here'), 9000, address);
    expect(String((await came)[0])).toBe('here');
  }
  expect(packets).toEqual({ eth: 0, vc: 0 });
  sender.close();
  receiver.close();
});

test('a circuit by a link with hardware addresses, or by none, is refused', () => {
  const { a } = twoWays();
  expect(() => a.addCircuit(new TestCircuit(a.nextCircuit(), 1500), 'eth')).toThrow(/hardware address/);
  expect(() => a.addCircuit(new TestCircuit(a.nextCircuit(), 1500), 'nowhere')).toThrow(/no link nowhere/);
});

test('datagrams of an attached socket go by the circuit while it is open, whole up to its MTU', async () => {
  const { a, b } = twoWays();
  const circuit = circuitOf(a);
  const receiver = b.udp('udp4');
  receiver.bind(9000);
  await once(receiver, 'listening');
  const sender = a.udp('udp4').attach(circuit);
  const send = async (bytes: number) => {
    const came = once(receiver, 'message');
    sender.send(Buffer.alloc(bytes, 7), 9000, '10.0.0.2');
    expect(((await came) as [Buffer])[0]).toEqual(Buffer.alloc(bytes, 7));
  };
  await send(MTU - 28);
  expect({ ...packets }).toEqual({ eth: 0, vc: 1 });
  await send(MTU - 27); // in two fragments, both by the circuit
  expect({ ...packets }).toEqual({ eth: 0, vc: 3 });
  circuit.close();
  await send(100);
  expect(packets.vc).toBe(3);
  expect(packets.eth).toBeGreaterThan(0);
  sender.close();
  receiver.close();
});
