import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QuipuError } from '../../contract/error.js';
import { checkHostConfig, parseHostConfig } from './config.js';

const page = readFileSync(new URL('../../../docs/host-config.md', import.meta.url), 'utf8');

/** A file with these lines behind its links, and these in its only link. */
const text = (lines = '', link = 'link: eth0\n    mac: 02:00:00:00:00:01') =>
  `name: h1\nlinks:\n  - name: lan\n    ${link}\n    addresses: [10.0.0.2/24]\n${lines}`;

const faultOf = (file: string) => {
  try {
    parseHostConfig(file, 'host.yaml');
  } catch (error) {
    if (error instanceof QuipuError && error.code === 'bad-config') return error.message;
    throw error;
  }
  return 'none';
};

describe('docs/host-config.md', () => {
  const [, example = ''] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? [];

  test('the example is a file', () => {
    const config = parseHostConfig(example, 'host.yaml');
    expect(config).toMatchObject({ name: 'h1', forwarding: true, control: '/run/h1.sock' });
    expect(config.tunnels).toMatchObject([{ remote: '198.51.100.1', routes: ['2001:db8:7::/48'] }]);
    expect(config.links.map(({ link }) => link)).toEqual(['eth0', { kind: 'tap', device: 'tap0', up: true }]);
  });

  test('every key of a file is explained', () => {
    const keysIn = (message: string) => (/the keys here are (.*)$/m.exec(message)?.[1] ?? '').split(', ');
    const keys = [
      ...keysIn(faultOf(text('knot: 1'))),
      ...keysIn(faultOf(text('', 'link: eth0\n    knot: 1'))),
      ...['servers', 'search', 'ndots', 'timeout', 'attempts'],
    ];
    expect(keys.length).toBeGreaterThan(15);
    for (const key of keys) expect(page).toContain(`\n| \`${key}\` |`);
  });
});

describe('a file', () => {
  test('has defaults', () => {
    expect(parseHostConfig(text(), 'host.yaml')).toEqual({
      name: 'h1',
      links: [{ name: 'lan', link: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.2/24'] }],
      ...{ names: {}, resolver: 'none', loopback: 'kernel' },
    });
  });

  test('links of every kind are objects; a tun has no hardware address', () => {
    const kinds = ['af-packet', 'tap', 'udp', 'pcap', 'pcap-out'];
    for (const kind of kinds) {
      expect(faultOf(text('', `link: { kind: ${kind}, device: x }\n    mac: 02:00:00:00:00:01`))).toBe(
        'none',
      );
    }
    expect(faultOf(text('', 'link: { kind: tun, device: x }'))).toBe('none');
    expect(faultOf(text('', 'link: { kind: tun }\n    mac: 02:00:00:00:00:01'))).toMatch(
      /^host\.yaml:5:10: links\.0\.mac is .*leave it out/,
    );
  });

  test.each([
    ['a name with a dot', text().replace('h1', 'h.1'), 'host.yaml:1:7: name is "h.1": a host’s name begins'],
    ['no hardware address', text('', 'link: eth0'), 'links.0.mac is missing: expected six bytes'],
    ['nonsense instead of one', text('', 'link: eth0\n    mac: x'), 'host.yaml:5:10: links.0.mac is "x"'],
    [
      'the address of a group',
      text('', 'link: eth0\n    mac: 03:00:00:00:00:01'),
      'links.0.mac is "03:00:00:00:00:01": it is the address of a group',
    ],
    ['an unknown kind of link', text('', 'link: { kind: knot }'), 'the kinds of link are af-packet, tap'],
    ['a kind that is no text', text('', 'link: { kind: 1 }'), 'host.yaml:4:'],
    [
      'an unknown key',
      text('forwardign: true'),
      'host.yaml:7:1: unknown key forwardign (did you mean forwarding?)',
    ],
    [
      'an unknown key of the resolver',
      text('resolver: { servers: [10.0.0.1], serch: [a] }'),
      'host.yaml:7:34: unknown key resolver.serch (did you mean search?); the keys here are servers, search',
    ],
    [
      'a gateway that is a name',
      text('gateway: router'),
      'host.yaml:7:10: gateway is "router": not an IP address',
    ],
    [
      'an address without the length of its network',
      text().replace('/24', ''),
      'links.0.addresses.0 is "10.0.0.2": expected an address and the length',
    ],
    ['forwarding that is a text', text('forwarding: "yes"'), 'host.yaml:7:13: forwarding is "yes"'],
    ['an empty path', text('control: ""'), 'host.yaml:7:10: control'],
    ['a list', '- h1', 'host.yaml:1:1: the file is ["h1"]'],
    ['no YAML', 'name: [', 'host.yaml:1:'],
  ])('%s is told with its place', (_what, file, message) => {
    expect(faultOf(file)).toContain(message);
  });
});

describe('a document', () => {
  test('is checked as a file is; faults are told by their keys', () => {
    expect(
      checkHostConfig({
        name: 'h1',
        links: [{ name: 'x', link: 'y', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/8'] }],
      }),
    ).toMatchObject({ name: 'h1' });
    expect(() => checkHostConfig({ name: 'h1', links: [] })).toThrow(/^links/);
    expect(() => checkHostConfig(null)).toThrow('the file is null');
  });

  test('whatever it is, it is checked or refused', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (value, key) => {
        for (const one of [value, { name: 'h', links: [value] }, { name: 'h', [key]: value }]) {
          expect(() => checkHostConfig(one)).toThrow(QuipuError);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test('no text is worse than refused', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (noise, at) => {
        const file = text();
        const place = at % file.length;
        expect(typeof faultOf(file.slice(0, place) + noise + file.slice(place + noise.length))).toBe(
          'string',
        );
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
