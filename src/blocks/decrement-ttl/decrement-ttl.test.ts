import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexOf } from '../../testing/frames.js';
import { sameAsInline } from '../../testing/inline.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { OneBlock } from '../../testing/one-block.js';
import { completeIpv4 } from '../../wire/ipv4.js';

/** The packet with its time to live one less and its checksum computed from nothing. */
function expected(packet: Uint8Array): Uint8Array {
  const after = packet.slice();
  after[8]--;
  completeIpv4(after, 0);
  return after;
}

test('any header: the checksum is the one that a full computation gives', () => {
  const x = new OneBlock('decrement-ttl');
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.integer({ min: 2, max: 255 }),
      (bytes, ttl) => {
        bytes[0] = 0x45;
        bytes[8] = ttl;
        completeIpv4(bytes, 0);
        x.send(bytes);
        expect(x.out().map((out) => hexOf(out.bytes))).toEqual([hexOf(expected(bytes))]);
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

test('checksums around those where the sum carries', () => {
  const x = new OneBlock('decrement-ttl');
  const payload = new Uint8Array(0);
  const first = ipv4Packet({ id: 0, payload });
  // One more in the identification is one less in the checksum.
  const idFor = (checksum: number) => (((first[10] << 8) | first[11]) - checksum + 2 * 0xffff) % 0xffff;
  for (let i = 0; i < 0x400; i++) {
    const checksum = (0xfe00 + i) % 0xffff;
    const packet = ipv4Packet({ id: idFor(checksum), payload });
    expect((packet[10] << 8) | packet[11]).toBe(checksum);
    x.send(packet);
    expect(hexOf(x.out()[0].bytes)).toBe(hexOf(expected(packet)));
  }
});

test('the last hop leaves as it came by ingress1, whatever its direction; unbound it is dropped', () => {
  const x = new OneBlock('decrement-ttl', {}, ['ingress', 'egress', 'ingress1']);
  const packets = [0, 1].map((ttl) => ipv4Packet({ ttl }));
  x.send(packets[0]);
  x.send(packets[1], 1);
  expect(x.out('ingress1').map((out) => hexOf(out.bytes))).toEqual(packets.map(hexOf));
  x.node.act({ do: 'disconnect', from: 'x', port: 'ingress1' });
  x.send(packets[1]);
  expect(x.drops()).toEqual({ 'ttl-expired': 1 });
  expect(x.node.block('x')).toMatchObject({ expired: 3, packets: 0 });
});

test('at an offset, and downwards', () => {
  const x = new OneBlock('decrement-ttl', { offset: 14 });
  const packet = ipv4Packet();
  x.send(Uint8Array.of(...new Uint8Array(14), ...packet), 1);
  expect(hexOf(x.out('egress')[0].bytes.subarray(14))).toBe(hexOf(expected(packet)));
  x.send(packet.subarray(0, 33));
  expect(x.drops()).toEqual({ 'too-short': 1 });
});

test('its inline source does the same', () => {
  expect(sameAsInline('decrement-ttl', {})).toEqual([]);
  expect(sameAsInline('decrement-ttl', { offset: 14 }, [0, 2])).toEqual([]);
});
