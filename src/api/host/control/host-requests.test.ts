import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { QuipuError } from '../../../contract/error.js';
import {
  type HostRequest,
  type HostRequestInput,
  type HostStatistics,
  type HostView,
  hostRequestSchema,
  type SocketRow,
} from '../../../control/host-words.js';
import { testHost } from '../../../testing/host-pair.js';
import { type HostPair, hostPair } from '../../../testing/memory-hosts.js';
import { answerHostRequest } from './host-requests.js';

/** Milliseconds that a slow machine may take for what is quick. */
const patient = { timeout: 10_000 };

let pair: HostPair;

beforeEach(() => {
  pair = hostPair();
});

afterEach(() => pair.close());

const ask = <T>(request: HostRequestInput) => pair.a.request<T>(request);
const show = () => ask<HostView>({ op: 'show' });
const at = 'm';
const answers = async (address: string) => (await pair.b.ping(address, { timeout: 50 })).what === 'reply';

describe('addresses', () => {
  test('one that is added answers at once, and no more when it is removed', async () => {
    expect(await answers('10.0.0.3')).toBe(false);
    await ask({ op: 'address-add', interface: at, address: '10.0.0.3/24' });
    await expect.poll(() => answers('10.0.0.3'), patient).toBe(true);
    const { interfaces } = await show();
    expect(interfaces[1].addresses.map(({ address }) => address)).toContain('10.0.0.3');
    await ask({ op: 'address-remove', interface: at, address: '10.0.0.3' });
    expect(await answers('10.0.0.3')).toBe(false);
    expect(await pair.b.ping('10.0.0.1', patient)).toMatchObject({ what: 'reply' });
  });

  test.each([
    [{ interface: 'eth9', address: '10.0.0.3/24' }, 'host a has no interface eth9, only lo, m'],
    [{ interface: at, address: 'ten' }, 'ten is no IP address'],
    [{ interface: at, address: '10.0.0.3/33' }, '10.0.0.3/33: behind the /'],
    [{ interface: at, address: '10.0.0.1/24' }, 'host a cannot have 10.0.0.1: m has it already'],
    [{ interface: at, address: '224.0.0.5/24' }, 'the address of no single host'],
    [{ interface: at, address: '0.0.0.0/0' }, 'the address of no single host'],
  ])('%j is refused', async (wish, message) => {
    await expect(ask({ op: 'address-add', ...wish })).rejects.toThrow(message);
  });

  test('what is not there cannot be removed', async () => {
    const gone = ask({ op: 'address-remove', interface: at, address: '10.0.0.9' });
    await expect(gone).rejects.toThrow('m has no address 10.0.0.9; its addresses: 10.0.0.1');
  });
});

describe('routes', () => {
  const routes = async () =>
    (await show()).routes.map(({ to, via, metric }) => `${to} ${via} ${metric}`).sort();

  test('by a gateway, by an interface, and both', async () => {
    const connected = await routes();
    await ask({ op: 'route-add', to: 'default', via: '10.0.0.2' });
    await ask({ op: 'route-add', to: '192.0.2.0/24', interface: at, metric: 7 });
    await ask({ op: 'route-add', to: '192.0.2.0/24', via: '10.0.0.2', interface: at });
    await ask({ op: 'route-add', to: 'default', via: 'fe80::2%m' });
    const added = [
      'default 10.0.0.2 0',
      '192.0.2.0/24 null 7',
      '192.0.2.0/24 10.0.0.2 0',
      'default fe80::2 0',
    ];
    expect(await routes()).toEqual([...connected, ...added].sort());
    await ask({ op: 'route-remove', to: '192.0.2.0/24', via: '10.0.0.2' });
    const left = added.filter((text) => text !== '192.0.2.0/24 10.0.0.2 0');
    expect(await routes()).toEqual([...connected, ...left].sort());
    await ask({ op: 'route-remove', to: 'default' });
    expect(await routes()).toEqual([...connected, '192.0.2.0/24 null 7'].sort());
  });

  test('packets take it', async () => {
    expect(await pair.a.ping('192.0.2.1', { timeout: 50 })).toMatchObject({ what: 'unsent' });
    await ask({ op: 'route-add', to: '192.0.2.0/24', via: '10.0.0.2' });
    await pair.b.request({ op: 'address-add', interface: at, address: '192.0.2.1/24' });
    await expect
      .poll(() => pair.a.ping('192.0.2.1', { timeout: 50 }), patient)
      .toMatchObject({ what: 'reply' });
  });

  test.each([
    [{ to: 'default' }, 'leads nowhere: give a gateway'],
    [{ to: 'default', interface: at }, 'leads nowhere: give a gateway'],
    [{ to: '192.0.2.0/24' }, 'leads nowhere: give a gateway, or an interface'],
    [
      { to: '192.0.2.9/24', interface: at },
      '192.0.2.9/24 has bits beyond the length of its network: write 192.0.2.0/24',
    ],
    [
      { to: '192.0.2.0/24', via: '198.51.100.1' },
      'gateway 198.51.100.1 is on none of the networks of host a',
    ],
    [{ to: '192.0.2.0/24', via: '10.0.0.1' }, 'gateway 10.0.0.1 is host a itself'],
    [{ to: '192.0.2.0/24', via: '10.0.0.2', interface: 'x' }, 'has no interface x'],
    [{ to: '192.0.2.0/24', via: 'fe80::2%x' }, 'has no interface x'],
    [{ to: '192.0.2.0/24', via: 'fe80::2%m' }, 'are of different families'],
    [{ to: '10.0.0.0/24', interface: at }, 'there is a route to 10.0.0.0/24 with metric 0 already'],
  ])('%j is refused', async (wish, message) => {
    await expect(ask({ op: 'route-add', ...wish })).rejects.toThrow(message);
  });

  test('one that is not there is told, with those there are', async () => {
    const gone = ask({ op: 'route-remove', to: '192.0.2.0/24', interface: at });
    await expect(gone).rejects.toThrow(
      'there is no route to 192.0.2.0/24 by m; the routes lead to: 10.0.0.0/24',
    );
  });
});

