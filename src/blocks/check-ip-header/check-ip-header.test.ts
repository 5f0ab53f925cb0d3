import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexOf } from '../../testing/frames.js';
import { sameAsInline } from '../../testing/inline.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { OneBlock } from '../../testing/one-block.js';
import { completeIpv4, isIpv4, isIpv4ChecksumRight } from '../../wire/ipv4.js';

/** The packet after a change of its header, its checksum made right again. */
function changed(change: (packet: Uint8Array) => void, options = {}): Uint8Array {
  const packet = ipv4Packet(options);
  change(packet);
  completeIpv4(packet, 0);
  return packet;
}

/** What becomes of a packet: `passed` or the drop's reason. */
function fate(packet: Uint8Array, config: Record<string, unknown> = {}): string {
  const x = new OneBlock('check-ip-header', config);
  x.send(packet);
  return x.out().length === 1 ? 'passed' : Object.keys(x.drops()).join();
}

test.each<[string, string, Uint8Array]>([
  ['a whole packet', 'passed', ipv4Packet()],
  ['a header alone', 'passed', ipv4Packet({ payload: new Uint8Array(0) })],
  ['options', 'passed', ipv4Packet({ options: [1, 1, 7, 7, 4, 1, 2, 3, 4, 1, 1, 0] })],
  ['40 bytes of options', 'passed', ipv4Packet({ options: Array<number>(40).fill(1) })],
  ['19 bytes', 'too-short', ipv4Packet().subarray(0, 19)],
  ['nothing', 'too-short', new Uint8Array(0)],
  ['IPv6', 'bad-version', changed((p) => p.fill(0x65, 0, 1))],
  ['a header of four words', 'bad-header-length', changed((p) => p.fill(0x44, 0, 1))],
  ['a total length less than the header', 'bad-length', changed((p) => p.set([0, 19], 2))],
  [
    'options beyond the total length',
    'bad-length',
    changed((p) => p.set([0, 23], 2), { options: [1, 1, 1, 1] }),
  ],
  ['a total length of more than there is', 'bad-length', changed((p) => p.set([0, 47], 2))],
  ['a wrong bit', 'bad-checksum', ipv4Packet().fill(3, 1, 2)],
  ['a wrong bit in the options', 'bad-checksum', ipv4Packet({ options: [1, 1, 1, 1] }).fill(0, 23, 24)],
])('%s: %s', (_what, expected, packet) => {
  expect(fate(packet)).toBe(expected);
});

test('any header is judged as by the functions of wire/', () => {
  const x = new OneBlock('check-ip-header', { martians: false });
  const bytes = fc.uint8Array({ minLength: 18, maxLength: 70 });
  fc.assert(
    fc.property(bytes, fc.constantFrom(0x45, 0x46, 0x4f, 0x44, 0x55), fc.boolean(), (packet, first, mend) => {
      packet[0] = first;
      packet.set([0, packet.length - (packet[3] % 8)], 2);
      if (mend && packet.length >= 60) completeIpv4(packet, 0);
      x.send(packet);
      const right = isIpv4(packet, 0, packet.length) && isIpv4ChecksumRight(packet, 0);
      expect(x.out().length).toBe(right ? 1 : 0);
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('cuts off what the link has put behind the packet', () => {
  const packet = ipv4Packet({ payload: Uint8Array.of(1, 2, 3) });
  const padded = Uint8Array.of(...packet, ...new Uint8Array(23));
  const x = new OneBlock('check-ip-header');
  x.send(padded);
  expect(x.out().map((out) => hexOf(out.bytes))).toEqual([hexOf(packet)]);
  x.set({ offset: 14 });
  const link = new Uint8Array(14).fill(9);
  x.send(Uint8Array.of(...link, ...padded), 1);
  expect(x.out('egress').map((out) => hexOf(out.bytes))).toEqual([hexOf(Uint8Array.of(...link, ...packet))]);
  x.send(packet.subarray(0, 33));
  x.send(Uint8Array.of(...link, ...packet.subarray(0, 19)));
  expect(x.drops()).toEqual({ 'too-short': 2 });
});

test('addresses that no packet may have', () => {
  const bad = ['0.0.0.0', '0.1.2.3', '127.0.0.1', '224.0.0.1', '239.255.255.255', '255.255.255.255'];
  for (const source of bad) expect(fate(ipv4Packet({ source }))).toBe('bad-source');
  for (const source of bad) expect(fate(ipv4Packet({ source }), { martians: false })).toBe('passed');
  for (const source of ['1.0.0.0', '126.255.255.255', '128.0.0.1', '223.255.255.255', '240.0.0.1'])
    expect(fate(ipv4Packet({ source }))).toBe('passed');
  for (const destination of ['0.0.0.1', '127.0.0.1'])
    expect(fate(ipv4Packet({ destination }))).toBe('bad-destination');
  for (const destination of ['224.0.0.1', '255.255.255.255', '10.0.0.255'])
    expect(fate(ipv4Packet({ destination }))).toBe('passed');
});

test('sources on the list', () => {
  const badSources = '10.0.0.255, 10.0.1.255';
  for (const source of badSources.split(', '))
    expect(fate(ipv4Packet({ source }), { badSources })).toBe('bad-source');
  for (const source of ['10.0.0.254', '11.0.0.255'])
    expect(fate(ipv4Packet({ source }), { badSources })).toBe('passed');
  expect(() => fate(ipv4Packet(), { badSources: ['10.0.0.255', 'x'] })).toThrow(
    'x: badSources: "x" is not an IPv4',
  );
  const many = Array.from({ length: 257 }, () => '1.2.3.4');
  expect(() => fate(ipv4Packet(), { badSources: many })).toThrow('257 addresses, at most 256');
});

test('without checksum', () => {
  expect(fate(ipv4Packet().fill(3, 1, 2), { checksum: false })).toBe('passed');
});

test('its inline source does the same', () => {
  expect(sameAsInline('check-ip-header', {})).toEqual([]);
  expect(sameAsInline('check-ip-header', { offset: 14, badSources: '10.0.0.9' })).toEqual([]);
});
