import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { LinkOpener } from '../../contract/link.js';
import { type MemoryEnd, memoryEnd } from '../../links/memory/memory.js';
import { TestCircuit } from '../../testing/circuit.js';
import { createHost, type QuipuHost } from './host.js';
import type { HostSocket } from './socket.js';

const MTU = 4000;
/** Longest packet that went by each link. */
let longest: Record<string, number> = {};
let packets: Record<string, number> = {};
let hosts: QuipuHost[] = [];

afterEach(() => {
  for (const host of hosts) {
    const { pool } = host.engine;
    host.close();
    expect(pool.free).toBe(pool.size);
  }
});

/** Two hosts with two links between them: `eth`, which routes lead to, and `vc` without hardware addresses, to which none does. */
function twoWays(): { a: QuipuHost; b: QuipuHost } {
  const ends: { end: MemoryEnd; wire: string; owner: () => QuipuHost }[] = [];
  longest = { eth: 0, vc: 0 };
  packets = { eth: 0, vc: 0 };
  const opener =
    (owner: () => QuipuHost): LinkOpener =>
    (spec, context) => {
      const wire = String(spec.wire);
      const end = memoryEnd(context);
      ends.push({ end, wire, owner });
      const send = end.link.send.bind(end.link);
      end.link.send = (frames, from, to) => {
        const sent = send(frames, from, to);
        const other = ends.find((one) => one.wire === wire && one.end !== end);
        for (const bytes of end.take()) {
          longest[wire] = Math.max(longest[wire], bytes.length);
          packets[wire]++;
          other?.end.inject(bytes);
        }
        other?.owner().lookAtLinks();
        return sent;
      };
      return end.link;
    };
  const make = (name: string, last: number, owner: () => QuipuHost): QuipuHost => {
    const quiet = { ipv6: 'off', check: 'off' } as const;
    const mac = `02:00:00:00:00:0${last}`;
    const host = createHost({
      ...{ name, openLink: opener(owner), frames: { count: 1024, bytes: 8192 } },
      links: [
        {
          ...quiet,
          name: 'eth',
          link: { kind: 'memory', wire: 'eth' },
          mac,
          addresses: [`10.0.0.${last}/24`],
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
async function joined(a: QuipuHost, b: QuipuHost, circuit?: TestCircuit): Promise<[HostSocket, HostSocket]> {
  const server = b.listen(80);
  await once(server, 'listening');
  const took = once(server, 'connection');
  const socket = a.connect({ host: '10.0.0.2', port: 80, ...(circuit ? { circuit } : {}) });
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

test('with both ends attached from the beginning, nothing goes by the route', async () => {
  const { a, b } = twoWays();
  const [there, back] = [circuitOf(a), circuitOf(b)];
  const [socket, peer] = await joined(a, b, there);
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
