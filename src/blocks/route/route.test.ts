import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameAsInline } from '../../testing/inline.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { OneBlock } from '../../testing/one-block.js';
import { seededRandom } from '../../testing/random.js';
import { readRoutes } from './read-routes.js';
import { buildTable } from './route-table.js';

const ip = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** What the block's `receive` does with the table, and what it is to be: all prefixes looked through. */
function lookup(table: Int32Array, to: number): number {
  let entry = table[to >>> 16];
  if (entry < 0) entry = table[((to >>> 8) & 255) - entry];
  if (entry < 0) entry = table[((to >>> 4) & 15) - entry];
  if (entry < 0) entry = table[(to & 15) - entry];
  return entry;
}
function naive(prefixes: readonly { network: number; length: number }[], to: number): number {
  let [best, bits] = [0, -1];
  prefixes.forEach(({ network, length }, i) => {
    const covered = length === 0 || (to ^ network) >>> (32 - length) === 0;
    if (covered && length >= bits) [best, bits] = [i + 1, length];
  });
  return best;
}

const prefix = fc
  .tuple(
    fc.integer({ min: 0, max: 32 }),
    fc.constantFrom(0x0a000000, 0x0a010203, 0xc0a80000, 0),
    fc.nat(0xffff),
  )
  .map(([length, base, low]) => {
    const mask = length === 0 ? 0 : -1 << (32 - length);
    return { length, network: ((base ^ (low << (length & 15))) & mask) >>> 0 };
  });

describe('the table', () => {
  test('finds what looking through all prefixes finds', () => {
    fc.assert(
      fc.property(
        fc.array(prefix, { maxLength: 40 }),
        fc.array(fc.nat(0xffffffff), { maxLength: 20 }),
        (prefixes, any) => {
          const table = buildTable({
            count: prefixes.length,
            networks: Int32Array.from(prefixes, ({ network }) => network),
            lengths: Uint8Array.from(prefixes, ({ length }) => length),
            hops: Int32Array.from(prefixes, (_, i) => i + 1),
          });
          const edges = prefixes.flatMap(({ network, length }) => {
            const last = network + 2 ** (32 - length) - 1;
            return [network - 1, network, network + 1, last - 1, last, last + 1];
          });
          for (const to of [...edges, ...any])
            expect([ip(to), lookup(table, to | 0)]).toEqual([ip(to), naive(prefixes, to | 0)]);
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });

  test('grows with what there is in it', () => {
    const bytes = (routes: string) => buildTable(readRoutes(routes, 'r')).byteLength;
    expect(bytes('')).toBe(4 * 65536);
    expect(bytes('10.0.0.0/8 port 0; 10.1.0.0/16 port 1')).toBe(4 * 65536);
    expect(bytes('10.0.0.0/17 port 0; 10.0.5.0/24 port 0')).toBe(4 * 65536 + 1024);
    expect(bytes('10.0.0.1 port 0; 10.0.0.2 port 1')).toBe(4 * 65536 + 1024 + 64 + 64);
  });
});

describe('the text', () => {
  test('takes lines, semicolons, commas and comments, with and without the words', () => {
    const read = readRoutes(
      `# a table
      10.0.0.0/8 via 192.0.2.1 port 3   # up
      10.1.0.0/16 192.0.2.1 3;;10.2.0.0/16\tport 63,1.2.3.4 0\r
      255.255.255.255/32 port 1
      0.0.0.0/0 via 255.0.0.1 port 1`,
      'routes',
    );
    expect(read.count).toBe(6);
    const rows = Array.from({ length: 6 }, (_, i) => {
      const hop = read.hops[i];
      return `${ip(read.networks[i])}/${read.lengths[i]} ${ip(read.gateways[hop])} ${read.exits[hop]}`;
    });
    expect(rows).toEqual([
      '10.0.0.0/8 192.0.2.1 6',
      '10.1.0.0/16 192.0.2.1 6',
      '10.2.0.0/16 0.0.0.0 126',
      '1.2.3.4/32 0.0.0.0 0',
      '255.255.255.255/32 0.0.0.0 2',
      '0.0.0.0/0 255.0.0.1 2',
    ]);
    expect(read.hops[0]).toBe(read.hops[1]);
  });

  test.each([
    ['10.0.0.0/8', 'a port is 0 to 63'],
    ['10.0.0.0/8 port 64', 'a port is 0 to 63'],
    ['10.0.0.0/8 port 01', 'a port is 0 to 63'],
    ['10.0.0.0/8 port 1 x', 'there is more behind the port'],
    ['10.0.0.0/33 port 1', 'a prefix length is 0 to 32'],
    ['10.0.0.1/8 port 1', 'bits are set behind its first 8'],
    ['10.0.0/8 port 1', 'an address has four numbers'],
    ['10.0.0.256 port 1', 'a number of an address is 0 to 255'],
    ['10.0.0.09 port 1', 'a number of an address is 0 to 255'],
    ['10.0.0.0/8 via port 1', 'a number of an address is 0 to 255'],
    ['10.0.0.0/8 via 0.0.0.0 port 1', '0.0.0.0 is no gateway'],
    ['::/0 port 1', 'a number of an address is 0 to 255'],
    ['99999999999999999999999.0.0.0 1', 'a number of an address is 0 to 255'],
  ])('%s: %s', (text, fault) => {
    expect(() => readRoutes(`1.0.0.0/8 port 1\n${text}\n2.0.0.0/8 port 1`, 'routes')).toThrow(
      `routes: route 2, "${text}": ${fault}`,
    );
  });

  test('any text is read or refused', () => {
    const piece = fc.constantFrom(
      '10.0.0.0/8',
      ' ',
      'via',
      'port',
      '1',
      '.',
      '/',
      ';',
      '#',
      '\n',
      '255',
      '0',
      'ü',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          readRoutes(pieces.join(''), 'r');
        } catch (error) {
          expect(String(error)).toContain('r: route ');
        }
      }),
      { seed: 6, numRuns: 500 },
    );
  });
});