describe('neighbours', () => {
  test('a permanent one is not asked for, and believed', async () => {
    await ask({ op: 'neighbour-add', interface: at, address: '10.0.0.2', mac: '02:00:00:00:00:77' });
    expect(await pair.a.ping('10.0.0.2', { timeout: 50 })).toMatchObject({ what: 'timeout' });
    const { neighbours } = await show();
    expect(neighbours).toContainEqual({
      ...{
        interface: at,
        address: '10.0.0.2',
        mac: '02:00:00:00:00:77',
        state: 'permanent',
        isRouter: false,
      },
    });
    await ask({ op: 'neighbour-remove', interface: at, address: '10.0.0.2' });
    expect(await pair.a.ping('10.0.0.2', patient)).toMatchObject({ what: 'reply' });
  });

  test.each([
    [{ interface: at, address: '10.0.0.2', mac: 'nonsense' }, 'nonsense is no hardware address'],
    [{ interface: at, address: 'nobody', mac: '02:00:00:00:00:77' }, 'nobody is no IP address'],
    [{ interface: at, address: '10.0.0.1', mac: '02:00:00:00:00:77' }, '10.0.0.1 is host a itself'],
    [{ interface: 'lo', address: '10.0.0.2', mac: '02:00:00:00:00:77' }, 'lo has no hardware addresses'],
  ])('%j is refused', async (wish, message) => {
    await expect(ask({ op: 'neighbour-add', ...wish })).rejects.toThrow(message);
  });

  test('one that is not there is told, with those there are', async () => {
    await pair.a.ping('10.0.0.2', patient);
    const gone = ask({ op: 'neighbour-remove', interface: at, address: '10.0.0.9' });
    await expect(gone).rejects.toThrow('m has no neighbour 10.0.0.9; those it knows: 10.0.0.2');
  });
});

