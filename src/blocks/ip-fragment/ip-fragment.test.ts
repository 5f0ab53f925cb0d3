import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { hexOf } from '../../testing/frames.js';
import { singleBlock } from '../../testing/one-block.js';
import { ipPacket, onEthernet, udpPacket } from '../../testing/packets.js';
import { readU16 } from '../../wire/bytes.js';
import { isIpv4ChecksumRight } from '../../wire/ipv4.js';

const DONT_FRAGMENT = 0x4000;
const MORE = 0x2000;
const numbers = (count: number) => Uint8Array.from({ length: count }, (_, i) => i * 7);
const headerOf = (packet: Uint8Array) => (packet[0] & 15) * 4;
const shape = (packet: Uint8Array) => {
  const word = readU16(packet, 6);
  const more = (word & MORE) !== 0 ? '+' : '';
  return `${(word & 0x1fff) * 8}+${packet.length - headerOf(packet)}${more}`;
};

test('what fits passes as it is, both ways, whatever it is', () => {
  const { node, up, down } = singleBlock('ip-fragment', { mtu: 100 });
  const packet = udpPacket('10.0.0.1:1', '10.0.0.2:2', { data: numbers(72) });
  node.inject('x', 0, packet);
  node.inject('x', 1, numbers(100));
  node.inject('x', 1, new Uint8Array(0));
  expect(up.takeBytes().map(hexOf)).toEqual([hexOf(packet)]);
  expect(down.takeBytes().map((frame) => frame.length)).toEqual([100, 0]);
  expect(node.block('x')).toMatchObject({ passed: 3, fragmented: 0 });
});

test('cuts at multiples of eight, in order, with right headers', () => {
  const { node, up, down } = singleBlock('ip-fragment', { mtu: 100 });
  const packet = ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(200), { id: 77 });
  node.inject('x', 1, packet);
  expect(down.seen.map(({ direction }) => direction)).toEqual([1, 1, 1]);
  const pieces = down.takeBytes();
  expect(pieces.map(shape)).toEqual(['0+80+', '80+80+', '160+40']);
  expect(pieces.map((one) => isIpv4ChecksumRight(one, 0))).toEqual([true, true, true]);
  expect(pieces.map((one) => readU16(one, 2))).toEqual([100, 100, 60]);
  expect(pieces.map((one) => readU16(one, 4))).toEqual([77, 77, 77]);
  expect(hexOf(Uint8Array.from(pieces.flatMap((one) => [...one.subarray(20)])))).toBe(hexOf(numbers(200)));
  expect([up.seen.length, node.block('x')]).toMatchObject([0, { fragmented: 1, fragments: 3 }]);
  expect(accountFaults(node.engine)).toEqual([]);
});

test('the link header is on every fragment, padding on none', () => {
  const { node, up } = singleBlock('ip-fragment', { mtu: 68, offset: 14 });
  const frame = onEthernet(ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(60)));
  node.inject('x', 0, Uint8Array.of(...frame, ...numbers(30)));
  const pieces = up.takeBytes();
  expect(pieces.map((one) => hexOf(one.subarray(0, 14)))).toEqual(
    [1, 2].map(() => hexOf(frame.subarray(0, 14))),
  );
  expect(pieces.map((one) => shape(one.subarray(14)))).toEqual(['0+48+', '48+12']);
});

test('a packet that is only padded beyond the MTU loses the padding', () => {
  const { node, up } = singleBlock('ip-fragment', { mtu: 68 });
  const packet = ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(40));
  node.inject('x', 0, Uint8Array.of(...packet, ...numbers(30)));
  expect(up.takeBytes().map(hexOf)).toEqual([hexOf(packet)]);
});

test('a fragment is cut into further ones', () => {
  const { node, up } = singleBlock('ip-fragment', { mtu: 68 });
  for (const fragment of [MORE | 10, 10]) {
    node.inject('x', 0, ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(96), { fragment }));
  }
  expect(up.takeBytes().map(shape)).toEqual(['80+48+', '128+48+', '80+48+', '128+48']);
});