describe('the block', () => {
  const routes = [
    '10.0.0.0/24 port 0',
    '10.0.1.0/24 port 1',
    '10.0.1.7 port 0',
    '10.0.0.0/8 via 10.0.1.254 port 1',
  ];
  const ports = ['ingress', 'ingress1', 'ingress63'];

  test('sends packets by port, with their next hop, upwards from then on', () => {
    const x = new OneBlock('route', { routes }, ports);
    for (const [destination, direction] of [
      ['10.0.0.9', 0],
      ['10.0.1.9', 1],
      ['10.0.1.7', 0],
      ['10.200.0.1', 1],
    ] as const)
      x.send(ipv4Packet({ destination }), direction);
    expect(x.out().map((out) => [ip(out.nextHop), out.direction])).toEqual([
      ['10.0.0.9', 0],
      ['10.0.1.7', 0],
    ]);
    expect(x.out('ingress1').map((out) => [ip(out.nextHop), out.direction])).toEqual([
      ['10.0.1.9', 0],
      ['10.0.1.254', 0],
    ]);
    expect(x.node.block('x')).toMatchObject({ packets: 4 });
  });

  test('a next hop is not negative; what has no route, and what is too short, is dropped', () => {
    const x = new OneBlock('route', { routes: '192.0.0.0/8 port 63', offset: 2 }, ports);
    x.send(Uint8Array.of(0, 0, ...ipv4Packet({ destination: '192.0.0.1' })));
    expect(x.out('ingress63').map((out) => out.nextHop)).toEqual([0xc0000001]);
    x.send(Uint8Array.of(0, 0, ...ipv4Packet()));
    x.send(new Uint8Array(21));
    expect(x.drops()).toEqual({ 'no-route': 1, 'too-short': 1 });
  });

  test('takes a new table whole or not at all', () => {
    const x = new OneBlock('route', { routes }, ports);
    expect(() => x.set({ routes: '10.0.0.0/24 port 1; 10.0.1.0/24 port x' })).toThrow('x: routes: route 2');
    x.send(ipv4Packet({ destination: '10.0.0.9' }));
    expect(x.out().length).toBe(1);
    x.set({ routes: '0.0.0.0/0 port 1' });
    x.send(ipv4Packet({ destination: '10.0.0.9' }));
    expect([x.out().length, x.out('ingress1').length]).toEqual([0, 1]);
    expect(x.node.ask<{ details?: object }>({ op: 'show', name: 'x' }).details).toEqual({
      routes: 1,
      tableBytes: 262_144,
    });
  });

  test('a large table: all that was put in is found', () => {
    const random = seededRandom(7);
    const networks = Array.from({ length: 3_000 }, () => random() & 0xffffff00);
    const x = new OneBlock(
      'route',
      { routes: networks.map((n, i) => `${ip(n)}/24 ${i % 64}`).join('\n') },
      [],
    );
    const last = new Map(networks.map((network, i) => [network, i % 64]));
    const frame = x.node.engine.pool.allocate()!;
    frame.fill(ipv4Packet());
    for (const [network, port] of last) {
      frame.setU32(16, (network | 77) >>> 0);
      expect(x.node.get('x').block.receive(frame, x.node.engine.dispatch)).toBe(2 * port);
    }
    x.node.engine.pool.release(frame);
  });

  test('its inline source does the same', () => {
    expect(sameAsInline('route', { routes, offset: 14 })).toEqual([]);
    expect(sameAsInline('route', { routes: '0.0.0.0/1 port 1' })).toEqual([]);
  });
});