describe('sockets and statistics', () => {
  test('listeners, connections, TIME-WAIT and UDP', async () => {
    const udp = pair.a.udp('udp4').bind(53);
    await once(udp, 'listening');
    const server = pair.a.listen({ port: 80, backlog: 5 }, (socket) => socket.resume());
    await once(server, 'listening');
    const socket = pair.b.connect({ host: '10.0.0.1', port: 80 });
    await once(socket, 'connect');
    expect(socket.info()).toMatchObject({ congestion: 'cubic', segmentSize: 1460, inFlight: 0, bytesOut: 0 });
    socket.write(Buffer.alloc(5000));
    const rows = () => ask<SocketRow[]>({ op: 'sockets' });
    await expect.poll(async () => (await rows())[1]?.info?.bytesIn, patient).toBe(5000);
    const local = { address: '10.0.0.1', port: 80 };
    const remote = { address: '10.0.0.2', port: socket.localPort };
    expect(await rows()).toMatchObject([
      { protocol: 'tcp', state: 'listen', local: { address: '::', port: 80 }, remote: null, sendQueue: 5 },
      {
        protocol: 'tcp',
        state: 'established',
        local,
        remote,
        info: { options: ['timestamps', 'sack', 'window-scaling'] },
      },
      { protocol: 'udp', state: 'open', local: { address: '0.0.0.0', port: 53 }, remote: null },
    ]);
    expect(socket.info()).toMatchObject({ bytesOut: 5000 });
    expect(socket.info()?.smoothedRoundTrip).toBeGreaterThan(0);
    server.close();
    socket.destroy();
    // Who closes first waits.
    await expect
      .poll(
        async () => (await pair.b.request<SocketRow[]>({ op: 'sockets' })).map(({ state }) => state),
        patient,
      )
      .toEqual(['time-wait']);
    const statistics = await ask<HostStatistics>({ op: 'statistics' });
    expect(statistics.tcp.segmentsIn).toBeGreaterThan(3);
    expect(statistics.m.packets).toBeGreaterThan(3);
    udp.close();
  });

  test('a socket that never called has nothing to tell', () => {
    const socket = pair.a.connect({ host: '10.0.0.2', port: 9 });
    expect(socket.info()).toBe(null);
    socket.destroy();
  });

  test('forwarding', async () => {
    expect(await show()).toMatchObject({ name: 'a', forwarding: false });
    await ask({ op: 'forwarding', on: true });
    expect(await show()).toMatchObject({ forwarding: true });
  });
});

test('what is no request is refused, and so is all after the end', async () => {
  await expect(ask({ op: 'forwarding' } as unknown as HostRequestInput)).rejects.toMatchObject({
    code: 'bad-request',
  });
  await expect(ask({ op: 'dance' } as unknown as HostRequestInput)).rejects.toMatchObject({
    code: 'bad-request',
  });
  pair.a.close();
  await expect(show()).rejects.toMatchObject({ code: 'unreachable' });
});

test('any request leaves the host whole: it is done, or refused by a QuipuError', () => {
  const { node, host, tcp, udp } = testHost('h', 1);
  const parts = { host, engine: node.engine, tcp: tcp.tcp, udp: udp.udp };
  const name = fc.constantFrom('eth0', 'lo', 'x');
  const address = fc.oneof(
    fc.constantFrom(
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.7',
      'fd00::1',
      'fe80::9',
      'fe80::9%eth0',
      '255.255.255.255',
      '::',
      'ff02::1',
    ),
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ minLength: 1, maxLength: 12 }),
  );
  const network = fc
    .tuple(address, fc.integer({ min: -1, max: 130 }))
    .map(([text, bits]) => `${text}/${bits}`);
  const to = fc.oneof(
    network,
    fc.constantFrom('default', '10.0.0.0/24', '0.0.0.0/0', '::/0', '192.0.2.0/24'),
  );
  const mac = fc.constantFrom('02:00:00:00:00:07', 'ff:ff:ff:ff:ff:ff', '02');
  const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
  const requests = fc.oneof(
    fc.record({
      op: fc.constant('address-add'),
      interface: name,
      address: fc.oneof(address, network),
      check: fc.constantFrom('before', 'meanwhile', 'off'),
    }),
    fc.record({ op: fc.constant('address-remove'), interface: name, address: fc.oneof(address, network) }),
    fc.record({
      op: fc.constantFrom('route-add', 'route-remove'),
      to,
      via: optional(address),
      interface: optional(name),
    }),
    fc.record({ op: fc.constant('neighbour-add'), interface: name, address, mac }),
    fc.record({ op: fc.constant('neighbour-remove'), interface: name, address }),
    fc.record({ op: fc.constantFrom('show', 'sockets', 'statistics') }),
    fc.record({ op: fc.constant('forwarding'), on: fc.boolean() }),
  );
  let [done, refused] = [0, 0];
  const answer = (request: HostRequest) => {
    try {
      answerHostRequest(parts, request);
      done++;
    } catch (error) {
      if (!(error instanceof QuipuError) || error.code === 'internal') throw error;
      refused++;
    }
  };
  fc.assert(
    fc.property(fc.array(requests, { minLength: 1, maxLength: 20 }), (list) => {
      for (const one of list) {
        const given = JSON.parse(JSON.stringify(one)) as unknown;
        const parsed = hostRequestSchema.safeParse(given);
        if (parsed.success) answer(parsed.data);
      }
      node.elapse(1_000_000);
    }),
    { seed: 5, numRuns: 150 },
  );
  expect([done, refused].every((count) => count > 200)).toBe(true);
  node.elapse(60_000_000);
  const [{ pool }] = [node.engine];
  node.engine.close();
  expect(pool.free).toBe(pool.size);
});
