import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import type { TestEngine } from '../../testing/engine.js';
import { hexOf } from '../../testing/frames.js';
import { singleBlock } from '../../testing/one-block.js';
import { ipPacket, onEthernet } from '../../testing/packets.js';
import { seededRandom } from '../../testing/random.js';
import { readU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import { isIpv4ChecksumRight } from '../../wire/ipv4.js';

const MORE = 0x2000;
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
const numbers = (count: number, first = 0) => Uint8Array.from({ length: count }, (_, i) => (first + i) * 7);

interface Piece {
  readonly id?: number;
  readonly more?: boolean;
  readonly tos?: number;
  readonly options?: readonly number[];
  readonly protocol?: number;
}
/** The fragment with bytes `from … to` of a packet whose data counts up. */
const piece = (from: number, to: number, o: Piece = {}) =>
  ipPacket('10.0.0.1', '10.0.0.2', o.protocol ?? 17, numbers(to - from, from), {
    ...o,
    fragment: (o.more === false ? 0 : MORE) | (from / 8),
  });
const last = (from: number, to: number, o: Piece = {}) => piece(from, to, { ...o, more: false });
const whole = (length: number, o: Piece = {}) =>
  hexOf(ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(length), o));
const send = (node: TestEngine, ...frames: Uint8Array[]) => {
  for (const frame of frames) node.inject('x', 0, frame);
};

test('what is no fragment passes, whatever it is', () => {
  const { node, up, down } = singleBlock('ip-reassemble');
  const packet = ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(10), { fragment: 0x4000 });
  send(node, packet, numbers(5));
  node.inject('x', 1, numbers(100));
  expect([up.takeBytes().length, down.takeBytes().length]).toEqual([2, 1]);
  expect(node.block('x')).toMatchObject({ passed: 3, fragments: 0 });
});