test('options with the copy bit are on all, the others on the first (RFC 791 §3.1)', () => {
  const { node, up } = singleBlock('ip-fragment', { mtu: 100 });
  const [noOperation, recordRoute, strictRoute] = [[1], [7, 3, 4], [0x89, 7, 4, 10, 0, 0, 9]];
  const options = [...noOperation, ...recordRoute, ...strictRoute, 0];
  node.inject('x', 0, ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(150), { options }));
  const pieces = up.takeBytes();
  expect(pieces.map((one) => hexOf(one.subarray(20, headerOf(one))))).toEqual([
    hexOf(Uint8Array.from(options)),
    hexOf(Uint8Array.of(...strictRoute, 0)),
    hexOf(Uint8Array.of(...strictRoute, 0)),
  ]);
  expect(pieces.map(shape)).toEqual(['0+64+', '64+72+', '136+14']);
  expect(pieces.every((one) => isIpv4ChecksumRight(one, 0))).toBe(true);
});

describe('must not be cut', () => {
  const packet = ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(100), { fragment: DONT_FRAGMENT });

  test('it leaves by ingress1 unchanged', () => {
    const { node, down } = singleBlock('ip-fragment', { mtu: 100 });
    node.act({ do: 'connect', from: 'x', port: 'ingress1', to: 'egress' });
    node.inject('x', 0, packet);
    expect(down.takeBytes().map(hexOf)).toEqual([hexOf(packet)]);
    expect(node.block('x')).toMatchObject({ refused: 1, passed: 0 });
  });

  test('it is dropped when nothing is bound there', () => {
    const { node } = singleBlock('ip-fragment', { mtu: 100 });
    node.inject('x', 0, packet);
    expect(node.drops()).toEqual({ 'x dont-fragment': 1 });
  });
});

test('what is too long and not sound is dropped', () => {
  const { node } = singleBlock('ip-fragment', { mtu: 68 });
  const damaged = ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(100));
  damaged[8]++;
  node.inject('x', 0, damaged);
  node.inject('x', 0, numbers(69));
  expect(node.drops()).toEqual({ 'x malformed': 2 });
});

test('an empty pool ends the packet with a reason', () => {
  const { node, up } = singleBlock('ip-fragment', { mtu: 68 }, { pool: { size: 2, slotSize: 2048 } });
  node.inject('x', 0, ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(500)));
  expect(up.takeBytes().map(shape)).toEqual(['48+48+']);
  expect(node.drops()).toEqual({ 'x no-frame': 1, 'x pool-empty': 1 });
  expect(accountFaults(node.engine)).toEqual([]);
});

test('the MTU can be changed, but not to what the pool cannot hold', () => {
  const { node } = singleBlock('ip-fragment', { mtu: 100 });
  node.act({ do: 'set', name: 'x', options: { mtu: 68 } });
  node.inject('x', 0, ipPacket('10.0.0.1', '10.0.0.2', 17, numbers(60)));
  expect(node.block('x')).toMatchObject({ fragmented: 1 });
  expect(() => singleBlock('ip-fragment', { mtu: 67 })).toThrow('mtu');
  expect(() => singleBlock('ip-fragment', { offset: 20 }, { pool: { slotSize: 200 } })).toThrow(
    'no room for 68',
  );
});

test('random packets: every fragment fits, is whole, and all bytes are there', () => {
  const option = fc.constantFrom(
    [0x89, 7, 4, 1, 2, 3, 4],
    [7, 3, 4],
    [1],
    [0],
    [0x94, 4, 0, 0],
    [0x89, 99, 4],
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 68, max: 600 }),
      fc.uint8Array({ minLength: 0, maxLength: 1500 }),
      fc.array(option, { maxLength: 4 }),
      fc.constantFrom(0, 14),
      (mtu, data, list, offset) => {
        const options = list.flat();
        while (options.length % 4 !== 0) options.push(0);
        const { node, up } = singleBlock('ip-fragment', { mtu, offset });
        const packet = ipPacket('10.0.0.1', '10.0.0.2', 17, data, { options });
        node.inject('x', 0, offset === 14 ? onEthernet(packet) : packet);
        const pieces = up.takeBytes().map((one) => one.subarray(offset));
        let position = 0;
        for (const one of pieces) {
          expect(one.length).toBeLessThanOrEqual(mtu);
          expect(readU16(one, 2)).toBe(one.length);
          expect(isIpv4ChecksumRight(one, 0)).toBe(true);
          const part = one.subarray(headerOf(one));
          expect((readU16(one, 6) & 0x1fff) * 8).toBe(position);
          expect((readU16(one, 6) & MORE) !== 0).toBe(one !== pieces.at(-1));
          expect(hexOf(part)).toBe(hexOf(data.subarray(position, position + part.length)));
          position += part.length;
        }
        expect(position).toBe(data.length);
        expect(accountFaults(node.engine)).toEqual([]);
      },
    ),
    { seed: 791, numRuns: 150 },
  );
});
