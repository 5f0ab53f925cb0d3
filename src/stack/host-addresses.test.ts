import { describe, expect, test } from 'vitest';
import { Lan, makeStation } from '../testing/host-lan.js';
import { framed, six } from '../testing/ipv6-packets.js';
import { emitArp } from '../wire/arp.js';
import { formatIpv6 } from '../wire/ipv6.js';

const OWN = Uint8Array.of(10, 0, 0, 1);
const OTHER_MAC = Uint8Array.of(2, 0, 0, 0, 0, 0x99);
const SECOND = 1_000_000;

function claim(sender: Uint8Array, target: Uint8Array, operation = 1): Uint8Array {
  const frame = framed('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:99', new Uint8Array(28));
  frame.set([8, 6], 12);
  emitArp(frame, 14, operation, OTHER_MAC, sender, new Uint8Array(6), target);
  return frame;
}

describe('IPv4 (RFC 5227)', () => {
  test('probes three times, announces twice, and is used only then', () => {
    const one = makeStation(1);
    one.host.addAddress(one.at('lan'), OWN, 24, { check: 'before' });
    expect(one.host.isLocal(OWN, 0, 4)).toBe(false);
    one.node.elapse(12 * SECOND);
    const frames = one.node.links.end('lan').take();
    expect(frames.map((frame) => [...frame.subarray(28, 32)].join('.'))).toEqual([
      ...['0.0.0.0', '0.0.0.0', '0.0.0.0', '10.0.0.1', '10.0.0.1'],
    ]);
    expect(one.host.isLocal(OWN, 0, 4)).toBe(true);
  });

  test.each([
    ['somebody has it', claim(OWN, OWN, 2)],
    ['somebody asks for it, too', claim(new Uint8Array(4), OWN)],
  ])('%s: it is not taken', (_name, frame) => {
    const one = makeStation(1);
    one.host.addAddress(one.at('lan'), OWN, 24, { check: 'before' });
    one.node.arrive('lan', frame);
    one.node.elapse(12 * SECOND);
    expect(one.at('lan').addresses[0].state).toBe('duplicate');
    expect([one.host.isLocal(OWN, 0, 4), one.host.routes4.routes.length]).toEqual([false, 0]);
  });

  test('defends it once, then gives it up; ten seconds later it is defended again', () => {
    const one = makeStation(1);
    one.host.addAddress(one.at('lan'), OWN, 24);
    const fight = () => {
      one.node.arrive('lan', claim(OWN, OWN));
      return [one.node.links.end('lan').take().length, one.at('lan').addresses[0].state];
    };
    expect(fight()).toEqual([1, 'preferred']);
    one.node.elapse(11 * SECOND);
    expect(fight()).toEqual([1, 'preferred']);
    one.node.elapse(9 * SECOND);
    expect(fight()).toEqual([0, 'duplicate']);
    expect(one.node.lines.join()).toContain('02:00:00:00:00:99 uses the address 10.0.0.1 of lan');
  });

  test('a probe for an address in use is answered', () => {
    const one = makeStation(1);
    one.host.addAddress(one.at('lan'), OWN, 24);
    one.node.arrive('lan', claim(new Uint8Array(4), OWN));
    expect(
      one.node.links
        .end('lan')
        .take()
        .map((frame) => frame[21]),
    ).toEqual([2]);
    expect(one.at('lan').addresses[0].state).toBe('preferred');
  });
});

describe('source addresses (RFC 6724)', () => {
  const made = () => {
    const one = makeStation(1, ['lan', 'dmz'], { ipv6: 'link-local', check: 'off' });
    const lan = one.at('lan');
    for (const text of ['2001:db8::1', '2001:db8:1::1', 'fd00::1']) one.host.addAddress(lan, six(text), 64);
    one.host.addRoute({
      prefix: new Uint8Array(16),
      bits: 0,
      gateway: six('fe80::9'),
      interface: 1,
      metric: 0,
    });
    return one;
  };
  const sourceTo = (one: ReturnType<typeof made>, text: string, zone = 0) => {
    const way = one.host.destination(six(text), 0, 16, zone);
    const source = way && one.host.sourceFor(way);
    return source && formatIpv6(source);
  };

  test('the scope of the destination, then its kind, then the longest common prefix', () => {
    const one = made();
    expect(sourceTo(one, 'fe80::5')).toBe('fe80::ff:fe00:101');
    expect(sourceTo(one, 'fe80::5', 2)).toBe('fe80::ff:fe00:102');
    expect(sourceTo(one, 'ff02::1', 2)).toBe('fe80::ff:fe00:102');
    expect(sourceTo(one, 'fd77::1')).toBe('fd00::1');
    expect(sourceTo(one, '2001:db8:1::7')).toBe('2001:db8:1::1');
    expect(sourceTo(one, '2001:db8::7')).toBe('2001:db8::1');
    expect(sourceTo(one, '2001:db8::1')).toBe('2001:db8::1');
  });

  test('deprecated addresses only if there is no other, tentative ones never', () => {
    const one = made();
    const [, first, second, unique] = one.at('lan').addresses;
    second.state = 'deprecated';
    expect(sourceTo(one, '2001:db8:1::7')).toBe('2001:db8::1');
    first.state = 'tentative';
    unique.state = 'tentative';
    expect(sourceTo(one, '2001:db8:1::7')).toBe('2001:db8:1::1');
    second.state = 'duplicate';
    expect(sourceTo(one, '2001:db8:1::7')).toBe('fe80::ff:fe00:101');
  });
});

test('a host speaks to itself, without its links', () => {
  const one = makeStation(1);
  one.host.addAddress(one.at('lan'), six('fd00::1'), 64);
  const lan = new Lan(one);
  const packet = new Uint8Array(48);
  packet.set([0x60, 0, 0, 0, 0, 8, 17, 64]);
  for (const address of ['fd00::1', '::1']) {
    packet.set(six(address), 8);
    packet.set(six(address), 24);
    one.node.inject('h1.local-out', 1, packet);
  }
  lan.run(10);
  expect(one.node.get('h1.ip-output').block).toMatchObject({ packets: 0 });
  expect((one.node.get('h1.ip-output').block as unknown as { back: number }).back).toBeGreaterThanOrEqual(2);
  expect(lan.sent).toEqual([]);
});

test('networks have an address of all hosts, those of two addresses, or of one, have none (RFC 3021)', () => {
  const { host, at } = makeStation(1);
  host.addAddress(at('lan'), Uint8Array.of(10, 0, 0, 1), 30);
  host.addAddress(at('lan'), Uint8Array.of(10, 0, 1, 0), 31);
  host.addAddress(at('lan'), Uint8Array.of(10, 0, 2, 1), 32);
  const { index } = at('lan');
  const ends = ['10.0.0.3', '10.0.0.2', '10.0.1.1', '10.0.2.1', '255.255.255.255'].map((text) =>
    Uint8Array.from(text.split('.'), Number),
  );
  expect(ends.map((end) => host.isBroadcast(index, end, 0))).toEqual([true, false, false, false, false]);
});