describe('a packet in pieces', () => {
  const pieces = [piece(0, 80), piece(80, 160), last(160, 190)];

  test.each([
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [0, 2, 1],
  ])('comes out whole, whichever order they come in: %i %i %i', (...order) => {
    const { node, up } = singleBlock('ip-reassemble');
    send(node, ...order.map((i) => pieces[i]));
    expect(up.takeBytes().map(hexOf)).toEqual([whole(190)]);
    expect(node.block('x')).toMatchObject({ fragments: 3, reassembled: 1 });
    expect(node.engine.totals()).toMatchObject({ in: 3, created: 1, consumed: 4 });
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('has the header of its first fragment, with options', () => {
    const { node, up } = singleBlock('ip-reassemble');
    const options = [7, 3, 4, 0, 0x94, 4, 0, 0];
    send(node, last(80, 90), piece(0, 80, { options }));
    expect(up.takeBytes().map(hexOf)).toEqual([whole(90, { options })]);
  });

  test('keeps its link header, and loses the padding of its fragments', () => {
    const { node, up } = singleBlock('ip-reassemble', { offset: 14 });
    send(node, Uint8Array.of(...onEthernet(last(8, 11)), ...numbers(30)), onEthernet(piece(0, 8)));
    expect(up.takeBytes().map(hexOf)).toEqual([hexOf(onEthernet(bytes(whole(11))))]);
  });

  test('is apart from others: by identification, protocol and direction', () => {
    const { node, up, down } = singleBlock('ip-reassemble');
    send(node, piece(0, 8, { id: 2 }), piece(0, 8, { protocol: 6 }), last(8, 11), last(8, 16, { id: 2 }));
    node.inject('x', 1, piece(0, 8));
    expect(up.takeBytes().map(hexOf)).toEqual([whole(16, { id: 2 })]);
    expect(down.seen).toEqual([]);
    send(node, piece(0, 8));
    expect(up.takeBytes().map(hexOf)).toEqual([whole(11)]);
    expect(node.get('x').block.held?.()).toBe(2);
  });
});

test('Linux and these blocks cut and join alike (captured: ping -s 100 -p a5 over MTU 80)', () => {
  const captured = [
    `4500004ca29d20004001a4030a0700010a0700020800a2b3049b0001b374006b000000006ba3040000000000${'a5'.repeat(32)}`,
    `45000048a29d00074001c4000a0700010a070002${'a5'.repeat(52)}`,
  ];
  const { node, up } = singleBlock('ip-reassemble');
  send(node, ...captured.map(bytes));
  const [packet] = up.takeBytes();
  expect(packet.length).toBe(128);
  expect(isIpv4ChecksumRight(packet, 0)).toBe(true);
  expect(internetChecksum(packet, 20, 108)).toBe(0);
  const cut = singleBlock('ip-fragment', { mtu: 80 });
  cut.node.inject('x', 0, packet);
  expect(cut.up.takeBytes().map(hexOf)).toEqual(captured);
});

describe('fragments that do not fit together', () => {
  const outcome = (...frames: Uint8Array[]) => {
    const { node, up } = singleBlock('ip-reassemble');
    send(node, ...frames);
    expect(accountFaults(node.engine)).toEqual([]);
    return { drops: node.drops(), whole: up.takeBytes().length };
  };
  const changed = (frame: Uint8Array) => frame.with(frame.length - 1, 0xee);

  test('exact duplicates are dropped alone', () => {
    expect(outcome(piece(0, 16), piece(0, 16), piece(0, 8), last(16, 20))).toEqual({
      drops: { 'x duplicate': 2 },
      whole: 1,
    });
  });

  test.each([
    ['other bytes at a place', changed(piece(0, 16))],
    ['a part that is there, a part that is not', piece(8, 24)],
    ['an end before what is there', last(8, 12)],
  ])('%s: the packet is given up, with what still comes of it', (_what, bad) => {
    expect(outcome(piece(0, 16), bad, last(16, 20), piece(0, 16))).toEqual({
      drops: { 'x overlap': 4 },
      whole: 0,
    });
  });

  test.each([
    ['two ends', last(16, 28)],
    ['something behind the end', piece(24, 32)],
  ])('%s', (_what, bad) => {
    expect(outcome(last(16, 20), bad, piece(0, 16))).toEqual({ drops: { 'x overlap': 3 }, whole: 0 });
  });

  test('an overlap is none less for having the bytes that the pool happens to have there', () => {
    const zeros = (from: number, to: number) =>
      ipPacket('10.0.0.1', '10.0.0.2', 17, new Uint8Array(to - from), { fragment: MORE | (from / 8) });
    expect(outcome(zeros(0, 16), zeros(8, 24))).toEqual({ drops: { 'x overlap': 2 }, whole: 0 });
  });

  test('lengths, checksums and ECN fields that cannot be right', () => {
    const damaged = piece(0, 8).with(8, 1);
    const odd = ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(9), { fragment: MORE });
    expect(outcome(damaged, odd, last(8, 8), piece(0, 8).subarray(0, 20))).toEqual({
      drops: { 'x malformed': 4 },
      whole: 0,
    });
    expect(outcome(piece(0, 8, { tos: 3 }), last(8, 9, { tos: 0 }))).toEqual({
      drops: { 'x malformed': 2 },
      whole: 0,
    });
  });
});

test('congestion that one fragment has met is that of the packet (RFC 3168 §5.3)', () => {
  const { node, up } = singleBlock('ip-reassemble');
  send(node, piece(0, 8, { tos: 0xb9 }), last(8, 9, { tos: 0xbb }));
  expect(up.takeBytes().map(hexOf)).toEqual([whole(9, { tos: 0xbb })]);
});

describe('limits', () => {
  test('a packet that fits the slot exactly, and one that is longer by a byte', () => {
    const { node, up } = singleBlock('ip-reassemble', {}, { pool: { slotSize: 256, headroom: 56 } });
    send(node, piece(0, 96), last(96, 180));
    expect(up.takeBytes().map(hexOf)).toEqual([whole(180)]);
    send(node, piece(0, 96), last(96, 181), piece(96, 104));
    expect(node.drops()).toEqual({ 'x too-long': 3 });
  });

  test('more than 65,535 bytes', () => {
    const { node } = singleBlock('ip-reassemble', {}, { pool: { size: 4, slotSize: 80_000 } });
    send(node, ipPacket('10.0.0.1', '10.0.0.2', 1, numbers(64), { fragment: 0x1fff }));
    expect(node.drops()).toEqual({ 'x too-long': 2 });
  });

  test('time: each packet has its own, and what comes later begins anew', () => {
    const { node, up } = singleBlock('ip-reassemble', { timeout: 2 });
    send(node, piece(0, 8, { id: 1 }));
    node.elapse(1_500_000);
    send(node, piece(0, 8, { id: 2 }));
    node.elapse(499_999);
    expect(node.drops()).toEqual({});
    node.elapse(1);
    expect(node.drops()).toEqual({ 'x timeout': 1 });
    send(node, last(8, 9, { id: 1 }), last(8, 9, { id: 2 }));
    expect(up.takeBytes().map(hexOf)).toEqual([whole(9, { id: 2 })]);
    node.elapse(3_000_000);
    expect(node.drops()).toEqual({ 'x timeout': 2 });
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('a given-up packet is forgotten after its time', () => {
    const { node, up } = singleBlock('ip-reassemble', { timeout: 2 });
    send(node, piece(0, 16), piece(8, 24));
    node.elapse(2_000_000);
    send(node, piece(0, 16), last(16, 17));
    expect([up.takeBytes().length, node.drops()]).toEqual([1, { 'x overlap': 2 }]);
  });

  test('number: the oldest goes', () => {
    const { node, up } = singleBlock('ip-reassemble', { datagrams: 2 });
    send(node, ...[1, 2, 3].map((id) => piece(0, 8, { id })), ...[3, 2].map((id) => last(8, 9, { id })));
    expect(up.takeBytes().map(hexOf)).toEqual([whole(9, { id: 3 }), whole(9, { id: 2 })]);
    expect(node.drops()).toEqual({ 'x evicted': 1 });
    expect(node.block('x').details?.()).toEqual({ incomplete: 0, limit: 2 });
  });

  test('an empty pool', () => {
    const { node } = singleBlock('ip-reassemble', {}, { pool: { size: 2 } });
    send(node, piece(0, 8, { id: 1 }), piece(0, 8, { id: 2 }));
    expect(node.drops()).toEqual({ 'x pool-empty': 1, 'x no-frame': 1 });
    expect(accountFaults(node.engine)).toEqual([]);
  });
});

test('a block that replaces it goes on with what is there; one that goes drops it', () => {
  const { node, up } = singleBlock('ip-reassemble');
  send(node, piece(0, 8), piece(0, 8, { id: 2 }));
  node.act({ do: 'add', name: 'y', type: 'ip-reassemble', config: { timeout: 5 } });
  node.act({ do: 'replace', old: 'x', new: 'y' });
  node.inject('y', 0, last(8, 9));
  expect(up.takeBytes().map(hexOf)).toEqual([whole(9)]);
  node.engine.close();
  expect(node.drops()).toEqual({ 'y closed': 1 });
  expect([accountFaults(node.engine), node.engine.pool.free]).toEqual([[], 64]);
});

test('another offset begins anew', () => {
  const { node, up } = singleBlock('ip-reassemble');
  send(node, piece(0, 8));
  node.act({ do: 'set', name: 'x', options: { offset: 14 } });
  send(node, onEthernet(last(8, 9)), onEthernet(piece(0, 8)));
  expect(up.takeBytes().map(hexOf)).toEqual([hexOf(onEthernet(bytes(whole(9))))]);
  expect(node.drops()).toEqual({ 'x closed': 1 });
});

test('random packets, cut twice, mixed and doubled: the same bytes come out', () => {
  const packet = fc.record({
    data: fc.uint8Array({ minLength: 1, maxLength: 1400 }),
    options: fc.constantFrom([], [0x94, 4, 0, 0], [7, 3, 4, 1, 1, 1, 1, 0]),
  });
  const property = fc.property(
    fc.array(packet, { minLength: 1, maxLength: 6 }),
    fc.tuple(fc.integer({ min: 68, max: 900 }), fc.integer({ min: 68, max: 900 })),
    fc.nat(),
    (packets, mtus, seed) => {
      const sent = packets.map(({ data, options }, id) =>
        ipPacket('10.0.0.1', '10.0.0.2', 17, data, { options, id }),
      );
      let pieces = sent;
      for (const mtu of mtus) {
        const cut = singleBlock('ip-fragment', { mtu });
        for (const one of pieces) cut.node.inject('x', 0, one);
        pieces = cut.up.takeBytes();
      }
      const random = seededRandom(seed);
      const doubled = pieces.flatMap((one) => (random() % 8 === 0 ? [one, one] : [one]));
      const order = doubled.map((one) => ({ one, at: random() })).sort((a, b) => a.at - b.at);
      const { node, up } = singleBlock('ip-reassemble', {}, { seed: seed + 1 });
      send(node, ...order.map(({ one }) => one));
      // A double that comes when its packet is done begins one that is never complete, or is a packet that was not cut.
      const came = new Map(up.takeBytes().map((one) => [readU16(one, 4), hexOf(one)]));
      expect(came).toEqual(new Map(sent.map((one, id) => [id, hexOf(one)])));
      expect(Object.keys(node.drops()).filter((name) => name !== 'x duplicate')).toEqual([]);
      expect(accountFaults(node.engine)).toEqual([]);
      node.engine.close();
      expect(node.engine.pool.free).toBe(64);
    },
  );
  fc.assert(property, { seed: 815, numRuns: 60 });
});

test('random fragments: nothing breaks, and what comes out is sound', () => {
  const fragment = fc.tuple(fc.nat(6), fc.integer({ min: 0, max: 40 }), fc.boolean(), fc.nat(2), fc.nat(255));
  const property = fc.property(fc.array(fragment, { maxLength: 60 }), fc.nat(400_000), (list, pause) => {
    const { node, up } = singleBlock('ip-reassemble', { datagrams: 2, timeout: 1 }, { pool: { size: 6 } });
    for (const [from, length, more, id, first] of list) {
      const word = (more ? MORE : 0) | from;
      send(node, ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(length, first & 1), { id, fragment: word }));
      node.elapse(pause);
      expect(accountFaults(node.engine)).toEqual([]);
    }
    for (const one of up.takeBytes()) expect(isIpv4ChecksumRight(one, 0)).toBe(true);
    node.engine.close();
    expect(node.engine.pool.free).toBe(6);
  });
  fc.assert(property, { seed: 5722, numRuns: 100 });
});
