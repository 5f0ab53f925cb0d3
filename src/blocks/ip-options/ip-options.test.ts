import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexOf } from '../../testing/frames.js';
import { sameAsInline } from '../../testing/inline.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { OneBlock } from '../../testing/one-block.js';
import { isIpv4ChecksumRight } from '../../wire/ipv4.js';

const config = { address: '10.0.1.1' };

/** The options of a packet behind the block, as hex; or the reason why it was dropped. */
function after(options: readonly number[], micros = 0): string {
  const x = new OneBlock('ip-options', config);
  x.node.clock.advance(micros - x.node.clock.now());
  x.send(ipv4Packet({ options }));
  const [out] = x.out();
  if (out === undefined) return Object.keys(x.drops()).join();
  expect(isIpv4ChecksumRight(out.bytes, 0)).toBe(true);
  return hexOf(out.bytes.subarray(20, 20 + options.length));
}

test('a plain packet, and what is not IPv4, pass as they are', () => {
  const x = new OneBlock('ip-options', config);
  for (const bytes of [ipv4Packet(), new Uint8Array(3), Uint8Array.of(0x60, 1, 2)]) {
    x.send(bytes, 1);
    expect(x.out('egress').map((out) => hexOf(out.bytes))).toEqual([hexOf(bytes)]);
  }
  expect(x.node.block('x')).toMatchObject({ packets: 3, withOptions: 0 });
});

test('records the route in the next free place; a full one goes on as it is', () => {
  expect(after([7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])).toBe('070b080a0001010000000000');
  expect(after([7, 11, 8, 1, 1, 1, 1, 0, 0, 0, 0, 0])).toBe('070b0c010101010a00010100');
  expect(after([7, 7, 8, 1, 1, 1, 1, 0])).toBe('0707080101010100');
  expect(after([1, 7, 7, 4, 0, 0, 0, 0])).toBe('010707080a000101');
});

test('stamps the time: milliseconds since midnight', () => {
  const noon = (12 * 3600 + 1.5) * 1e6 + 86_400e6 * 20_000;
  const stamp = (12 * 3600 * 1000 + 1500).toString(16).padStart(8, '0');
  expect(after([68, 8, 5, 0, 0, 0, 0, 0], noon)).toBe(`44080900${stamp}`);
  expect(after([68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0], noon)).toBe(`440c0d010a000101${stamp}`);
  expect(after([68, 12, 5, 3, 10, 0, 1, 1, 0, 0, 0, 0], noon)).toBe(`440c0d030a000101${stamp}`);
  expect(after([68, 12, 5, 3, 10, 0, 1, 2, 0, 0, 0, 0], noon)).toBe('440c05030a00010200000000');
});

test('timestamps that are full count what is missing, up to fifteen', () => {
  expect(after([68, 8, 9, 0x20, 1, 2, 3, 4])).toBe('4408093001020304');
  expect(after([68, 8, 9, 0xf0, 1, 2, 3, 4])).toBe('bad-option');
});

test.each([
  [[7, 1, 4, 0]],
  [[7, 9, 4, 0, 0, 0, 0, 0]],
  [[1, 1, 1, 7]],
  [[7, 8, 3, 0, 0, 0, 0, 0]],
  [[7, 8, 6, 0, 0, 0, 0, 0]],
  [[68, 8, 4, 0, 0, 0, 0, 0]],
  [[68, 8, 5, 2, 0, 0, 0, 0]],
  [[68, 8, 5, 1, 0, 0, 0, 0]],
])('malformed options %j are dropped', (options) => {
  expect(after(options)).toBe('bad-option');
});

test('others stay as they are, and nothing behind the end of the list is looked at', () => {
  for (const options of [
    [131, 7, 4, 1, 2, 3, 4, 0],
    [148, 4, 0, 0],
    [0, 7, 1, 0],
  ])
    expect(after(options)).toBe(hexOf(Uint8Array.from(options)));
});

test('no options make it write outside them', () => {
  const x = new OneBlock('ip-options', { ...config, offset: 4 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.uint8Array({ minLength: 40, maxLength: 40 }),
      (count, bytes) => {
        const options = [...bytes.subarray(0, 4 * count)].map((byte, i) =>
          i % 4 === 0 && byte < 128 ? 7 + 61 * (byte & 1) : byte,
        );
        const packet = ipv4Packet({ options });
        x.send(Uint8Array.of(1, 2, 3, 4, ...packet));
        for (const { bytes: seen } of x.out()) {
          expect(isIpv4ChecksumRight(seen, 4)).toBe(true);
          expect(hexOf(seen.subarray(24 + options.length))).toBe(hexOf(packet.subarray(20 + options.length)));
          expect(hexOf(seen.subarray(0, 14))).toBe(
            hexOf(Uint8Array.of(1, 2, 3, 4, ...packet.subarray(0, 10))),
          );
        }
      },
    ),
    { seed: 4, numRuns: 400 },
  );
});

test('a header longer than the frame is a bad option', () => {
  const x = new OneBlock('ip-options', config);
  x.send(ipv4Packet({ options: [1, 1, 1, 1] }).subarray(0, 22));
  expect(x.drops()).toEqual({ 'bad-option': 1 });
});

test('its inline source does the same', () => {
  expect(sameAsInline('ip-options', { ...config, offset: 14 })).toEqual([]);
});
